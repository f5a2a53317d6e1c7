"""From an utterance to the red flags its words name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Collection, Mapping

from spacy.language import Language
from spacy.tokens import Doc

from rasa_project.care.errors import ContentError
from rasa_project.care.loading import CONTENT_DIR, read_yaml
from rasa_project.care.red_flags.context import Reached, categories, modifiers_by_target
from rasa_project.care.red_flags.findings import URGENCY, Detection, Finding, Status, Tier
from rasa_project.care.red_flags.lexicon import load_lexicon
from rasa_project.care.red_flags.matching import Match
from rasa_project.care.red_flags.pipeline import LEXICON_FILE, RULES_FOLDER, load_pipeline
from rasa_project.care.red_flags.rules import FlagRules, Rule, load_flag_rules
from rasa_project.care.red_flags.targets import TARGETS_FACTORY, FlagNamed

CONFIDENCE: Mapping[str, float] = {"present": 0.95, "long_standing": 0.8, "other_now": 0.9}
"""How sure a finding of each status is; all others count as HINT_CONFIDENCE."""

HINT_CONFIDENCE = 0.5

_ASKED_WHEN_GONE = frozenset({"Q1_life_threat", "Q2_saddle", "Q3_bladder_bowel"})
"""Screen groups whose signs are asked about even when they are said to be gone."""

_STANDING_GROUPS = frozenset({"Q5_injury_bones", "Q7_history", "Q9_about_you"})
"""Screen groups where "for years" changes nothing: weak bones for years is a plain yes."""

_RANK: Mapping[str, int] = {
    "present": 9,
    "long_standing": 8,
    "other_now": 7,
    "confirm": 6,
    "unsure": 5,
    "resolved": 4,
    "question": 3,
    "hypothetical": 3,
    "historical": 2,
    "other": 2,
    "negated": 1,
}
"""Which reading of a flag wins when an utterance gives several: the worst one."""


@dataclass(frozen=True)
class _Reading:
    finding: Finding
    group: str
    """Field of `Detection` it belongs to."""


class RedFlagDetector:
    """Finds red flags in an utterance by rules that can be read aloud.

    Usage: `RedFlagDetector().detect("i can't pee").present[0].flag == "urinary_retention"`.

    `folder` is the content folder; `nlp` a pipeline as `load_pipeline` gives it, which is
    used when none is handed in.
    """

    def __init__(
        self,
        nlp: Language | None = None,
        folder: Path = CONTENT_DIR,
        only: Collection[str] | None = None,
    ) -> None:
        """Load and compile all rules; `only` names the flags to load when not all are wanted.

        Raises:
            ContentError: a rule file is broken, or a flag of `red_flags.yml` has no rules.
        """
        rules_folder = folder / RULES_FOLDER
        self.lexicon = load_lexicon(rules_folder / LEXICON_FILE)
        flags = {entry["id"]: entry for entry in read_yaml(folder / "red_flags.yml")["flags"]}
        self.tiers: dict[str, Tier] = {name: entry["tier"] for name, entry in flags.items()}
        self.groups: dict[str, str] = {name: e["screen_group"] for name, e in flags.items()}
        self.rules: tuple[FlagRules, ...] = tuple(
            load_flag_rules(rules_folder / "flags" / f"{name}.yml", self.lexicon)
            for name in flags
            if only is None or name in only
        )
        for expected, loaded in zip((f for f in flags if only is None or f in only), self.rules):
            if loaded.flag != expected:
                raise ContentError(
                    f"{rules_folder}/flags/{expected}.yml: `flag` says '{loaded.flag}'. "
                    "File name and `flag` must be the same."
                )
        self.nlp: Language = nlp or load_pipeline(folder, self.lexicon)
        self.nlp.get_pipe(TARGETS_FACTORY).use(self.lexicon, self.rules)

    def detect(self, text: str) -> Detection:
        """Return every flag that `text` names, sorted by whose and how certain it is.

        An empty or unreadable text gives an empty `Detection`.
        """
        doc = self.nlp(text)
        groups: dict[str, list[Finding]] = {}
        reached = modifiers_by_target(doc)
        for flag in doc._.flags_named:
            best = self._best(flag, reached, doc, text)
            groups.setdefault(best.group, []).append(best.finding)
        return Detection(
            **{
                name: tuple(sorted(found, key=lambda f: (-URGENCY[f.tier], f.start)))
                for name, found in groups.items()
            }
        )

    def _best(self, flag: FlagNamed, reached: Reached, doc: Doc, text: str) -> _Reading:
        flag_rules = flag.rules
        readings = []
        for match, rule in flag.matches:
            around = categories(match, reached) - (flag_rules.ignores - rule.heeds) - rule.ignores
            status, group = self._judge(flag_rules, rule, around)
            tier = self._tier(flag, rule, status, reached)
            if status == "other_now" and not _matters_now(flag, tier):
                status, group = "other", "other"
            readings.append(
                ((_RANK[status], URGENCY[tier], match.end - match.start), match, status, group, tier)
            )
        _, match, status, group, tier = max(readings, key=lambda reading: reading[0])
        start = doc[match.start]._.source[0]
        end = doc[match.end - 1]._.source[1]
        finding = Finding(
            flag=flag_rules.flag,
            tier=tier,
            start=start,
            end=end,
            matched=text[start:end],
            status=status,
            confidence=CONFIDENCE.get(status, HINT_CONFIDENCE),
        )
        return _Reading(finding, group)

    def _judge(
        self, flag_rules: FlagRules, rule: Rule, around: frozenset[str]
    ) -> tuple[Status, str]:
        """Return status and `Detection` field for a match in these context categories."""
        group = self.groups[flag_rules.flag]
        if "negated" in around and "taken_back" not in around:
            return "negated", "denied"
        if "owned" in around:
            # "make you wet yourself because i have": the "you" is the speaker.
            around = around - {"hypothetical", "question", "other_person"}
        if "hypothetical" in around:
            return "hypothetical", "other"
        if "question" in around:
            return "question", "other"
        if "animal" in around:
            return "other", "other"
        if "other_person" in around:
            gone = around & {"historical", "resolved", "past_tense"}
            if not flag_rules.third_person or gone or rule.outcome == "soon":
                return "other", "other"
            if rule.outcome == "confirm":
                return "other", "other"
            return "other_now", "third_person"
        if "resolved" in around:
            return "resolved", "to_confirm" if group in _ASKED_WHEN_GONE else "other"
        if "historical" in around:
            return "historical", "other"
        if group not in _STANDING_GROUPS and rule.outcome != "soon":
            if "unchanged" in around:
                return "long_standing", "present"
            if "long_standing" in around:
                return "confirm", "to_confirm"
        if rule.outcome == "confirm":
            return "confirm", "to_confirm"
        if "unsure" in around:
            return "unsure", "to_confirm"
        return "present", "present"

    def _tier(self, flag: FlagNamed, rule: Rule, status: Status, reached: Reached) -> Tier:
        if status == "long_standing" or rule.outcome == "soon":
            return "see_clinician_soon"
        tier = rule.tier or self.tiers[flag.rules.flag]
        if rule.outcome == "same_day":
            tier = "same_day"
        for to, matches in flag.changes["upgrades"]:
            if URGENCY[to] > URGENCY[tier] and _said(matches, reached):
                tier = to
        if rule.tier is None:
            for to, matches in flag.changes["downgrades"]:
                if URGENCY[to] < URGENCY[tier] and _said(matches, reached):
                    tier = to
        return tier


def _matters_now(flag: FlagNamed, tier: Tier) -> bool:
    """Tell whether someone else's flag is urgent enough, and a matter of now."""
    return flag.now and URGENCY[tier] >= URGENCY[flag.rules.third_person_from]


def _said(matches: tuple[Match, ...], reached: Reached) -> bool:
    """Tell whether one of the matches is said and neither denied nor only supposed."""
    unreal = {"negated", "hypothetical", "question", "historical"}
    return any(not (categories(match, reached) & unreal) for match in matches)


@lru_cache(maxsize=2)
def load_detector(folder: Path = CONTENT_DIR) -> RedFlagDetector:
    """Return the detector of `folder`, compiled once a process."""
    return RedFlagDetector(folder=folder)

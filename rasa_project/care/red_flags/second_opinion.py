"""Adds what a learned reader finds to what the rules found; it never clears anything.

The rules can be read aloud and are right about what they name; the reader has seen
thousands of wordings and catches those that no rule names. A flag that the rules found is
never dropped, whatever the reader thinks. Where the reader is all but certain that nothing
is reported ("my head's splitting from the kids' racket"), the flag's own question is asked
first; a "yes", or anything but a plain "no", escalates. Rules for milder flags that are
often wrong only hint (`confirm`): in more than a few words such a hint counts when the
reader shares it, and waits for its safety question when not.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Mapping, Protocol

from pydantic import confloat

from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.red_flags.findings import URGENCY, Detection, Finding, Tier

SOON: Tier = "see_clinician_soon"
EMERGENCY: Tier = "emergency_now"
NEARLY_AS_SURE = 0.2
"""How much less probable than the surest another flag for a routine appointment may be, 0 to 1:
"for four months now" is no change of a nerve illness, though it could belong to one."""

SHORT_ANSWER_WORDS = 4
"""Up to so many words a sentence leans on the question before it ("the weight loss", "yes my
right leg"), which the reader does not know: there it neither doubts nor raises nor adds milder flags, and a milder hint counts as it is."""

DOUBTED = 0.5
"""Confidence of a finding that the rules make and the reader doubts."""

FILE = Path("red_flag_rules") / "second_opinion.yml"

Score = confloat(ge=0, le=2.1)
"""0 to 2; what lies above 2 is never reached."""


class ByUrgency(ContentModel):
    """A threshold for urgent flags and one for the others."""

    urgent: Score  # type: ignore[valid-type]
    soon: Score  # type: ignore[valid-type]

    def of(self, tier: Tier) -> float:
        """Return the threshold of a flag of this tier."""
        return float(self.soon if tier == SOON else self.urgent)


class Calm(ContentModel):
    """When the reader is certain that a sentence is no report."""

    calm_from: confloat(ge=0.9, le=1.01)  # type: ignore[valid-type]
    """Least probability that the sentence reports no flag at all; above 1: never."""

    flag_to: confloat(ge=0, le=0.5)  # type: ignore[valid-type]
    """Highest probability of the flag itself; for somebody else's, that there is one."""


class CrisisDoubt(Calm):
    """The same for crises whose words have other meanings ("overdosed on a series")."""

    flags: list[str]
    """Ids of these flags; somebody else's are never doubted."""


class Doubt(Calm):
    """When a finding of the rules is asked about before it counts."""

    third_person: Calm
    """The same for somebody else's flag."""

    crisis: CrisisDoubt

    never: list[str]
    """Flags that are never doubted: such a crisis is answered at the first word."""

    def of(self, flag: str) -> Calm | None:
        """Return how certain the reader has to be to doubt this flag; None if it never may."""
        if flag in self.never:
            return None
        return self.crisis if flag in self.crisis.flags else self


class PlainIntent(ContentModel):
    """When words are plainly meant as something else than a report."""

    intent_from: ByUrgency
    """Least probability of that other intent."""

    red_flag_to: confloat(ge=0, le=1)  # type: ignore[valid-type]
    """Highest probability that the sentence is a report."""

    score_to: ByUrgency
    """Above this score of the reader the finding counts all the same."""


class SurerAlone(ContentModel):
    """How sure the reader has to be of some flags where the rules find nothing."""

    flags: list[str]
    """Ids of these flags."""

    least: Score  # type: ignore[valid-type]
    """Below this score the flag's own question is asked first."""

    def of(self, flag: str) -> float:
        """Return the least score of a flag; 0 for those that are not named."""
        return float(self.least) if flag in self.flags else 0.0


class Thresholds(ContentModel):
    """`red_flag_rules/second_opinion.yml`."""

    version: int
    reported: ByUrgency
    reported_against_rules: ByUrgency
    reported_alone: SurerAlone
    asked_when_denied: list[str]
    asked: ByUrgency
    hint_confirmed: Score  # type: ignore[valid-type]
    named: confloat(ge=0, le=1)  # type: ignore[valid-type]
    suspected: confloat(ge=0, le=1)  # type: ignore[valid-type]
    doubted: Doubt
    plain_intent: PlainIntent
    third_person: confloat(ge=0, le=1)  # type: ignore[valid-type]


class Opinion(Protocol):
    """What a reader says of a sentence; all numbers are probabilities."""

    flags: Mapping[str, float]
    tiers: Mapping[str, float]
    third_person: float


@lru_cache(maxsize=2)
def load_thresholds(folder: Path = CONTENT_DIR) -> Thresholds:
    """Return the thresholds of a content folder.

    Raises:
        ContentError: the file is missing or malformed.
    """
    return read_model(folder / FILE, Thresholds)


def with_opinion(
    detection: Detection,
    opinion: Opinion,
    text: str,
    tiers: Mapping[str, Tier],
    thresholds: Thresholds,
) -> Detection:
    """Return `detection` with the flags added that only the reader sees, and doubts asked about.

    Args:
        detection: what the rules found in `text`.
        tiers: the usual tier of every flag.
    """
    leans = len(text.split()) <= SHORT_ANSWER_WORDS
    if leans:
        detection = _with_hints_counted(detection)
    else:
        detection = _with_doubts(detection, opinion, thresholds.doubted)
        detection = _with_raised(detection, opinion, tiers, thresholds)
    if opinion.third_person >= thresholds.third_person:
        return _about_somebody(detection, opinion, text, tiers)
    found = {f.flag: f.tier for f in (*detection.present, *detection.third_person)}
    hinted = {f.flag for f in detection.to_confirm}
    set_aside = {f.flag for f in (*detection.denied, *detection.other)}
    # "I don't want to kill myself", which nobody had asked: to ask is right, to act as if the
    # opposite were said is not, nor to pass it over.
    disowned = {f.flag for f in detection.denied}.intersection(thresholds.asked_when_denied)
    reported: list[Finding] = []
    asked: list[Finding] = []
    for flag, probability in _named(opinion, found, tiers, thresholds):
        tier = tiers[flag]
        score = probability + _urgency(opinion, tier)
        enough = thresholds.reported_against_rules if flag in set_aside else thresholds.reported
        if leans and tier == SOON:
            continue
        if flag in disowned:
            continue
        least = max(enough.of(tier), thresholds.reported_alone.of(flag))
        if score >= least or (flag in hinted and score >= thresholds.hint_confirmed):
            reported.append(_finding(flag, _raised(tier, opinion), text, "present", score))
        elif flag not in hinted | set_aside and score >= thresholds.asked.of(tier):
            asked.append(_finding(flag, tier, text, "confirm", score))
    if not leans:
        asked += [_finding(f, tiers[f], text, "confirm", 2 * DOUBTED) for f in sorted(disowned - set(found))]
    added = {f.flag for f in reported}
    # A milder hint that the reader does not share is left to the safety questions.
    left = {*added, *(f.flag for f in detection.to_confirm if f.tier == SOON)}
    hinted -= left
    # One question is enough, and none is needed where an answer is due anyway.
    asked = [] if found or added or hinted else sorted(asked, key=lambda f: -f.confidence)[:1]
    return replace(
        detection,
        present=(*detection.present, *_worst_first(reported)),
        to_confirm=(*(f for f in detection.to_confirm if f.flag not in left), *asked),
        denied=tuple(f for f in detection.denied if f.flag not in added),
        other=tuple(f for f in detection.other if f.flag not in added),
    )


def with_plain_intent(
    detection: Detection, intent: float, red_flag: float, thresholds: Thresholds
) -> Detection:
    """Return what only the reader found, less sure where the words plainly mean something else.

    "Is it odd that I can feel it twitching?" The question is plain, the flag is the
    reader's alone. An urgent one is asked about first; a milder one is left to the safety
    questions.

    Args:
        detection: what the reader found where the rules found nothing.
        intent: probability of the best intent that is no report, 0 to 1.
        red_flag: probability that the sentence is a report, 0 to 1.
    """
    plain = thresholds.plain_intent
    if red_flag > plain.red_flag_to:
        return detection
    found = (*detection.present, *detection.third_person)
    for one in found:
        if intent < plain.intent_from.of(one.tier) or 2 * one.confidence > plain.score_to.of(one.tier):
            return detection  # one that counts keeps the others
    urgent = _worst_first([f for f in found if f.tier != SOON])[:1]
    return replace(detection, present=(), third_person=(), to_confirm=_asked_first(urgent, detection))


def _with_hints_counted(detection: Detection) -> Detection:
    """Return `detection` with milder hints as reports: "it keeps coming back" says it all."""
    milder = tuple(f for f in detection.to_confirm if f.tier == SOON)
    return replace(
        detection,
        present=(*detection.present, *(replace(f, status="present") for f in milder)),
        to_confirm=tuple(f for f in detection.to_confirm if f.tier != SOON),
    )


def _with_raised(
    detection: Detection, opinion: Opinion, tiers: Mapping[str, Tier], thresholds: Thresholds
) -> Detection:
    """Return `detection` with flags that the rules made milder at their usual urgency again.

    "It started on the left, and now the right one's doing the same": the rules hear the one
    leg, the reader the other. It has to be as sure as against any reading of the rules.
    """

    def raised(finding: Finding) -> Finding:
        usual = tiers[finding.flag]
        score = opinion.flags.get(finding.flag, 0.0) + _urgency(opinion, usual)
        milder = finding.tier == SOON != usual
        if milder and score >= thresholds.reported_against_rules.of(usual):
            return replace(finding, tier=_raised(usual, opinion))
        return finding

    return replace(detection, present=tuple(raised(f) for f in detection.present))


def _with_doubts(detection: Detection, opinion: Opinion, doubt: Doubt) -> Detection:
    """Return `detection` with the urgent flags that the reader doubts asked about.

    One certain flag keeps all others certain: the sentence does report something. Milder
    flags stop nothing, so that a question about them would cost more than it spares.
    """
    detection = _with_doubts_about_others(detection, opinion, doubt)
    urgent = [f for f in detection.present if f.tier != SOON]
    if not urgent or not all(_is_doubted(f.flag, opinion, doubt.of(f.flag)) for f in urgent):
        return detection
    milder = tuple(f for f in detection.present if f.tier == SOON)
    return replace(detection, present=milder, to_confirm=_asked_first(urgent, detection))


def _is_doubted(flag: str, opinion: Opinion, certain: Calm | None) -> bool:
    if certain is None:
        return False
    calm = opinion.tiers.get("none", 0.0) >= certain.calm_from
    return calm and opinion.flags.get(flag, 1.0) <= certain.flag_to


def _with_doubts_about_others(detection: Detection, opinion: Opinion, doubt: Doubt) -> Detection:
    """Return `detection` with somebody else's urgent flags that the reader doubts asked about."""
    certain = doubt.third_person
    calm = opinion.tiers.get("none", 0.0) >= certain.calm_from
    doubted = [f for f in detection.third_person if f.tier != SOON and doubt.of(f.flag) is doubt]
    if not calm or opinion.third_person > certain.flag_to or detection.present or not doubted:
        return detection
    return replace(
        detection,
        third_person=tuple(f for f in detection.third_person if f not in doubted),
        to_confirm=_asked_first(doubted, detection),
    )


def _asked_first(doubted: list[Finding], detection: Detection) -> tuple[Finding, ...]:
    """Return what is to be asked about, the doubted findings first."""
    asked = (replace(f, status="confirm", confidence=DOUBTED) for f in doubted)
    return (*asked, *detection.to_confirm)


def _named(
    opinion: Opinion, found: Mapping[str, Tier], tiers: Mapping[str, Tier], thresholds: Thresholds
) -> list[tuple[str, float]]:
    """Return the flags that the sentence may name, with their probabilities.

    Those that are probable by themselves; and the most probable one, as long as the rules
    found none as urgent: how urgent a sentence is shows more clearly than what makes it so.
    """
    left = {f: p for f, p in opinion.flags.items() if f in tiers and f not in found}
    if found:  # beside what is known already, only what is urgent is worth a doubt
        left = {f: p for f, p in left.items() if tiers[f] != SOON}
    # What is for a routine appointment is explained by the surest such flag.
    surest = max((p for f, p in left.items() if tiers[f] == SOON), default=0.0)
    left = {f: p for f, p in left.items() if tiers[f] != SOON or p >= surest - NEARLY_AS_SURE}
    named = {f: p for f, p in left.items() if p >= thresholds.named}
    left = {f: p for f, p in left.items() if p >= thresholds.suspected}
    urgent = {f: p for f, p in left.items() if tiers[f] != SOON}
    if urgent and all(found[flag] == SOON for flag in found):
        likeliest = max(urgent, key=lambda flag: urgent[flag])
        named[likeliest] = urgent[likeliest]
    if left and not found:
        likeliest = max(left, key=lambda flag: left[flag])
        named[likeliest] = left[likeliest]
    return list(named.items())


def _urgency(opinion: Opinion, tier: Tier) -> float:
    """Return the probability that the sentence is at least as urgent as such a flag may be."""
    least = URGENCY[SOON] if tier == SOON else URGENCY["same_day"]
    return sum(p for name, p in opinion.tiers.items() if URGENCY.get(name, 0) >= least)


def _raised(tier: Tier, opinion: Opinion) -> Tier:
    """Return the tier of a finding: an urgent flag said as an emergency is one."""
    likeliest = max(opinion.tiers, key=lambda name: opinion.tiers[name])
    return EMERGENCY if tier != SOON and likeliest == EMERGENCY else tier


def _about_somebody(
    detection: Detection, opinion: Opinion, text: str, tiers: Mapping[str, Tier]
) -> Detection:
    """Return `detection` with somebody else's flag, unless the rules have found one at all."""
    if detection.present or detection.third_person:
        return detection
    urgent = {f: p for f, p in opinion.flags.items() if tiers.get(f, SOON) != SOON}
    flag = max(urgent, key=lambda name: urgent[name])
    finding = _finding(flag, _raised(tiers[flag], opinion), text, "other_now", opinion.third_person)
    return replace(
        detection,
        third_person=(finding,),
        denied=tuple(f for f in detection.denied if f.flag != flag),
        other=tuple(f for f in detection.other if f.flag != flag),
    )


def _finding(flag: str, tier: Tier, text: str, status: str, score: float) -> Finding:
    """Return a finding on the whole sentence: the reader cannot tell which words it was."""
    confidence = round(min(score / 2, 1.0), 3)
    return Finding(flag, tier, 0, len(text), text, status, confidence)  # type: ignore[arg-type]


def _worst_first(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (-URGENCY[f.tier], -f.confidence))

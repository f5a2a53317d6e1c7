"""Every red flag is heard in many people's words, and look-alikes are left alone.

`data/red_flags/` holds phrases that rules and second opinion have learnt from,
the rounds here phrases that the second opinion has not
learnt from, and the rules from none but what they missed of round 11. Nobody has looked at
round 13. `say` are reports, `near_misses` must give
no same-day or emergency answer, `minimal_pairs` hold one of each in nearly the same words,
`others` is somebody else's emergency. The floors are what was reached when they were set:
they only ever go up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from rasa_project.care.flags import TIER_ORDER, load_red_flags
from rasa_project.care.red_flags import Detection
from rasa_project.nlu.red_flag_detector import red_flags_in
from rasa_project.settings import PROJECT

UNSEEN = Path(__file__).parent
SEEN = PROJECT / "data" / "red_flags"
PAIRED = {"say": "flag", "near_misses": "calm"}
"""Group of phrases -> the side of a minimal pair that belongs to it."""

MOST_CONTENT_ALARMS = 3
"""Near misses of the content that may still be answered as a flag."""

CALM_ALARMS = 0.045
"""Share of calm sentences that may be answered as an urgent flag."""


@dataclass(frozen=True)
class Floor:
    """Shares from 0 to 1 that a round of phrases must reach."""

    folder: Path
    heard: float
    """Same-day and emergency reports that are escalated or asked about."""

    tier: float
    """Reports answered in at least their tier."""

    left_alone: float
    """Look-alikes without a same-day or emergency answer."""


ROUNDS = (
    Floor(SEEN / "round_1", heard=0.96, tier=0.94, left_alone=0.99),
    Floor(SEEN / "round_2", heard=0.73, tier=0.68, left_alone=0.98),
    Floor(SEEN / "varied", heard=0.78, tier=0.72, left_alone=0.99),
    Floor(SEEN / "pairs", heard=0.9, tier=0.9, left_alone=0.78),
    Floor(SEEN / "round_5", heard=0.98, tier=0.95, left_alone=0.93),
    Floor(SEEN / "round_6", heard=0.97, tier=0.93, left_alone=0.87),
    Floor(SEEN / "round_7", heard=0.99, tier=0.98, left_alone=0.93),
    Floor(SEEN / "round_8", heard=0.98, tier=0.96, left_alone=0.94),
    Floor(UNSEEN / "round_9", heard=0.98, tier=0.94, left_alone=0.96),
    Floor(UNSEEN / "round_10", heard=0.98, tier=0.94, left_alone=0.93),
    Floor(UNSEEN / "round_11", heard=0.99, tier=0.98, left_alone=0.98),
    Floor(UNSEEN / "round_12", heard=0.99, tier=0.97, left_alone=0.97),
    Floor(UNSEEN / "round_13", heard=0.99, tier=0.98, left_alone=0.99),
)


def _cases(folder: Path, group: str) -> list[dict]:
    cases = []
    tiers = {flag.id: flag.tier for flag in load_red_flags().flags.values()}
    for path in sorted(folder.glob("*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        flag = document["flag"]
        pairs = [pair[PAIRED[group]] for pair in document.get("minimal_pairs") or ()]
        for case in [*(document.get(group) or ()), *pairs]:
            case = {"text": case} if isinstance(case, str) else case
            cases.append({"flag": flag, "tier": tiers[flag], **case})
    assert cases, f"{folder} holds no {group}"
    return cases


def _tier(detection: Detection) -> int:
    found = (*detection.present, *detection.third_person)
    return max((TIER_ORDER[finding.tier] for finding in found), default=0)


@lru_cache(maxsize=None)
def found_in(text: str) -> Detection:
    """Return what is found in a phrase; two tests ask for the same one, and it is read once."""
    return red_flags_in(text)


def _report(lines: list[str], of: int) -> str:
    return f"{len(lines)} of {of} lines:\n" + "\n".join(lines[:40])


@pytest.mark.parametrize("flag", load_red_flags().flags.values(), ids=lambda flag: flag.id)
def test_every_line_of_the_content_is_heard_at_its_tier(flag):
    """The clinical file's own examples are the least that must work."""
    for said in flag.say:
        wanted = TIER_ORDER[flag.say_tier_overrides.get(said, flag.tier)]
        assert _tier(found_in(said)) >= wanted, said


def test_the_near_misses_of_the_content_stop_nothing():
    """A look-alike gives no same-day or emergency answer unless its handling says so."""
    cases = [
        miss
        for flag in load_red_flags().flags.values()
        for miss in flag.near_misses
        if miss.handle not in ("lower_same_day", "other_person")
    ]
    alarms = [m.say for m in cases if _tier(found_in(m.say)) >= TIER_ORDER["same_day"]]
    assert len(alarms) <= MOST_CONTENT_ALARMS, _report(alarms, len(cases))


@pytest.mark.parametrize("floor", ROUNDS, ids=lambda floor: floor.folder.name)
def test_reports_are_heard_whoever_says_them(floor):
    """Same-day and emergency flags are escalated, or at least asked about."""
    cases = [c for c in _cases(floor.folder, "say") if c["tier"] != "see_clinician_soon"]
    missed = []
    for case in cases:
        found = found_in(case["text"])
        if not (found.present or found.third_person or found.to_confirm):
            missed.append(f"{case['flag']}: {case['text']}")
    assert len(missed) <= (1 - floor.heard) * len(cases), _report(missed, len(cases))


@pytest.mark.parametrize("floor", ROUNDS, ids=lambda floor: floor.folder.name)
def test_reports_are_answered_in_at_least_their_tier(floor):
    """Being heard is not enough: an emergency must not become an appointment."""
    cases = _cases(floor.folder, "say")
    wrong = []
    for case in cases:
        allowed = [case["tier"], *(case.get("tier_ok") or ())]
        least = min(TIER_ORDER[tier] for tier in allowed if tier in TIER_ORDER)
        if _tier(found_in(case["text"])) < least:
            wrong.append(f"{case['flag']} ({case['tier']}): {case['text']}")
    assert len(wrong) <= (1 - floor.tier) * len(cases), _report(wrong, len(cases))


@pytest.mark.parametrize("floor", ROUNDS, ids=lambda floor: floor.folder.name)
def test_look_alikes_are_left_alone(floor):
    """A false alarm costs trust."""
    cases = _cases(floor.folder, "near_misses")
    alarms = [
        f"{case['flag']}: {case['text']}"
        for case in cases
        if _tier(found_in(case["text"])) >= TIER_ORDER["same_day"]
    ]
    assert len(alarms) <= (1 - floor.left_alone) * len(cases), _report(alarms, len(cases))


def test_calm_talk_is_left_alone():
    """How it began, what helps, where it hurts: told at length, with dangerous words among it."""
    groups = yaml.safe_load((UNSEEN / "calm_talk.yml").read_text(encoding="utf-8"))
    said = [text for lines in groups.values() for text in lines]
    alarms = [text for text in said if _tier(found_in(text)) >= TIER_ORDER["same_day"]]
    assert len(alarms) <= CALM_ALARMS * len(said), _report(alarms, len(said))

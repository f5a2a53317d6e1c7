"""Ages, weeks and lengths of time in an answer, as facts of the question."""

from __future__ import annotations

import re
from typing import Sequence

from rasa_project.care.screening.questions import Node

HOURS: dict[str, float] = {
    "minute": 1 / 60, "min": 1 / 60, "hour": 1, "hr": 1, "day": 24, "week": 168, "month": 730, "year": 8766,
}
"""Hours in one of each unit; months and years are means."""

WEEKS: dict[str, float] = {"week": 1, "month": 4.35}
LONG_AGO_BEFORE_YEAR = 2024
"""Any calendar year before this one lies more than a year back of every release."""

NAMED_TIMES: dict[str, float] = {
    "yesterday": 25, "monday": 48, "tuesday": 48, "wednesday": 48, "thursday": 48, "friday": 48,
    "saturday": 48, "sunday": 48, "weekend": 48, "overnight": 8, "ages": 168,
}
"""Hours back that a word stands for when no number is said; the least that it can mean.

"Yesterday" counts as more than a day: of two readings the one that is asked about wins.
"""

NAMED_PAIRS: dict[tuple[str, str], float] = {
    ("last", "night"): 8, ("all", "night"): 8, ("all", "day"): 8, ("this", "morning"): 2,
    ("this", "afternoon"): 2, ("last", "week"): 168, ("last", "month"): 730, ("other", "day"): 48,
}
"""The same for two words."""

FEWEST_OF_SEVERAL = 2
"""Units meant by a plural without a number ("for hours")."""

_OTHER_UNITS = frozenset(
    "week weeks month months day days hour hours minute minutes year years kilo kilos kg pounds stone percent st".split()
)
_BEFORE_SEVERAL = frozenset("for some many several in about over been the past these last".split())
_FEW = {"couple": 2, "few": 3, "several": 4, "a": 1, "an": 1, "one": 1}


def measured_facts(words: Sequence[str], node: Node) -> frozenset[str]:
    """Return what the numbers in an answer to `node` tell; nothing when there are none."""
    facts: set[str] = set()
    if node.group == "Q9_about_you":
        facts |= _age_facts(words)
    if node.group == "Q6_illness":
        facts |= _fever_facts(words)
    if node.measure is not None:
        amount = _amount(words, HOURS if node.measure.of == "hours_ago" else WEEKS, node)
        if amount is not None:
            facts.add(node.measure.over if amount > node.measure.limit else node.measure.upto)
    return frozenset(facts)


def _amount(words: Sequence[str], units: dict[str, float], node: Node) -> float | None:
    for at, word in enumerate(words):
        unit = units.get(word.rstrip("s"))
        if unit is None:
            continue
        if at == 0:
            if word.endswith("s"):
                return FEWEST_OF_SEVERAL * unit
            continue
        before = words[at - 2] if words[at - 1] == "of" and at > 1 else words[at - 1]
        number = float(before) if re.fullmatch(r"\d+(\.\d+)?", before) else _FEW.get(before)
        if number is None and word.endswith("s") and before in _BEFORE_SEVERAL:
            number = FEWEST_OF_SEVERAL
        if number is not None:
            return number * unit
    if units is HOURS:
        named = [hours for word, hours in NAMED_TIMES.items() if word in words]
        named += [hours for pair, hours in NAMED_PAIRS.items() if pair in zip(words, words[1:])]
        if named:
            return max(named)
        for word in words:
            if re.fullmatch(r"(19|20)\d\d", word) and int(word) < LONG_AGO_BEFORE_YEAR:
                return 10 * HOURS["year"]
    if units is WEEKS and len(words) <= 2:
        numbers = [float(word) for word in words if word.isdigit()]
        return numbers[0] if numbers else None
    return None


def days_ago(words: Sequence[str]) -> float | None:
    """Return how many days back an answer to "was that in the last two weeks?" points."""
    for at, word in enumerate(words):
        unit = HOURS.get(word.rstrip("s"))
        if unit is None or at == 0:
            continue
        before = words[at - 2] if words[at - 1] == "of" and at > 1 else words[at - 1]
        if before == "last":
            return unit / 24
        number = float(before) if before.isdigit() else _FEW.get(before)
        if number is not None:
            return number * unit / 24
        if unit >= HOURS["year"] and before in ("many", "some", "for"):
            return 5 * unit / 24
        if words[at + 1 : at + 2] == ["ago"] and word in ("months", "years"):
            return 2 * unit / 24
    if any(word in ("yesterday", "today", "tonight", "earlier") for word in words):
        return 1
    return 3650 if "ago" in words and {"years", "ages", "long"} & set(words) else None


MOST_PAIN = 10
"""A bare number up to this one may be a pain score; as an age it needs a word that says so."""

AGE_WORDS = frozenset("i i'm im am years year old yo aged age turned my is he she".split())


def _age_facts(words: Sequence[str]) -> set[str]:
    """Return what an age said in Q9 tells; decades ("70s") count from their first year."""
    for at, word in enumerate(words):
        decade = re.fullmatch(r"(\d)0s", word)
        number = re.fullmatch(r"\d{1,3}", word)
        if not decade and not number:
            continue
        follower = words[at + 1] if at + 1 < len(words) else ""
        before = words[at - 1] if at else ""
        if follower in _OTHER_UNITS and not (follower == "years" and "old" in words):
            continue
        if before in ("over", "under", "above", "below", "than", "past"):
            continue  # "over 50" is an element of its own; "not over 50" must stay a denial
        age = int(decade.group(1)) * 10 + 1 if decade else int(word)
        if not 0 < age <= 110:
            continue
        if age <= MOST_PAIN and not AGE_WORDS.intersection(words):
            continue
        return _facts_of_age(age)
    return set()


NORMAL_C = (35.0, 37.4)
FEVER_C = (38.0, 43.0)
NORMAL_F = (95.0, 99.3)
FEVER_F = (100.4, 109.0)
"""Body temperatures; what lies between normal and fever decides nothing."""


def _fever_facts(words: Sequence[str]) -> set[str]:
    """Return what a temperature said in Q6 tells ("thirty six point six")."""
    for at, word in enumerate(words):
        if not re.fullmatch(r"\d{2,3}(\.\d+)?", word):
            continue
        degrees = float(word)
        if at + 2 < len(words) and words[at + 1] == "point" and words[at + 2].isdigit():
            degrees += float(f"0.{words[at + 2]}")
        for low, high in (NORMAL_C, NORMAL_F):
            if low <= degrees <= high:
                return {"!fever"}
        for low, high in (FEVER_C, FEVER_F):
            if low <= degrees <= high:
                return {"fever"}
    return set()


def _facts_of_age(age: int) -> set[str]:
    if age < 18:
        return {"under_eighteen", "under_ten" if age < 10 else "ten_or_older"}
    if age >= 70:
        # "I'm seventy" may be rounded: then the question about seventy is still asked.
        return {"over_fifty", "!under_eighteen"} | ({"over_seventy"} if age > 70 else set())
    if age > 50:
        return {"over_fifty", "!over_seventy", "!under_eighteen"}
    if age == 50:
        return {"!over_seventy", "!under_eighteen"}
    return {"!under_eighteen", "!over_fifty", "!over_seventy"}

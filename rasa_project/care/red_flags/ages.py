"""Ages that are said in a sentence, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

MAX_AGE_YEARS = 110
CHILD_BELOW_YEARS = 18
YOUNG_CHILD_BELOW_YEARS = 10
FRAGILE_FROM_YEARS = 65
"""From here a small fall counts as one on old bones; the flag itself names seventy, said ages are rounded."""

_NOT_AN_AGE = frozenset(
    """weeks week months month days day hours hour minutes minute mins percent stone kilos kilo kg pounds
    pound lbs miles mile km out times tablets pills and-a-half o'clock am pm degrees inches feet foot reps
    kids children grandkids st scale cm weeks' mg ml units cups drinks steps quid dollars euros""".split()
)
_HEDGES = frozenset(
    "nearly almost about only just over past around well actually now turning 's a an like roughly still".split()
)
_CHILD_WORDS = frozenset(
    """son daughter boy girl child kid grandson granddaughter grandchild lad toddler baby nephew niece
    little kiddo teenager stepson stepdaughter""".split()
)
_OTHER_WORDS = frozenset(
    """he she his her him they dad mum mom father mother nan gran grandma grandad grandpa nana husband wife
    brother sister friend neighbour neighbor uncle aunt auntie partner boyfriend girlfriend cousin
    colleague boss mate""".split()
)
_LIFE_WORDS = frozenset("was were when till until before since".split())


@dataclass(frozen=True)
class Age:
    """One age in a sentence."""

    years: int
    start: int
    """Index of its first word."""

    end: int
    """Index behind its last word."""

    whose: str
    """"own", "child" (a child spoken for) or "other"."""


def find_ages(words: Sequence[str]) -> tuple[Age, ...]:
    """Return the present ages in `words`; past and future ages ("when i was five") are left out."""
    ages = []
    for index, word in enumerate(words):
        years, decade = _years(word)
        if years is None or not 0 < years <= MAX_AGE_YEARS:
            continue
        age = _age_at(words, index, years, decade)
        if age is not None:
            ages.append(age)
    return tuple(ages)


def virtual_classes(ages: Sequence[Age]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Return where the age classes of the rule language stand."""
    found: dict[str, list[tuple[int, int]]] = {}
    for age in ages:
        for name in _classes_of(age):
            found.setdefault(name, []).append((age.start, age.end))
    return {name: tuple(places) for name, places in found.items()}


def _classes_of(age: Age) -> list[str]:
    if age.whose == "other":
        return []
    names = []
    if age.years < CHILD_BELOW_YEARS:
        names.append("age_child" if age.whose == "own" else "age_child_other")
        if age.years < YOUNG_CHILD_BELOW_YEARS:
            names.append("age_under_10")
    if age.whose == "own":
        if age.years >= CHILD_BELOW_YEARS:
            names.append("age_adult")
        if 50 <= age.years <= 70:
            names.append("age_50s_60s")
        if age.years > 70:
            names.append("age_over_70")
        if age.years >= FRAGILE_FROM_YEARS:
            names.append("age_over_64")
    return names


def _years(word: str) -> tuple[int | None, bool]:
    digits = word.rstrip("syo")
    if not digits.isdigit() or len(digits) > 3:
        return None, False
    return int(digits), word.endswith("s")


def _age_at(words: Sequence[str], index: int, years: int, decade: bool) -> Age | None:
    before = list(words[max(0, index - 6) : index])
    after = list(words[index + 1 : index + 4])
    if decade:
        if "my" in before[-3:] and "in" in before[-4:] and not _LIFE_WORDS & set(before[-6:]):
            start = index - 1 - before[::-1].index("in")
            late = "late" in before or "over" in before
            return Age(years + (8 if late else 5), start, index + 1, "own")
        return None
    if after[:1] and after[0] in _NOT_AN_AGE:
        return None
    if after[:1] in (["years"], ["year"], ["yo"], ["y"]) or words[index].endswith("yo"):
        grown = after[1:2] in (["old"], ["olds"], ["young"]) or words[index].endswith("yo")
        if not grown and after[1:3] != ["of", "age"]:
            return None
        end = min(len(words), index + (3 if after[1:3] != ["of", "age"] else 4))
        return Age(years, index, end, _whose(before, "own"))
    lead = [w for w in before if w not in _HEDGES]
    stripped = lead[-2:]
    if stripped[-2:] in (["i", "am"], ["i", "turned"], ["i", "turn"], ["me", "am"]):
        if _LIFE_WORDS & set(lead[-3:-2]) and "turned" not in stripped:
            return None
        start = index - 1 - before[::-1].index("i") if "i" in before else index
        return Age(years, start, index + 1, "own")
    if lead[-1:] in (["aged"], ["age"], ["turned"]):
        return Age(years, index - 1, index + 1, _whose(before, "own"))
    if lead[-1:] == ["at"] and after[:1] in (["i"], ["my"]) and years >= 18:
        return Age(years, index - 1, index + 1, "own")
    if (lead[-1:] == ["is"] or before[-1:] == ["'s"]) and not {"there", "it", "this", "that", "what"} & set(before[-2:]):
        whose = _whose(before, "")
        return Age(years, max(0, index - 2), index + 1, whose) if whose else None
    return None


def _whose(before: Sequence[str], default: str) -> str:
    """Tell from the words before an age whose it is; the nearest clue decides."""
    for place in range(len(before) - 1, -1, -1):
        word = before[place]
        if word in _CHILD_WORDS:
            return "child"
        if word in ("he", "she", "they"):
            return "child" if not set(before) & (_OTHER_WORDS - {"he", "she", "they", "his", "her", "him"}) else "other"
        if word in _OTHER_WORDS:
            return "other"
        if word == "i":
            return "own"
        if word == "my" and place == len(before) - 1:
            return "child"  # "my six year old"
    return default

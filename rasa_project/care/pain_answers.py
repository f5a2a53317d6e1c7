"""How bad it is and how it has been going, as people say it: a number, days, easing.

Wordings are content (`setup_words.yml`). More pain means the gentler programme, so of
two numbers the higher counts, and what cannot be read is None.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, Optional

from rasa_project.care.normalise import normalise
from rasa_project.care.patterns import in_whole_words
from rasa_project.care.programmes import PhaseHints
from rasa_project.care.setup_words import (
    PainWords,
    PhaseWords,
    SetupWords,
    load_setup_words,
)

MOST_PAIN = 10
SHORT_ANSWER_WORDS = 6
"""In an answer of at most this many words a number above ten can only be an exaggeration."""
LONGEST_BOUT_DAYS = 84
"""A bout of more than twelve weeks is no bout any more (`schema.phases.chronic`)."""

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?:ish)?(?: (?:and a half|point (\d)))?(?: out of (\d+))?(?!\w)")
_OUT_OF = r"\bout of (?:10|a hundred|100|5)\b"
_HALF = " and a half"
Tense = Literal["", "now", "then"]


@dataclass(frozen=True)
class _Score:
    value: float
    start: int
    end: int
    tense: Tense


def pain_in(text: str, words: Optional[SetupWords] = None) -> Optional[int]:
    """Return the pain score from 0 to 10 that `text` gives for now, None if it gives none.

    "Six or seven" is 7, six and a half is 7; of past and present the present counts.
    """
    vocabulary = (words or load_setup_words()).pain
    said = _number_form(text, vocabulary)
    scores = _scores(said, vocabulary)
    scores = _after_correction(said, scores, vocabulary)
    for tense in ("now", ""):
        current = [s.value for s in scores if s.tense == tense]
        if current:
            return min(MOST_PAIN, math.ceil(max(current)))
    if scores:
        return min(MOST_PAIN, math.ceil(max(s.value for s in scores)))
    return _from_scale(said, vocabulary)


def phase_in(
    text: str, today: Optional[date] = None, words: Optional[SetupWords] = None
) -> PhaseHints:
    """Return what `text` says about the course of the trouble.

    `today` lets "since Tuesday" be counted; without it a weekday says nothing.
    """
    vocabulary = (words or load_setup_words()).phase
    said = normalise(text)
    # "The first was a month ago, this one started yesterday": this one counts.
    recurring = _any(vocabulary.recurring, said)
    said = re.split(r"\bthis (?:one|time)\b", said)[-1] or said
    easing: Optional[bool] = None
    if _any(vocabulary.not_easing, said):
        easing = False
    elif _any(vocabulary.easing, said):
        easing = not re.search(r"\b(not|no|never|hardly)( \w+){0,2} (eas\w+|better|improv\w+)", said)
    days = _durations(said, vocabulary)
    # "Better today" tells of today, not of the beginning.
    days += [
        float(d)
        for d, names in vocabulary.moments.items()
        if _any(names, said) and (d or easing is None)
    ]
    if today is not None:
        days += [
            float((today.weekday() - number) % 7 or 7)
            for number, name in enumerate(vocabulary.weekdays)
            if re.search(rf"\b{name}s?\b", said)
        ]
    if _any(vocabulary.chronic, said) and not days:
        days = [float(max(vocabulary.moments))]
    if recurring:
        # The years of a trouble that comes and goes are not those of this bout.
        days = [d for d in days if d <= LONGEST_BOUT_DAYS]
    began = (min(days) if recurring else max(days)) if days else None
    return PhaseHints(
        days=began, easing=easing, recurring=recurring, settled=_any(vocabulary.settled, said)
    )


def _number_form(text: str, vocabulary: PainWords) -> str:
    """Return the normal form with fractions, percent and misheard numbers written out."""
    text = re.sub(r"(\d+(?:\.\d+)?)\s*/\s*(\d+)", r"\1 out of \2", text)
    text = re.sub(r"(\d+)\s*(?:%|per ?cent\b)", r"\1 out of 100", text)
    text = re.sub(r"(\d+)\s*[-–]\s*(\d+)", r"\1 or \2", text)
    said = normalise(text)
    # The scale itself is no score: "out of ten I'd say seven", "if ten is the worst".
    said = re.sub(r"(?<!\d )(?<!\w )\bout of 10\b|\b(a )?scale (of|from|between) [\w ]*?10\b", "", said)
    said = re.sub(r"\b(if|where|when|with) (10|0) (is|being|was|as|means)\b", "", said)
    said = " ".join(re.sub(r"(?<=\d )over 10\b", "out of 10", said).split())
    for heard, meant in vocabulary.homophones.items():
        said = re.sub(rf"\b{heard} (?=out of)", f"{meant} ", said)
        if said in (heard, f"a {heard}", f"about a {heard}"):
            said = str(meant)
    one = r"(?<!\w)(?:(?<=^)|(?<=\ba )|(?<=\bjust )|(?<=about )|(?<=maybe )|(?<=around )|(?<=only )|(?<=like )|(?<=or )|(?<=say ))one(?= out of| or |$| now| at| maybe| i | point)"
    return re.sub(one, "1", said)


def _scores(said: str, vocabulary: PainWords) -> list[_Score]:
    scores: list[_Score] = []
    tense: Tense = ""
    place = 0
    short = len(said.split()) <= SHORT_ANSWER_WORDS
    for match in _NUMBER.finditer(said):
        before, after = said[place : match.start()], said[match.end() :].strip()
        tense = _tense_of(before, vocabulary) or tense
        place = match.end()
        if re.search(rf"\b{vocabulary.counted_before}$", before.strip()):
            continue
        if re.match(rf"{vocabulary.counts_something}\b", after):
            continue
        value = _value(match, short)
        if value is None:
            continue
        told: Tense = tense
        if re.match(rf"{vocabulary.now}\b(?!( \w+){{0,2}} \d)", after):
            told = "now"
        elif re.match(r"(before|earlier|yesterday|last (night|week|time))\b", after):
            told = "then"
        scores.append(_Score(value, match.start(), match.end(), told))
        # "From a seven to a four": what follows a past number with "to" is the present.
        if told == "then" and re.match(r"(to|down to|now)\b", after):
            tense = "now"
    return scores


def _value(match: re.Match[str], short: bool) -> Optional[float]:
    value = float(match[1])
    if _HALF in match[0]:
        value += 0.5
    if match[2]:
        value += int(match[2]) / 10
    if match[3]:
        most = int(match[3])
        return value * MOST_PAIN / most if most in (5, 10, 20, 100) else None
    if value <= MOST_PAIN:
        return value
    return float(MOST_PAIN) if short else None


def _tense_of(before: str, vocabulary: PainWords) -> Tense:
    """Return the tense of the last time word in `before`, empty when there is none."""
    marks = [(m.start(), "now") for m in re.finditer(rf"\b{vocabulary.now}\b", before)]
    marks += [(m.start(), "then") for m in re.finditer(rf"\b{vocabulary.then}\b", before)]
    return max(marks)[1] if marks else ""  # type: ignore[return-value]


def _after_correction(said: str, scores: list[_Score], vocabulary: PainWords) -> list[_Score]:
    """Return the scores behind the last correction that has a score on both sides."""
    for match in reversed(list(re.finditer(rf"\b{vocabulary.corrections}\b", said))):
        later = [s for s in scores if s.start >= match.end()]
        earlier = [s for s in scores if s.end <= match.start()]
        if later and earlier:
            return later
    return scores


def _from_scale(said: str, vocabulary: PainWords) -> Optional[int]:
    meant = [
        value
        for value, names in vocabulary.scale.items()
        for name in names
        if re.search(rf"(?<!not )(?<!not too )(?<!not so )(?<!not very )\b{name}\b", said)
    ]
    return max(meant, default=None)


def _durations(said: str, vocabulary: PhaseWords) -> list[float]:
    amounts = "|".join(sorted(vocabulary.amounts, key=len, reverse=True))
    units = "|".join(vocabulary.units)
    found: list[float] = []
    pattern = (
        rf"\b(every )?(?:(\d+(?:\.\d+)?)|({amounts}))(?: (?:or|to) (\d+))?( and a half)? "
        rf"(?:of )?(?:good |whole |full )?({units})s?\b( and a half)?( of age| old)?"
    )
    for match in re.finditer(pattern, said):
        if match[1] or match[8]:
            continue
        amount = float(match[4] or match[2] or vocabulary.amounts[match[3]])
        found.append((amount + (0.5 if match[5] or match[7] else 0)) * vocabulary.units[match[6]])
    return found


def _any(patterns: tuple[str, ...], said: str) -> bool:
    return any(in_whole_words(pattern).search(said) for pattern in patterns)

"""Questions that are refused kindly: amounts of medicine, what it is, how serious it is.

A guard only recognises; the sentences stand in `phrases.yml`. A question may pass a
guard and still have an answer: then the refusal comes first.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, Optional

from pydantic import validator

from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.normalise import normalise
from rasa_project.care.patterns import in_whole_words
from rasa_project.care.phrases import Phrases, load_phrases

Refusal = Literal["refuse_dose", "refuse_diagnosis", "refuse_seriousness"]

POSSESSION_WORDS = 5
"""Words between a person and a medicine within which it is that person's."""


class Guards(ContentModel):
    """`content/question_guards.yml`: patterns over the normal form."""

    version: int
    kind: Literal["question_guards"]
    medicines: str
    amounts: str
    """Counts only beside a medicine and a word of `asking`."""
    asking: str
    dose: str
    amount_to_take: str
    number_please: str
    insisting: str
    """Counts only while an amount was refused just before."""
    counts_else: str
    """Things of the exercises that are counted, too."""
    number_for_calling: str
    someone_elses: str
    having_theirs: str
    borrowed: str
    diagnosis: str
    seriousness: str

    @validator("*")
    def _compiles(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"is no regular expression ({error}); mend it") from None
        return value


@lru_cache(maxsize=4)
def load_guards(folder: Path = CONTENT_DIR) -> Guards:
    """Return the patterns of `folder`, read once.

    Raises:
        ContentError: the file breaks its schema.
    """
    return read_model(folder / "question_guards.yml", Guards)


def is_dose_question(text: str) -> bool:
    """Return whether somebody asks for an amount of a medicine or supplement.

    "Just give me a number" counts, unless it is a telephone number.
    """
    guards, said = _guards(), normalise(text)
    if _has(guards.dose, said) or _has(guards.amount_to_take, said):
        return True
    if _has(guards.number_please, said) and not _has(guards.number_for_calling, said):
        return True
    return all(_has(p, said) for p in (guards.medicines, guards.amounts, guards.asking))


def insists_on_amount(text: str) -> bool:
    """Return whether somebody whom an amount was just refused asks for it again.

    Only then: "roughly how many" names no medicine, it leans on the one before.
    """
    guards, said = _guards(), normalise(text)
    if _has(guards.number_for_calling, said) or _has(guards.counts_else, said):
        return False
    return is_dose_question(text) or _has(guards.insisting, said)


def is_someone_elses_medicine(text: str) -> bool:
    """Return whether somebody asks about a medicine that another person got."""
    guards, said = _guards(), normalise(text)
    if not _has(guards.medicines, said):
        return False
    medicine, other = guards.medicines, guards.someone_elses
    gap = rf"(?: \w+){{0,{POSSESSION_WORDS}}} "
    owned = rf"(?:{other})(?:'s| 's|s) (?:\w+ ){{0,2}}{medicine}"
    given = rf"(?:{other}) (?:\w+ ){{0,2}}(?:{guards.having_theirs}){gap}?(?:\w+ )*?{medicine}"
    taken = rf"{medicine}{gap}?(?:of|from|off|for|belonging to) (?:{other})"
    borrowed = rf"(?:{guards.borrowed}).*{medicine}"
    return any(_has(pattern, said) for pattern in (owned, given, taken, borrowed))


def is_diagnosis_question(text: str) -> bool:
    """Return whether somebody wants to be told what they have."""
    return _has(_guards().diagnosis, normalise(text))


def is_seriousness_question(text: str) -> bool:
    """Return whether somebody wants to be told how serious it is."""
    return _has(_guards().seriousness, normalise(text))


def refusal_of(text: str) -> Optional[Refusal]:
    """Return which refusal a question calls for, None for none.

    Amounts come first: a number for a medicine is never given, whatever else is asked.
    """
    if is_dose_question(text) or is_someone_elses_medicine(text):
        return "refuse_dose"
    if is_diagnosis_question(text):
        return "refuse_diagnosis"
    return "refuse_seriousness" if is_seriousness_question(text) else None


def refusal_text(
    refusal: Refusal,
    text: str,
    turn: int = 0,
    *,
    again: bool = False,
    screened: bool = False,
    phrases: Optional[Phrases] = None,
) -> str:
    """Return the refusal of `text` with the pointer to whoever may answer.

    `again`: an amount was refused in the turn before. `screened`: a clean screen is done.
    """
    phrases = phrases or load_phrases()
    if refusal == "refuse_dose":
        if is_someone_elses_medicine(text):
            return phrases.pick("refuse_dose_other_person", turn)
        return phrases.pick("refuse_dose_again" if again else "refuse_dose", turn)
    if refusal == "refuse_seriousness" and screened:
        return phrases.pick("refuse_seriousness_screened", turn)
    return phrases.pick(refusal, turn)


def _guards() -> Guards:
    return load_guards()


def _has(pattern: str, said: str) -> bool:
    return bool(in_whole_words(pattern).search(said))

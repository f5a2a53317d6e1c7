"""The wordings of `content/setup_words.yml`: how people say what a programme needs to know."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Literal, Mapping

from pydantic import root_validator

from rasa_project.care.errors import ContentError
from rasa_project.care.exercises import load_exercises
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.programme_rules import Position


class PainWords(ContentModel):
    """How a number from 0 to 10 is said."""

    scale: Mapping[int, tuple[str, ...]]
    """Number to the words that mean it when no number is said."""
    homophones: Mapping[str, int]
    """What a recogniser writes for a number that stands alone or before "out of ten"."""
    counts_something: str
    counted_before: str
    now: str
    then: str
    corrections: str


class PhaseWords(ContentModel):
    """How the course of an episode is said."""

    easing: tuple[str, ...]
    not_easing: tuple[str, ...]
    recurring: tuple[str, ...]
    settled: tuple[str, ...]
    chronic: tuple[str, ...]
    units: Mapping[str, float]
    """Unit of time to its days."""
    amounts: Mapping[str, float]
    moments: Mapping[int, tuple[str, ...]]
    """Days since, by the words for it."""
    weekdays: tuple[str, ...]


class SetupWords(ContentModel):
    """`content/setup_words.yml` as a whole; its comments explain the fields."""

    version: int
    kind: Literal["setup_words"]
    conditions: Mapping[str, tuple[str, ...]]
    bare: Mapping[str, tuple[str, ...]]
    bare_beside: tuple[str, ...]
    not_meant: tuple[str, ...]
    recent_only: tuple[str, ...]
    long_ago: str
    birth_long_ago: str
    also: Mapping[str, Mapping[str, tuple[str, ...]]]
    told_as_fine: str
    denials: tuple[str, ...]
    denial_ends: tuple[str, ...]
    new_claims: tuple[str, ...]
    other_people: str
    information_questions: str
    about_oneself: str
    questions: str
    own_claims: str
    no_claims: str
    positions: Mapping[Position, tuple[str, ...]]
    weaker_words: Mapping[Position, tuple[str, ...]]
    instead_of_floor: Position
    cannot: str
    any_of_them: str
    cannot_get_down: str
    there_now: str
    pain: PainWords
    phase: PhaseWords

    @root_validator
    def _patterns_compile(cls, values: dict[str, Any]) -> dict[str, Any]:
        for pattern in _texts(values):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is no regular expression ({error})") from None
        return values


@lru_cache(maxsize=4)
def load_setup_words(folder: Path = CONTENT_DIR) -> SetupWords:
    """Return the wordings of `folder`, read once and checked against its exercises.

    Raises:
        ContentError: the file breaks its schema, or names a condition nobody defined.
    """
    path = folder / "setup_words.yml"
    words = read_model(path, SetupWords)
    known = load_exercises(folder).conditions
    for condition in (*words.conditions, *words.bare, *words.also, *words.recent_only):
        if condition not in known:
            raise ContentError(
                f"{path}: '{condition}' is no condition of exercises.yml. Correct the id."
            )
    for condition in sorted(known - set(words.conditions)):
        raise ContentError(
            f"{path}: nobody can tell the condition '{condition}'. Add wordings for it."
        )
    return words


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, (tuple, list)):
        for value in node:
            yield from _texts(value)

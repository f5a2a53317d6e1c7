"""How people answer, as content: `answer_cues.yml` and the phrases it spells out."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterator, Mapping, Optional

from pydantic import Field

from rasa_project.care.errors import ContentError
from rasa_project.care.flags import load_red_flags
from rasa_project.care.loading import ContentModel, read_model

CUE_CLASSES: tuple[str, ...] = (
    "negative_symptoms",
    "refusal",
    "not_been_yet",
    "pain",
    "long_standing",
    "resolved",
    "hedged_no",
    "unsure",
    "partial",
    "no",
    "yes",
    "verb_no",
    "verb_yes",
    "fine",
    "vague",
    "new",
    "question_back",
    "third_person",
    "today",
    "correction",
    "neutral",
)
"""Cue lists of the file; of two equally long phrases at a place the class named first counts."""


class Element(ContentModel):
    """One thing that a question names, or a fact that an answer can give."""

    to: list[str] = Field(min_items=1)
    say: list[str] = Field(min_items=1)
    flag: Optional[str] = None
    also: list[str] = Field(default_factory=list)
    affirms: bool = True
    stands_for: list[str] = Field(default_factory=list)
    is_well: bool = False
    harmless: bool = False
    within: bool = False
    hides: list[str] = Field(default_factory=list)
    elsewhere: list[str] = Field(default_factory=list)


class AnswerCues(ContentModel):
    """`answer_cues.yml` as a whole."""

    version: int
    yes: list[str]
    no: list[str]
    verb_yes: list[str]
    verb_no: list[str]
    neutral: list[str]
    fine: list[str]
    hedged_no: list[str]
    unsure: list[str]
    partial: list[str]
    pain: list[str]
    long_standing: list[str]
    new: list[str]
    resolved: list[str]
    today: list[str]
    not_been_yet: list[str]
    refusal: list[str]
    question_back: list[str]
    command: dict[str, list[str]]
    correction: list[str]
    self_or_other: dict[str, list[str]]
    third_person: list[str]
    negative_symptoms: list[str]
    vague: list[str]
    breaks: list[str]
    turns: list[str]
    negators: list[str]
    conditions: list[str]
    abilities: list[str]
    passes: list[str]
    after_no: list[str]
    after_standalone_no: list[str]
    no_then_time: list[str]
    well_links: list[str]
    symptom_words: list[str]
    well_words: list[str]

    fine_parts: Mapping[str, list[str]]
    """Group of questions, or NOWHERE -> parts of the body that answer it when they are fine."""
    anything: list[str]
    elements: dict[str, Element]


NOWHERE = "nowhere"
"""Group of parts that no question is about."""

Phrase = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Every phrase with what it means, ready to be looked up."""

    cues: AnswerCues
    phrases: Mapping[str, tuple[tuple[Phrase, str, str], ...]]
    """First word -> (phrase, class, id); elements have the class `element`."""

    elsewhere: Mapping[str, tuple[tuple[Phrase, str, str], ...]]
    """The same for the phrases that mean an element outside its own question."""


def spell_out(pattern: str) -> Iterator[str]:
    """Yield every sentence that a phrase of the file stands for.

    "(not) a|one bit" gives "not a bit", "not one bit", "a bit" and "one bit".
    """
    parts: list[list[str]] = []
    for optional, plain in re.findall(r"\(([^)]*)\)|(\S+)", pattern):
        if optional:
            parts.append([*optional.split("|"), ""])
        else:
            parts.append(plain.split("|"))
    for choice in itertools.product(*parts):
        yield " ".join(word for word in choice if word)


def _phrases(patterns: list[str]) -> Iterator[Phrase]:
    seen: set[Phrase] = set()
    for pattern in patterns:
        for sentence in spell_out(pattern):
            phrase = tuple(sentence.split())
            if phrase and phrase not in seen:
                seen.add(phrase)
                yield phrase


@lru_cache(maxsize=4)
def load_lexicon(folder: Path) -> Lexicon:
    """Return the cues of `folder`, spelled out and checked.

    Raises:
        ContentError: an element names an unknown flag or element.
    """
    path = folder / "answer_cues.yml"
    cues = read_model(path, AnswerCues)
    flags = load_red_flags(folder).flags
    for name, element in cues.elements.items():
        if element.flag is not None and element.flag not in flags:
            raise ContentError(
                f"{path}: element '{name}' names the flag '{element.flag}', which red_flags.yml "
                "does not have. Correct the id."
            )
    found: dict[str, list[tuple[Phrase, str, str]]] = {}
    elsewhere: dict[str, list[tuple[Phrase, str, str]]] = {}

    def add(table: dict[str, list[tuple[Phrase, str, str]]], patterns: list[str], *kind: str) -> None:
        for phrase in _phrases(patterns):
            table.setdefault(phrase[0], []).append((phrase, kind[0], kind[1]))

    for name in CUE_CLASSES:
        add(found, getattr(cues, name), name, "")
    for name, patterns in cues.command.items():
        add(found, patterns, "command", name)
    for name, patterns in cues.self_or_other.items():
        add(found, patterns, "person", name)
    add(found, cues.anything, "anything", "")
    for name, element in cues.elements.items():
        add(found, element.say, "element", name)
        add(elsewhere, element.elsewhere, "element", name)
    return Lexicon(
        cues,
        {first: tuple(entries) for first, entries in found.items()},
        {first: tuple(entries) for first, entries in elsewhere.items()},
    )

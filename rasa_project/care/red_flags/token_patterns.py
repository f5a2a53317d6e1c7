"""The rule notation of `patterns.py` written out as spaCy token patterns.

A token pattern is flat: what a choice, an option or a word class leaves open becomes
several patterns. Two marks lend spaCy's matcher what it has no word for: light words
carry the flag IS_STOP, and `tag_` says where in its clause a word stands (`clause_tag`).
A look ahead ("!") has no counterpart at all; it becomes a second, longer pattern that
vetoes the first, as ConText's own pseudo modifiers do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterable

from rasa_project.care.errors import ContentError
from rasa_project.care.red_flags.lexicon import Lexicon
from rasa_project.care.red_flags.matching import MAX_LIGHT_WORDS
from rasa_project.care.red_flags.patterns import (
    FAR_GAP,
    AnyWord,
    Choice,
    ClassRef,
    Edge,
    Gap,
    Not,
    Number,
    Sequence_,
    Word,
)

TokenPattern = list[dict[str, Any]]

MAX_SPELLINGS = 500
"""A phrase that stands for more flat patterns than this slows every start; it wants to be two."""



def clause_tag(begins: bool, ends: bool, pause: bool) -> str:
    """Return the tag of a word: B begins a clause, E ends one, P has a spoken pause behind it."""
    return ("B" if begins else "") + ("E" if ends else "") + ("P" if pause else "") or "-"


_TAGS = [clause_tag(b, e, p) for b in (True, False) for e, p in ((0, 0), (1, 0), (1, 1))]


@dataclass(frozen=True)
class _Slot:
    """One place of a flat pattern."""

    words: frozenset[str] | None = None
    """The words that fit; None: any word, or any number if `number`."""

    number: bool = False
    gap: int = 0
    """More than 0: up to so many words that do not matter."""

    begins: bool = False
    ends: bool = False


@dataclass(frozen=True)
class _Mark:
    """An edge or a veto, before it has been given to the places beside it."""

    side: str = ""
    veto: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True)
class Spelling:
    """One flat reading of a phrase."""

    patterns: tuple[TokenPattern, ...]
    """The same reading by first word: spaCy skips plain first words fast and sets slowly."""

    vetoes: tuple[TokenPattern, ...]
    """Where one of these begins at the same word, the reading does not hold."""

    has_gap: bool
    """Whether words may stand inside that are no part of it."""

    over_breaks: bool
    """Whether a sentence may end inside."""


def spellings(
    sequence: Sequence_, lexicon: Lexicon, place: str, pause_behind: bool = True
) -> tuple[Spelling, ...]:
    """Return all flat readings of one phrase.

    Args:
        place: file and group, for the error message.
        pause_behind: False when the phrase does not count before a spoken pause.

    Raises:
        ContentError: the phrase uses an age class, stands for too many patterns, or an edge
            stands where no word is.
    """
    rows = _rows(sequence, lexicon, place)
    if len(rows) > MAX_SPELLINGS:
        raise ContentError(
            f"{place}: a phrase stands for {len(rows)} patterns, {MAX_SPELLINGS} is the most. "
            "Write it as two phrases."
        )
    found = (_spelling(row, lexicon.light, pause_behind, place) for row in rows)
    return tuple(spelling for spelling in found if spelling is not None)


def _rows(sequence: Sequence_, lexicon: Lexicon, place: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [()]
    for node in sequence.nodes:
        choices = _node_rows(node, lexicon, place)
        rows = [row + choice for row in rows for choice in choices]
    return rows


def _node_rows(node: Any, lexicon: Lexicon, place: str) -> list[tuple[Any, ...]]:
    if isinstance(node, Word):
        return [(_Slot(node.forms),)]
    if isinstance(node, AnyWord):
        return [(_Slot(),)]
    if isinstance(node, Number):
        return [(_Slot(number=True),)]
    if isinstance(node, Gap):
        return [(_Slot(gap=node.most),)]
    if isinstance(node, Edge):
        return [(_Mark(side=node.side),)]
    if isinstance(node, Not):
        return [(_Mark(veto=tuple(_all_rows(node.options, lexicon, place))),)]
    if isinstance(node, ClassRef):
        if node.name not in lexicon.phrases:
            raise ContentError(
                f"{place}: <{node.name}> is no class of lexicon.yml; context knows no ages. "
                "Add the class or mend the name."
            )
        return _all_rows(lexicon.phrases[node.name], lexicon, place)
    if isinstance(node, Choice):
        rows = _all_rows(node.options, lexicon, place)
        return [*rows, ()] if node.optional else rows
    raise TypeError(f"unknown part of a pattern: {node!r}")


def _all_rows(
    options: Iterable[Sequence_], lexicon: Lexicon, place: str
) -> list[tuple[Any, ...]]:
    """Return the rows of all options; rows that differ in their last word only become one."""
    merged: dict[tuple[Any, ...], set[str]] = {}
    others: list[tuple[Any, ...]] = []
    for option in options:
        for row in _rows(option, lexicon, place):
            last = row[-1] if row else None
            if isinstance(last, _Slot) and last.words is not None:
                merged.setdefault(row[:-1], set()).update(last.words)
            else:
                others.append(row)
    return [*((*head, _Slot(frozenset(words))) for head, words in merged.items()), *others]


def _spelling(
    row: tuple[Any, ...], light: frozenset[str], pause_behind: bool, place: str
) -> Spelling | None:
    slots: list[_Slot] = []
    vetoes: list[TokenPattern] = []
    begins = False
    for part in row:
        if isinstance(part, _Slot):
            slots.append(replace(part, begins=begins))
            begins = False
        elif part.side == "^":
            begins = True
        elif part.side == "$":
            if not slots:
                raise ContentError(f"{place}: '$' stands before the first word. Put it behind one.")
            slots[-1] = replace(slots[-1], ends=True)
        else:
            for other in part.veto:
                words = [slot for slot in other if isinstance(slot, _Slot)]
                vetoes.extend(_flat([*slots, *words], light))
    if begins:
        raise ContentError(f"{place}: '^' stands behind the last word. Put it before one.")
    if not any(slot.gap == 0 for slot in slots):
        return None
    patterns = _flat(slots, light)
    if not pause_behind:
        for pattern in patterns:
            pattern[-1] = {**pattern[-1], "TAG": {"IN": [tag for tag in _TAGS if "P" not in tag]}}
    gap = max(slot.gap for slot in slots)
    return Spelling(tuple(patterns), tuple(vetoes), has_gap=gap > 0, over_breaks=gap >= FAR_GAP)


def _flat(slots: list[_Slot], light: frozenset[str]) -> list[TokenPattern]:
    """Return the token patterns of one row, one for each word it can begin with."""
    firsts = sorted(slots[0].words) if slots[0].words is not None else [None]
    rest: TokenPattern = []
    for before, slot in zip(slots, slots[1:]):
        if slot.gap:
            rest.extend([{"OP": "?"}] * slot.gap)
            continue
        if not before.gap:
            rest.extend([_skipped(slot, light)] * MAX_LIGHT_WORDS)
        rest.append(_token(slot))
    head = slots[0]
    if head.gap:
        return [[*([{"OP": "?"}] * head.gap), *rest]]
    return [
        [_token(head if first is None else replace(head, words=frozenset({first}))), *rest]
        for first in firsts
    ]


def _skipped(slot: _Slot, light: frozenset[str]) -> dict[str, Any]:
    """Return the light words that may be missing before `slot`: never one that fits it, the
    nearest word counts ("is a fever" is "is a" and no "is fever")."""
    if slot.words is None or slot.words.isdisjoint(light):
        return {"IS_STOP": True, "OP": "?"}
    return {"IS_STOP": True, "LOWER": {"NOT_IN": sorted(light & slot.words)}, "OP": "?"}


def _token(slot: _Slot) -> dict[str, Any]:
    token: dict[str, Any] = {}
    if slot.words is not None:
        words = sorted(slot.words)
        token["LOWER"] = words[0] if len(words) == 1 else {"IN": words}
    elif slot.number:
        token["LIKE_NUM"] = True
    if slot.begins or slot.ends:
        fit = [
            tag
            for tag in _TAGS
            if (not slot.begins or "B" in tag) and (not slot.ends or "E" in tag)
        ]
        token["TAG"] = {"IN": fit}
    return token

"""Trying patterns on one sentence; every word class is looked up at most once a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator, Mapping, Sequence

from rasa_project.care.normalise import Token
from rasa_project.care.red_flags.lexicon import VIRTUAL_CLASSES, Lexicon
from rasa_project.care.red_flags.patterns import (
    AnyWord,
    Choice,
    ClassRef,
    Edge,
    Gap,
    Node,
    Not,
    Number,
    Sequence_,
    Word,
)

MAX_LIGHT_WORDS = 3
"""Light words ("really", "the") that may be skipped between two parts."""

Pieces = tuple[tuple[int, int], ...]
"""The stretches of words that a match is made of: first word, word behind the last."""


@dataclass(frozen=True)
class Match:
    """One way a pattern fits a sentence."""

    pieces: Pieces

    @property
    def start(self) -> int:
        """Index of the first word."""
        return min(first for first, _ in self.pieces)

    @property
    def end(self) -> int:
        """Index behind the last word."""
        return max(last for _, last in self.pieces)

    @property
    def words(self) -> frozenset[int]:
        """Indices of all words the match is made of, gaps left out."""
        return frozenset(i for first, last in self.pieces for i in range(first, last))


@dataclass
class Sentence:
    """The words of one utterance with what has been found in them so far."""

    tokens: Sequence[Token]
    lexicon: Lexicon
    virtual: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Places of the age classes: name -> stretches of words."""

    words: tuple[str, ...] = ()
    _ends: dict[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)
    _hits: dict[str, tuple[Match, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.words = tuple(token.text for token in self.tokens)
        self.light = [word in self.lexicon.light for word in self.words]
        self.hard = [token.break_before == "." for token in self.tokens] + [True]
        self.vocabulary = frozenset(self.words)

    def find(self, sequence: Sequence_, starts: frozenset[str] | None = None) -> list[Match]:
        """Return every place where `sequence` fits, at most one match a start and extent."""
        head = sequence.nodes[0]
        if isinstance(head, ClassRef) and head.name in VIRTUAL_CLASSES and not self.virtual.get(head.name):
            return []  # most utterances tell no age
        found: dict[Pieces, Match] = {}
        for at in range(len(self.words)):
            if starts is not None and self.words[at] not in starts:
                continue
            for _, pieces in self._sequence(sequence.nodes, 0, at, True):
                if pieces:
                    found.setdefault(pieces, Match(pieces))
        return list(found.values())

    def hits(self, name: str) -> tuple[Match, ...]:
        """Return every place where a phrase of the class `name` stands."""
        if name not in self._hits:
            self._hits[name] = tuple(
                Match(((at, end),))
                for at in range(len(self.words))
                for end in self._class_ends(name, at)
            )
        return self._hits[name]

    def _class_ends(self, name: str, at: int) -> tuple[int, ...]:
        key = (name, at)
        if key not in self._ends:
            if name in VIRTUAL_CLASSES:
                ends = {last for first, last in self.virtual.get(name, ()) if first == at}
            else:
                table = self.lexicon.by_first_word[name]
                candidates = (*table.get(self.words[at], ()), *table.get("", ()))
                ends = {
                    end
                    for sequence in candidates
                    for end, _ in self._sequence(sequence.nodes, 0, at, True)
                }
            self._ends[key] = tuple(sorted(ends, reverse=True))
        return self._ends[key]

    def _sequence(
        self, nodes: tuple[Node, ...], index: int, at: int, first: bool
    ) -> Iterator[tuple[int, Pieces]]:
        """Yield every way in which `nodes` from `index` on fit from word `at` on.

        `first`: nothing lies before that would bind this part to a sentence.
        """
        if index == len(nodes):
            yield at, ()
            return
        node = nodes[index]
        if isinstance(node, Gap):
            for place in self._jumps(node, at):
                yield from self._sequence(nodes, index + 1, place, node.over_breaks)
            return
        for end, pieces in self._node(node, at, first):
            for last, rest in self._sequence(nodes, index + 1, end, first and not pieces):
                yield last, pieces + rest

    def _jumps(self, gap: Gap, at: int) -> Iterator[int]:
        yield at  # a gap of no words, also where the sentence ends
        if self.hard[at] and not gap.over_breaks:
            return
        for place in range(at + 1, min(at + gap.most, len(self.words)) + 1):
            if self.hard[place] and not gap.over_breaks:
                return
            yield place

    def _node(self, node: Node, at: int, first: bool) -> Iterator[tuple[int, Pieces]]:
        """Yield where matching can go on behind `node`, and which words it took."""
        if isinstance(node, Edge):
            if self._at_edge(node.side, at):
                yield at, ()
        elif isinstance(node, Not):
            # At the end of a sentence nothing follows; only "$" or another "!" can hold there.
            places = [(place, True) for place in self._places(at, first)] or [(at, False)]
            if not any(
                True
                for place, begins in places
                for option in node.options
                for _ in self._sequence(option.nodes, 0, place, begins)
            ):
                yield at, ()
        elif isinstance(node, Choice):
            near = {self.words[place] for place in self._places(at, first)}
            for option, starts in zip(node.options, self.lexicon.choice_starts(node)):
                if starts is None or not starts.isdisjoint(near):
                    yield from self._sequence(option.nodes, 0, at, first)
            if node.optional:
                yield at, ()
        else:
            for place in self._places(at, first):
                ends = self._ends_of(node, place)
                for end in ends:
                    yield end, ((place, end),)
                if ends:
                    return

    def _places(self, at: int, first: bool) -> Iterator[int]:
        """Yield `at` and, inside a pattern, the places behind light words."""
        if at >= len(self.words) or (self.hard[at] and not first):
            return
        yield at
        for place in range(at, at + (0 if first else MAX_LIGHT_WORDS)):
            if not self.light[place] or self.hard[place + 1]:
                return
            yield place + 1

    def _ends_of(self, node: Node, at: int) -> Sequence[int]:
        word = self.words[at]
        if isinstance(node, Word):
            return (at + 1,) if word in node.forms else ()
        if isinstance(node, ClassRef):
            return self._class_ends(node.name, at)
        if isinstance(node, Number):
            return (at + 1,) if word[0].isdigit() else ()
        if isinstance(node, AnyWord):
            return (at + 1,)
        raise TypeError(f"unknown part of a pattern: {node!r}")

    def _at_edge(self, side: str, at: int) -> bool:
        if side == "^":
            return at == 0 or bool(self.tokens[at].break_before) or (
                self.words[at - 1] in self.lexicon.clause_starters
            )
        return self.hard[at] or bool(self.tokens[at].break_before) or (
            self.words[at] in self.lexicon.clause_enders
        )

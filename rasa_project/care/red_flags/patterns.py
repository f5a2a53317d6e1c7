"""The small language the detector's rules are written in, parsed into plain trees.

    it just dribbles        these words, in this order
    leak~                   any form of the word: leak, leaks, leaked, leaking
    <numb>                  any phrase of the word class `numb`
    (wipe~|wash~) myself    one of several
    properly?               may be left out
    ..                      up to five other words, no sentence end between
    ..3                     up to three other words
    ...                     anything, also over a sentence end
    <n>  <any>              a number; any one word
    ^  $                    where a clause begins or ends
    !<pain>                 what follows must not be this (takes no word)

Words such as "the", "my", "really", "just" may stand between any two parts
without being written (the lexicon's `light` list).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Collection, Mapping, Union

from rasa_project.care.errors import ContentError
from rasa_project.care.normalise import tokens_of

DEFAULT_GAP = 5
"""Words that ".." may jump over: about one breath of asides."""

FAR_GAP = 40
"""Words that "..." may jump over: in effect the rest of what was said."""

COMMON_WORDS = frozenset(
    """i my me it is am are was be been have has had not can could do does did will would no to in on
    of the a and when since from for with back pain go gone get got feel feels like just all up down out
    's that this so now""".split()
)
"""Words of nearly every utterance: no use for telling early that a pattern cannot fit."""

COMMON_WEIGHT = 60
"""A common word in a set makes it as likely to be met as this many rare ones."""


@dataclass(frozen=True)
class Word:
    """One of these exact words."""

    forms: frozenset[str]


@dataclass(frozen=True)
class ClassRef:
    """Any phrase of a word class."""

    name: str


@dataclass(frozen=True)
class Gap:
    """Up to `most` words that do not matter."""

    most: int
    over_breaks: bool = False


@dataclass(frozen=True)
class Edge:
    """The beginning ("^") or end ("$") of a clause."""

    side: str


@dataclass(frozen=True)
class Number:
    """Any number written in digits."""


@dataclass(frozen=True)
class AnyWord:
    """Any one word."""


@dataclass(frozen=True)
class Choice:
    """One of several sequences; `optional` when it may be missing."""

    options: tuple["Sequence_", ...]
    optional: bool = False


@dataclass(frozen=True)
class Not:
    """What follows must not match; takes no word."""

    options: tuple["Sequence_", ...]


Node = Union[Word, ClassRef, Gap, Edge, Number, AnyWord, Choice, Not]


@dataclass(frozen=True)
class Sequence_:
    """Nodes one after the other."""

    nodes: tuple[Node, ...]


_LEXEME = re.compile(r"\s*(\.\.\.|\.\.\d*|<[a-z_0-9]+>|[()|?^$!]|[a-z0-9'.]+~?)")

Inflect = Callable[[str], frozenset[str]]


@lru_cache(maxsize=None)
def _normal_words(lexeme: str) -> tuple[str, ...]:
    # The same few thousand words stand in all rules; normalising each once halves the start.
    return tuple(token.text for token in tokens_of(lexeme))


def parse(pattern: str, inflect: Inflect, place: str) -> Sequence_:
    """Return the tree of one pattern.

    Raises:
        ContentError: names `place`, the pattern and what is wrong with it.
    """
    return _Parser(pattern, inflect, place).parse()


class _Parser:
    def __init__(self, pattern: str, inflect: Inflect, place: str) -> None:
        self.pattern, self.inflect, self.place = pattern, inflect, place
        self.lexemes = self._cut(pattern)
        self.at = 0

    def _fail(self, problem: str) -> ContentError:
        return ContentError(
            f"{self.place}: pattern '{self.pattern}': {problem}. "
            "The head of patterns.py lists what a pattern may hold."
        )

    def _cut(self, pattern: str) -> list[str]:
        lexemes: list[str] = []
        position = 0
        text = pattern.strip()
        while position < len(text):
            match = _LEXEME.match(text, position)
            if not match:
                raise self._fail(f"cannot read '{text[position:position + 10]}'")
            if match.group() == " ?" and lexemes[-1][-1] not in ")?":
                raise self._fail("a blank before '?'; it belongs right behind what may be left out")
            lexemes.append(match.group(1))
            position = match.end()
        return lexemes

    def parse(self) -> Sequence_:
        options = self._options()
        if self.at < len(self.lexemes):
            raise self._fail("a bracket closes that was never opened")
        if len(options) == 1:
            return options[0]
        return Sequence_((Choice(tuple(options)),))

    def _options(self) -> list[Sequence_]:
        options, nodes = [], []  # type: list[Sequence_], list[Node]
        while self.at < len(self.lexemes):
            lexeme = self.lexemes[self.at]
            if lexeme == ")":
                break
            self.at += 1
            if lexeme == "|":
                options.append(Sequence_(tuple(nodes)))
                nodes = []
            elif lexeme == "?":
                if not nodes:
                    raise self._fail("'?' follows nothing")
                last = nodes.pop()
                nodes.append(Choice((Sequence_((last,)),), optional=True))
            elif lexeme == "!":
                following = self._one()
                nodes.append(Not((Sequence_(tuple(following)),)))
            else:
                self.at -= 1
                nodes.extend(self._one())
        options.append(Sequence_(tuple(nodes)))
        if any(not option.nodes for option in options):
            raise self._fail("one of the choices is empty")
        if len(options) > 1 and any(_may_be_empty(option) for option in options):
            raise self._fail("one of the choices may be left out as a whole; put '?' behind the bracket")
        return _words_together(options)

    def _one(self) -> list[Node]:
        if self.at >= len(self.lexemes):
            raise self._fail("it ends too early")
        lexeme = self.lexemes[self.at]
        self.at += 1
        if lexeme == "(":
            options = self._options()
            if self.at >= len(self.lexemes) or self.lexemes[self.at] != ")":
                raise self._fail("a bracket is never closed")
            self.at += 1
            return [Choice(tuple(options))]
        if lexeme in "^$":
            return [Edge(lexeme)]
        if lexeme == "...":
            return [Gap(FAR_GAP, over_breaks=True)]
        if lexeme.startswith(".."):
            return [Gap(int(lexeme[2:]) if lexeme[2:] else DEFAULT_GAP)]
        if lexeme == "<n>":
            return [Number()]
        if lexeme == "<any>":
            return [AnyWord()]
        if lexeme == "'s":
            return [Word(frozenset({lexeme}))]
        if lexeme.startswith("<"):
            return [ClassRef(lexeme[1:-1])]
        if lexeme.endswith("~"):
            return [Word(self.inflect(lexeme[:-1]))]
        return [Word(frozenset({word})) for word in _normal_words(lexeme)] or [
            Word(frozenset({lexeme}))
        ]


def _words_together(options: list[Sequence_]) -> list[Sequence_]:
    """Write all choices of one single word as one: far fewer branches to try."""
    single: set[str] = set()
    others: list[Sequence_] = []
    for option in options:
        node = option.nodes[0]
        if len(option.nodes) == 1 and isinstance(node, Word):
            single |= node.forms
        else:
            others.append(option)
    return [*([Sequence_((Word(frozenset(single)),))] if single else []), *others]


def _may_be_empty(sequence: Sequence_) -> bool:
    return all(isinstance(node, Choice) and node.optional for node in sequence.nodes)


def _takes_no_word(sequence: Sequence_) -> bool:
    return all(isinstance(node, (Edge, Not)) for node in sequence.nodes)


def first_words(
    sequence: Sequence_, classes: Mapping[str, frozenset[str] | None]
) -> frozenset[str] | None:
    """Return the words `sequence` can begin with; None when it can begin with any word.

    `classes` holds the same for each word class.
    """
    words: set[str] = set()
    for node in sequence.nodes:
        if isinstance(node, Word):
            return frozenset(words | node.forms)
        if isinstance(node, ClassRef):
            found = classes[node.name]
            return None if found is None else frozenset(words | found)
        if isinstance(node, Choice):
            passable = node.optional
            for option in node.options:
                if _takes_no_word(option):
                    passable = True
                    continue
                found = first_words(option, classes)
                if found is None:
                    return None
                words |= found
            if not passable:
                return frozenset(words)
        elif isinstance(node, (Edge, Not)):
            continue
        else:
            return None
    return None


def needed_words(
    sequence: Sequence_, classes: Mapping[str, frozenset[str] | None]
) -> tuple[frozenset[str], ...]:
    """Return sets of words of each of which an utterance must hold one for `sequence` to fit.

    `classes` holds the best such set of each word class, None where there is none.
    """
    needs: list[frozenset[str]] = []
    for node in sequence.nodes:
        found: frozenset[str] | None = None
        if isinstance(node, Word):
            found = node.forms
        elif isinstance(node, ClassRef):
            found = classes[node.name]
        elif isinstance(node, Choice) and not node.optional:
            options = [rarest(needed_words(option, classes)) for option in node.options]
            if all(option is not None for option in options):
                found = frozenset(word for option in options for word in option or ())
        if found is not None:
            needs.append(found)
    return tuple(needs)


def rarest(needs: Collection[frozenset[str]]) -> frozenset[str] | None:
    """Return the set of words that the fewest utterances hold; None when there is no set."""
    return min(needs, key=_commonness, default=None)


def _commonness(words: frozenset[str]) -> int:
    return len(words) + COMMON_WEIGHT * len(words & COMMON_WORDS)


def classes_in(sequence: Sequence_) -> frozenset[str]:
    """Return the names of all word classes that `sequence` refers to."""
    names: set[str] = set()
    for node in sequence.nodes:
        if isinstance(node, ClassRef):
            names.add(node.name)
        elif isinstance(node, (Choice, Not)):
            for option in node.options:
                names |= classes_in(option)
    return frozenset(names)

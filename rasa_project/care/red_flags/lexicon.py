"""Word classes of the detector: from the readable lexicon to something that matches."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Mapping

from rasa_project.care.errors import ContentError
from rasa_project.care.loading import ContentModel, read_model
from rasa_project.care.red_flags.patterns import (
    Choice,
    Sequence_,
    classes_in,
    first_words,
    needed_words,
    parse,
    rarest,
)

VIRTUAL_CLASSES = frozenset(
    {
        "age_under_10",
        "age_child",
        "age_child_other",
        "age_adult",
        "age_50s_60s",
        "age_over_70",
        "age_over_64",
    }
)
"""Classes the age reader fills instead of the lexicon."""

_DOUBLING = re.compile(r"^[^aeiou]*[aeiou][bdgmnprt]$")


class LexiconContent(ContentModel):
    """`content/red_flag_rules/lexicon.yml`."""

    light: list[str]
    clause_starters: list[str]
    clause_enders: list[str]
    irregular: dict[str, list[str]]
    classes: dict[str, list[str]]


@dataclass(frozen=True)
class Lexicon:
    """All word classes, ready for matching."""

    light: frozenset[str]
    """Words that may stand between any two parts of a pattern."""

    clause_starters: frozenset[str]
    """Words after which a clause begins ("^")."""

    clause_enders: frozenset[str]
    """Words before which a clause ends ("$")."""

    irregular: Mapping[str, tuple[str, ...]]
    phrases: Mapping[str, tuple[Sequence_, ...]]
    firsts: Mapping[str, frozenset[str] | None]
    by_first_word: Mapping[str, Mapping[str, tuple[Sequence_, ...]]]
    """Per class: the phrases that can begin with a word. Key "" holds those that begin with any."""

    needed: Mapping[str, frozenset[str] | None]
    """Per class: words one of which is in each of its phrases; None when there are no such words."""

    source: Mapping[str, tuple[str, ...]]
    """The phrases as they are written, for sound-alikes and error messages."""

    _choices: dict[int, tuple[Choice, tuple[frozenset[str] | None, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def choice_starts(self, choice: Choice) -> tuple[frozenset[str] | None, ...]:
        """Return the words each option of `choice` can begin with (None: any), worked out once."""
        # By identity: hashing a deep tree would cost more than it saves. The entry keeps the
        # choice alive, so that its id is never given to another one.
        known = self._choices.get(id(choice))
        if known is None:
            starts = tuple(first_words(option, self.firsts) for option in choice.options)
            known = self._choices[id(choice)] = (choice, starts)
        return known[1]

    def inflect(self, word: str) -> frozenset[str]:
        """Return all forms of `word` that a rule written `word~` stands for."""
        return inflections(word, self.irregular)


def inflections(word: str, irregular: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return `word` with its regular endings, or what the irregular table says."""
    if word in irregular:
        return frozenset({word, *irregular[word]})
    if word.endswith("e"):
        stem = word[:-1]
        return frozenset({word, word + "s", word + "d", stem + "ing"})
    if re.search(r"[^aeiou]y$", word):
        return frozenset({word, word[:-1] + "ies", word[:-1] + "ied", word + "ing"})
    plural = word + ("es" if re.search(r"(s|x|z|ch|sh)$", word) else "s")
    double = word + word[-1] if _DOUBLING.match(word) else word
    return frozenset({word, plural, double + "ed", double + "ing"})


def load_lexicon(path: Path) -> Lexicon:
    """Return the lexicon file as a matchable lexicon.

    Raises:
        ContentError: a phrase cannot be read, or a class refers to itself or to an unknown class.
    """
    content = read_model(path, LexiconContent)
    irregular = {word: tuple(forms) for word, forms in content.irregular.items()}

    @lru_cache(maxsize=None)
    def inflect(word: str) -> frozenset[str]:
        return inflections(word, irregular)

    phrases = {
        name: tuple(parse(p, inflect, f"{path}: class '{name}'") for p in written)
        for name, written in content.classes.items()
    }
    order = _dependencies_first(phrases, path)
    firsts: dict[str, frozenset[str] | None] = {name: None for name in VIRTUAL_CLASSES}
    needed: dict[str, frozenset[str] | None] = {name: None for name in VIRTUAL_CLASSES}
    by_first: dict[str, dict[str, tuple[Sequence_, ...]]] = {}
    for name in order:
        table: dict[str, list[Sequence_]] = {}
        for sequence in phrases[name]:
            for word in first_words(sequence, firsts) or ("",):
                table.setdefault(word, []).append(sequence)
        by_first[name] = {word: tuple(found) for word, found in table.items()}
        firsts[name] = None if "" in table else frozenset(table)
        sets = [rarest(needed_words(sequence, needed)) for sequence in phrases[name]]
        known = all(words is not None for words in sets)
        needed[name] = frozenset(w for words in sets for w in words or ()) if known else None
    return Lexicon(
        light=frozenset(content.light),
        clause_starters=frozenset(content.clause_starters),
        clause_enders=frozenset(content.clause_enders),
        irregular=irregular,
        phrases=phrases,
        firsts=firsts,
        by_first_word=by_first,
        needed=needed,
        source={name: tuple(written) for name, written in content.classes.items()},
    )


def _dependencies_first(phrases: Mapping[str, tuple[Sequence_, ...]], path: Path) -> list[str]:
    order: list[str] = []
    under_way: set[str] = set()

    def visit(name: str, asked_by: str) -> None:
        if name in order or name in VIRTUAL_CLASSES:
            return
        if name not in phrases:
            raise ContentError(
                f"{path}: class '{asked_by}' uses <{name}>, which no class is called. "
                "Add the class or mend the name."
            )
        if name in under_way:
            raise ContentError(f"{path}: class '{name}' contains itself. Break the circle.")
        under_way.add(name)
        for sequence in phrases[name]:
            for inner in sorted(classes_in(sequence)):
                visit(inner, name)
        order.append(name)

    for name in phrases:
        visit(name, name)
    return order

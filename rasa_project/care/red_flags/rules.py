"""The rule file of one flag: schema and compiled form."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Iterator, Literal, Union

from pydantic import Field, root_validator

from rasa_project.care.errors import ContentError
from rasa_project.care.loading import ContentModel, read_model
from rasa_project.care.red_flags.findings import Tier
from rasa_project.care.red_flags.lexicon import Lexicon
from rasa_project.care.red_flags.matching import Match, Sentence
from rasa_project.care.red_flags.patterns import (
    Sequence_,
    classes_in,
    first_words,
    needed_words,
    parse,
    rarest,
)

DEFAULT_WITHIN = 8
"""Words that may lie between the parts of an `all` rule."""

MAX_COMBINATIONS = 200
"""More ways than this to combine the parts of one rule add nothing and cost time."""

Outcome = Literal["present", "confirm", "soon", "same_day"]


class RuleContent(ContentModel):
    """One rule: `say` (one pattern) or `all` (parts in any order)."""

    say: str | None = None
    all: list[str] | None = None
    within: int = Field(DEFAULT_WITHIN, ge=0)
    far: bool = False
    not_between: list[str] = []
    unless: list[str] = []
    tier: Tier | None = None
    ignores: list[str] = []
    heeds: list[str] = []

    @root_validator
    def _one_of(cls, values: dict) -> dict:
        if bool(values.get("say")) == bool(values.get("all")):
            raise ValueError("a rule needs either `say` or `all`")
        return values


class TierChange(ContentModel):
    """Words elsewhere in the utterance that change the tier."""

    to: Tier
    when: list[str]


RuleEntry = Union[str, RuleContent]


class FlagRulesContent(ContentModel):
    """`content/red_flag_rules/flags/<flag>.yml`."""

    flag: str
    third_person: bool = False
    third_person_from: Tier = "see_clinician_soon"
    third_person_if: list[str] = []
    ignores: list[str] = []
    unless: list[str] = []
    not_meant: list[str] = []
    present: list[RuleEntry]
    confirm: list[RuleEntry] = []
    soon: list[RuleEntry] = []
    same_day: list[RuleEntry] = []
    upgrades: list[TierChange] = []
    downgrades: list[TierChange] = []


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern with the words it can begin with."""

    sequence: Sequence_
    starts: frozenset[str] | None
    needs: tuple[frozenset[str], ...]
    """Sets of words; the utterance must hold one of each."""

    written: str

    def possible(self, sentence: Sentence) -> bool:
        """Tell cheaply whether the pattern could match at all."""
        words = sentence.vocabulary
        return not any(need.isdisjoint(words) for need in self.needs)

    def find(self, sentence: Sentence) -> list[Match]:
        """Return all places where the pattern fits."""
        return sentence.find(self.sequence, self.starts) if self.possible(sentence) else []


@dataclass(frozen=True)
class Rule:
    """One compiled rule of a flag."""

    outcome: Outcome
    parts: tuple[Pattern, ...]
    """One part: a pattern in order. Several: in any order."""

    within: int
    far: bool
    not_between: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    tier: Tier | None
    ignores: frozenset[str]
    heeds: frozenset[str]
    """Categories that count for this rule although the flag as a whole ignores them."""


    @property
    def trigger(self) -> frozenset[str] | None:
        """Words one of which must be said for the rule to fit; None when any words will do."""
        return rarest([need for part in self.parts for need in part.needs])

    def matches(self, sentence: Sentence) -> Iterator[Match]:
        """Yield every way in which the rule fits the sentence."""
        if not all(part.possible(sentence) for part in self.parts):
            return
        if len(self.parts) == 1:
            found = self.parts[0].find(sentence)
        else:
            found = list(self._combined(sentence))
        if found and not any(pattern.find(sentence) for pattern in self.unless):
            yield from found

    def _combined(self, sentence: Sentence) -> Iterator[Match]:
        hits = []
        for part in self.parts:
            hits.append(part.find(sentence))
            if not hits[-1]:
                return
        seen = 0
        for choice in product(*hits):
            seen += 1
            if seen > MAX_COMBINATIONS:
                return
            pieces = tuple(sorted(piece for match in choice for piece in match.pieces))
            if any(a[1] > b[0] for a, b in zip(pieces, pieces[1:])):
                continue
            combined = Match(pieces)
            if self.far or self._close(combined, sentence):
                yield combined

    def _close(self, match: Match, sentence: Sentence) -> bool:
        if match.end - match.start - len(match.words) > self.within:
            return False
        if any(sentence.hard[i] for i in range(match.start + 1, match.end)):
            return False
        between = set(range(match.start, match.end)) - match.words
        return not any(
            between >= set(range(hit.start, hit.end))
            for pattern in self.not_between
            for hit in pattern.find(sentence)
        )


@dataclass(frozen=True)
class FlagRules:
    """Everything the detector knows about one flag."""

    flag: str
    third_person: bool
    """Whether someone else's flag, now, counts."""

    third_person_from: Tier
    """Lowest tier at which someone else's flag counts."""

    third_person_if: tuple[Pattern, ...]
    """Words one of which shows that someone else's flag is a matter of now; empty: none needed."""

    ignores: frozenset[str]
    unless: tuple[Pattern, ...]
    not_meant: tuple[Pattern, ...]
    """Look-alikes of the flag's words; a match that needs one of their words does not count."""

    rules: tuple[Rule, ...]
    upgrades: tuple[tuple[Tier, tuple[Pattern, ...]], ...]
    downgrades: tuple[tuple[Tier, tuple[Pattern, ...]], ...]


def load_flag_rules(path: Path, lexicon: Lexicon) -> FlagRules:
    """Return the compiled rules of one file.

    Raises:
        ContentError: the file breaks its schema, or a pattern cannot be read.
    """
    content = read_model(path, FlagRulesContent)

    def pattern(written: str) -> Pattern:
        sequence = parse(written, lexicon.inflect, str(path))
        for name in classes_in(sequence):
            if name not in lexicon.firsts:
                raise ContentError(
                    f"{path}: pattern '{written}' uses <{name}>, which the lexicon does not have. "
                    "Add the class to lexicon.yml or mend the name."
                )
        return Pattern(
            sequence,
            first_words(sequence, lexicon.firsts),
            needed_words(sequence, lexicon.needed),
            written,
        )

    def patterns(written: list[str]) -> tuple[Pattern, ...]:
        return tuple(pattern(entry) for entry in written)

    def rule(outcome: Outcome, entry: RuleEntry) -> Rule:
        if isinstance(entry, str):
            entry = RuleContent(say=entry)
        return Rule(
            outcome=outcome,
            parts=patterns(entry.all or [entry.say or ""]),
            within=entry.within,
            far=entry.far,
            not_between=patterns(entry.not_between),
            unless=patterns(entry.unless),
            tier=entry.tier,
            ignores=frozenset(entry.ignores),
            heeds=frozenset(entry.heeds),
        )

    outcomes: tuple[Outcome, ...] = ("present", "confirm", "soon", "same_day")
    return FlagRules(
        flag=content.flag,
        third_person=content.third_person,
        third_person_from=content.third_person_from,
        third_person_if=patterns(content.third_person_if),
        ignores=frozenset(content.ignores),
        unless=patterns(content.unless),
        not_meant=patterns(content.not_meant),
        rules=tuple(rule(o, entry) for o in outcomes for entry in getattr(content, o)),
        upgrades=tuple((c.to, patterns(c.when)) for c in content.upgrades),
        downgrades=tuple((c.to, patterns(c.when)) for c in content.downgrades),
    )

"""spaCy component that puts the words which name red flags into `doc.spans`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping

from spacy.language import Language
from spacy.tokens import Doc, Span

from rasa_project.care.red_flags.ages import find_ages, virtual_classes
from rasa_project.care.red_flags.findings import Tier
from rasa_project.care.red_flags.lexicon import Lexicon
from rasa_project.care.red_flags.matching import Match, Sentence
from rasa_project.care.red_flags.rules import FlagRules, Rule

TARGETS_FACTORY = "unknot_red_flag_targets"
SPAN_GROUP = "red_flags"
FIGURATIVE = "figurative"
"""Word class of the lexicon: set phrases whose words name nothing bodily."""

Doc.set_extension("flags_named", default=(), force=True)


@dataclass(frozen=True)
class FlagNamed:
    """A flag whose rules fit, before anybody asked who, when and whether."""

    rules: FlagRules
    matches: tuple[tuple[Match, Rule], ...]
    changes: Mapping[str, tuple[tuple[Tier, tuple[Match, ...]], ...]]
    """"upgrades" and "downgrades": tier -> where the words stand that ask for it."""

    now: bool = True
    """Whether the words show that someone else's flag would be a matter of now."""


def stretches(match: Match) -> list[tuple[int, int]]:
    """Return the words of a match as stretches without a gap."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(match.pieces):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


class RedFlagTargets:
    """Finds the words that name a flag, by the rules of `content/red_flag_rules/flags`.

    Leaves `doc._.flags_named` for the detector and every stretch of words of a match in
    `doc.spans["red_flags"]` for ConText: a match with other words inside ("legs have
    gone numb") is several targets, so that what stands in the gap can still deny it.
    """

    def __init__(self, nlp: Language, name: str) -> None:
        self.name = name
        self.lexicon: Lexicon | None = None

    def use(self, lexicon: Lexicon, rules: tuple[FlagRules, ...]) -> None:
        """Take the compiled rules; they are content and not saved with the pipeline."""
        self.lexicon, self.rules = lexicon, rules

        self._triggered: dict[str, list[tuple[int, Rule]]] = {}
        self._always: list[tuple[int, Rule]] = []
        for place, flag_rules in enumerate(self.rules):
            for rule in flag_rules.rules:
                trigger = rule.trigger
                if trigger is None:
                    self._always.append((place, rule))
                for word in trigger or ():
                    self._triggered.setdefault(word, []).append((place, rule))

    def _candidates(self, sentence: Sentence) -> dict[int, list[Rule]]:
        """Return, by index of the flag, the rules that the words of the sentence may fit."""
        found: dict[int, dict[int, Rule]] = {}
        for word in sentence.vocabulary:
            for place, rule in self._triggered.get(word, ()):
                found.setdefault(place, {})[id(rule)] = rule
        for place, rule in self._always:
            found.setdefault(place, {})[id(rule)] = rule
        return {place: list(found[place].values()) for place in sorted(found)}

    def __call__(self, doc: Doc) -> Doc:
        """Mark the words of every flag that `doc` names."""
        named: list[FlagNamed] = []
        if self.lexicon is not None and len(doc):
            ages = find_ages([token.text for token in doc._.spoken])
            sentence = Sentence(doc._.spoken, self.lexicon, virtual_classes(ages))
            for place, rules in self._candidates(sentence).items():
                found = _named(self.rules[place], rules, sentence)
                if found is not None:
                    named.append(found)
        doc._.flags_named = tuple(named)
        places = {place for flag in named for match in _all(flag) for place in stretches(match)}
        doc.spans[SPAN_GROUP] = [Span(doc, *place) for place in sorted(places)]
        return doc


@Language.factory(TARGETS_FACTORY)
def _create(nlp, name):  # type: ignore[no-untyped-def]  # spaCy cannot read postponed annotations
    return RedFlagTargets(nlp, name)


def _named(flag: FlagRules, rules: list[Rule], sentence: Sentence) -> FlagNamed | None:
    found = tuple((match, rule) for rule in rules for match in rule.matches(sentence))
    if found:
        spoken_for = _spoken_for(flag, sentence)
        found = tuple((match, rule) for match, rule in found if not match.words & spoken_for)
    if not found or any(pattern.find(sentence) for pattern in flag.unless):
        return None
    changes = {
        kind: tuple(
            (tier, tuple(match for pattern in patterns for match in pattern.find(sentence)))
            for tier, patterns in changes
        )
        for kind, changes in (("upgrades", flag.upgrades), ("downgrades", flag.downgrades))
    }
    now = not flag.third_person_if or any(p.find(sentence) for p in flag.third_person_if)
    return FlagNamed(flag, found, changes, now)


def _spoken_for(flag: FlagRules, sentence: Sentence) -> frozenset[int]:
    """Return the words that stand in a set phrase or in what this flag does not mean.

    They cannot name the flag: "sick" of "sick of this", "transplant" of "transplant nurse".
    What else is said still can: "i'm sick of this fever".
    """
    figures = sentence.hits(FIGURATIVE) if FIGURATIVE in sentence.lexicon.phrases else ()
    others = (match for pattern in flag.not_meant for match in pattern.find(sentence))
    return frozenset(word for match in (*figures, *others) for word in match.words)


def _all(flag: FlagNamed) -> Iterable[Match]:
    for match, _ in flag.matches:
        yield match
    for tiers in flag.changes.values():
        for _, matches in tiers:
            yield from matches

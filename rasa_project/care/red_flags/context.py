"""Who, when and whether: medspaCy's ConText with the lay rules of `context.yml`.

ConText (Harkema et al. 2009, in Python by medspaCy, Eyre et al. 2021): a modifier ("no",
"my dad", "years ago") has a scope of words before or behind it, a terminator ("but",
"now") ends the scope, a pseudo modifier ("not only") looks like one and is none. What
stands in a scope gets the modifier's category.

Rules, scopes and the graph of modifiers and targets are medspaCy's. Clinical prose does
without some things that speech needs, and `LayConText` adds them:
- terminators of several kinds, each ending only the modifiers that name it;
- terminators are no part of "the longest reading wins", and a terminator made of a
  modifier's own words ("if i have ...") does not end it;
- one reading may carry two categories ("had": past and, for others, over);
- a modifier may run into the words of a flag ("no trouble" and "trouble peeing") or hold
  them in a gap of its own ("can a fall cause ...") and still be about them;
- some modifiers reach over a sentence end ("i can't feel my legs. no change in years").
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterable, Mapping

import srsly
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from rasa_project.care.red_flags.matching import Match
from rasa_project.care.red_flags.medspacy_light import (
    ConText,
    ConTextGraph,
    ConTextModifier,
    ConTextRule,
    MedspacyMatcher,
)
from rasa_project.care.red_flags.targets import SPAN_GROUP, stretches

CONTEXT_FACTORY = "unknot_lay_context"


class FirstWordMatcher(MedspacyMatcher):
    """medspaCy's matcher for thousands of token patterns: only those are tried whose first
    word was said. Gives every match; choosing is left to `LayConText`."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._labels: set[str] = set()
        self._rule_map: dict[str, ConTextRule] = {}
        self._by_first: dict[str, Matcher] = {}

    def add(self, rules: Iterable[ConTextRule]) -> None:
        """Add rules with token patterns."""
        for rule in rules:
            self._labels.add(rule.category)
            rule._rule_id = f"{rule.category}_{len(self._rule_map)}"
            self._rule_map[rule._rule_id] = rule
            first = rule.pattern[0].get("LOWER")
            word = first if isinstance(first, str) else ""
            if word not in self._by_first:
                self._by_first[word] = Matcher(self.vocab, validate=False)
            self._by_first[word].add(rule._rule_id, [rule.pattern])

    def __call__(self, doc: Doc) -> list[tuple[int, int, int]]:
        """Return every match once."""
        found: set[tuple[int, int, int]] = set()
        for word in {"", *(token.lower_ for token in doc)}:
            if word in self._by_first:
                found.update(self._by_first[word](doc))
        return sorted(found, key=lambda match: (match[1], match[2]))


DENIALS = frozenset("not no never nor none nothing neither without nobody hardly barely".split())
"""Words that, inside a flag's own words, are part of the sign ("not feel") and deny nothing."""


class LayModifier(ConTextModifier):
    """A modifier of speech: ends only at terminators its rule names, reaches into its own gap."""

    def __init__(self, rule: ConTextRule, start: int, end: int, doc: Doc, **options: Any) -> None:
        super().__init__(rule, start, end, doc, **options)
        self._words = [token.lower_ for token in doc[start:end]]

    def made_of(self, first: int, last: int, match: Match | None = None) -> bool:
        """Tell whether the words `first` to `last` are the modifier's own.

        `match`: the match they belong to. Not so inside a modifier written with a gap: in
        "can a fall cause" the fall is asked about. Nor where a denial begins between
        the words of the match: "i'm not shivery" is "i'm shivery", denied.
        """
        start, end = self.modifier_span
        if self.rule.metadata["has_gap"] and start < first and last < end:
            return False
        if match is not None and self.category == "NEGATED" and end - 1 not in match.words:
            # "i am not leaking": the match may need "i am", but not the "not" between its words.
            return False
        begins_outside = (
            match is None
            or start < match.start
            or (self.category == "NEGATED" and start not in match.words)
        )
        if begins_outside and start < first < end <= last and self._denies_before(first):
            return False
        return _overlap((start, end), (first, last))

    def _denies_before(self, first: int) -> bool:
        """Tell whether the modifier runs into the word `first` with its own denial before it.

        "no trouble" denies "trouble peeing" and "does cancer" asks about "cancer"; but the
        "not" of "do not feel" belongs to "not feel the seat".
        """
        shared = self._words[first - self.modifier_span[0] :]
        return self.direction in ("FORWARD", "BIDIRECTIONAL") and DENIALS.isdisjoint(shared)

    def modifies(self, target: Span) -> bool:
        """Return whether `target` is reached."""
        start, end = self.modifier_span
        if start < target.start < end <= target.end and self.rule.metadata["kind"] == "modifier":
            return self._denies_before(target.start)
        inside = start <= target.start and target.end <= end
        if inside and self.rule.metadata["kind"] == "modifier":
            return not self.made_of(target.start, target.end)
        return super().modifies(target)

    def limit_scope(self, other: ConTextModifier) -> bool:
        """Return whether `other` ended the scope."""
        if other.category not in self.rule.terminated_by:
            return False
        if _overlap(self.modifier_span, other.modifier_span):
            return False
        return super().limit_scope(other)


class LayConText(ConText):
    """ConText over the targets in `doc.spans["red_flags"]`; fills `doc._.context_graph`."""

    def __init__(self, nlp: Language, name: str) -> None:
        super().__init__(
            nlp,
            name,
            rules=None,
            span_attrs=None,
            input_span_type="group",
            span_group_name=SPAN_GROUP,
        )
        # The base class makes its matcher itself and keeps it under this private name.
        self._ConText__matcher = self._matcher = FirstWordMatcher(nlp.vocab)

    def __call__(self, doc: Doc, targets: str | None = None) -> Doc:
        """Link each target with the modifiers that reach it."""
        graph = ConTextGraph(targets=list(doc.spans[self.span_group_name]))
        if graph.targets:
            graph.modifiers = self._modifiers(doc)
            graph.update_scopes()
            graph.apply_modifiers()
            for target, modifier in graph.edges:
                target._.modifiers += (modifier,)
        doc._.context_graph = graph
        return doc

    def _modifiers(self, doc: Doc) -> list[LayModifier]:
        rule_of, strings = self._matcher.rule_map, self.nlp.vocab.strings
        matches = [(rule_of[strings[key]], start, end) for key, start, end in self._matcher(doc)]
        vetoed = {
            (rule.metadata["spelling"], start)
            for rule, start, _ in matches
            if rule.metadata["kind"] == "veto"
        }
        breaks = [token.i for token in doc if token.is_sent_start and token.i]
        found: dict[tuple[str, int, int], ConTextRule] = {}
        for rule, start, end in matches:
            facts = rule.metadata
            if facts["kind"] == "veto" or (facts["spelling"], start) in vetoed:
                continue
            if not facts["over_breaks"] and any(start < at < end for at in breaks):
                continue
            found.setdefault((facts["group"], start, end), rule)
        readings = [
            (start, end)
            for (_, start, end), rule in found.items()
            if rule.metadata["kind"] != "terminator"
        ]
        return [
            LayModifier(rule, start, end, doc, max_scope=_window(rule))
            for (_, start, end), rule in found.items()
            if rule.metadata["kind"] == "terminator"
            or (rule.metadata["kind"] == "modifier" and not _inside_longer(start, end, readings))
        ]

    def to_disk(self, path: Path | str, **kwargs: Any) -> None:
        """Write the rules as JSON."""
        # medspaCy's own export leaves the terminators out.
        ends = [{"terminated_by": sorted(rule.terminated_by)} for rule in self.rules]
        srsly.write_json(path, [{**r.to_dict(), **end} for r, end in zip(self.rules, ends)])

    def from_disk(self, path: Path | str, **kwargs: Any) -> "LayConText":
        """Read what `to_disk` wrote."""
        self.add([ConTextRule(**fields) for fields in srsly.read_json(path)])
        return self


@Language.factory(CONTEXT_FACTORY)
def _create(nlp, name):  # type: ignore[no-untyped-def]  # spaCy cannot read postponed annotations
    return LayConText(nlp, name)


Reached = Mapping[tuple[int, int], list[LayModifier]]
"""First word and word behind the last of a target -> the modifiers that reach it."""


def modifiers_by_target(doc: Doc) -> Reached:
    """Return what the ConText graph of `doc` says about each target."""
    reached: dict[tuple[int, int], list[LayModifier]] = {}
    for target, modifier in doc._.context_graph.edges:
        reached.setdefault((target.start, target.end), []).append(modifier)
    return reached


def categories(match: Match, reached: Reached) -> frozenset[str]:
    """Return the categories that reach any word of `match`.

    A modifier made of words of the match itself does not count: "can't" in "can't pee", "he"
    in "i feel nothing when he touches me". A person who was named before the match began
    does: "my toddler" in "my toddler ate my tablets" says whose it is.
    """
    parts = stretches(match)
    return frozenset(
        modifier.category.lower()
        for part in parts
        for modifier in reached.get(part, ())
        # "if" inside the sign itself supposes nothing: "i can't tell if i need to go".
        if not (modifier.category == "HYPOTHETICAL" and modifier.modifier_span[0] > match.start)
        and (
            (modifier.category == "OTHER_PERSON" and modifier.modifier_span[0] <= match.start)
            or not any(modifier.made_of(*other, match) for other in parts)
        )
    )


def _window(rule: ConTextRule) -> int | None:
    """Return the words a scope spans where sentences do not end it, else None."""
    return rule.max_scope if rule.metadata["over_sentences"] else None


def _inside_longer(start: int, end: int, readings: list[tuple[int, int]]) -> bool:
    return any(s <= start and end <= e and e - s > end - start for s, e in readings)


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]

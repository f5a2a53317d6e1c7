"""What an answer holds: its cues, what it names and what it denies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Sequence

from rasa_project.care.screening.cues import Lexicon
from rasa_project.care.screening.hearing import HESITATIONS, Word
from rasa_project.care.screening.quantities import measured_facts
from rasa_project.care.screening.questions import Node
from rasa_project.care.screening.spans import Span, find_spans

_ALWAYS_NO = frozenset("nope nah nay naw noo nooo nuh negative none neither nowt nada zilch nae".split())
_ORDINALS = {"first": 0, "second": 1, "third": 2, "last": -1}
_BOTH = "both"


@dataclass(frozen=True)
class Evidence:
    """Cues in order, and the things of the question sorted by what was said of them."""

    words: tuple[Word, ...]
    spans: tuple[Span, ...]
    yes_at: tuple[int, ...]
    no_at: tuple[int, ...]
    """Word numbers of answers that stand by themselves."""

    positives: tuple[str, ...]
    """Elements said to be there, `vague` and `negative_symptoms` among them."""

    denied: frozenset[str]
    """Elements denied or said to be fine."""

    facts: frozenset[str]
    named: tuple[str, ...]
    unable: bool = False
    """A "can't" or "won't" that no cue explains: something does not work."""

    def has(self, kind: str) -> bool:
        """Tell whether a cue of that class was said."""
        return any(span.kind == kind and span.status == "said" for span in self.spans)

    def first(self, kind: str) -> int:
        """Return the word number of the first cue of that class, or a large number."""
        return min((s.start for s in self.spans if s.kind == kind), default=10_000)

    @property
    def command(self) -> str:
        """Command word in the answer, or empty."""
        return next((span.id for span in self.spans if span.kind == "command"), "")

    @property
    def begins_with_correction(self) -> bool:
        """It starts by taking something back."""
        begin = [w for w in range(len(self.words)) if self.words[w].text not in HESITATIONS]
        return bool(begin) and self.first("correction") <= begin[0] + 1

    def uncovered(self, ignore: frozenset[str]) -> tuple[str, ...]:
        """Return the words that no cue explains and that are not in `ignore`."""
        covered = {at for span in self.spans for at in range(span.start, span.end)}
        return tuple(
            word.text
            for at, word in enumerate(self.words)
            if at not in covered and word.text not in ignore and word.text not in HESITATIONS
        )


def gather(words: Sequence[Word], lexicon: Lexicon, node: Node) -> Evidence:
    """Return the evidence in `words` for an answer to `node`."""
    elements = lexicon.cues.elements
    spans = find_spans(words, lexicon, node.id)
    harmless = {s.start for s in spans if s.kind == "element" and elements[s.id].harmless}
    # "A bit constipated" says nothing about what was asked.
    spans = [
        replace(s, kind="neutral") if s.kind == "partial" and s.end in harmless else s
        for s in spans
        if not (s.kind == "fine" and _is_other_good(s, words))
    ]
    hidden = {
        name for span in spans if span.kind == "element" for name in elements[span.id].hides
    }
    said: list[str] = []
    denied: set[str] = set()
    for span in spans:
        if span.kind != "element" or span.id in hidden:
            continue
        covered = elements[span.id].stands_for or [span.id]
        if span.status in ("denied", "well") or (elements[span.id].is_well and span.status == "said"):
            denied.update(covered)
        elif span.status == "said":
            said.append(span.id)
    facts = {fact for name in said for fact in (name, *elements[name].also)}
    facts |= measured_facts([word.text for word in words], node)
    # "It's just my back" says no to the question that waits, not to those to come.
    denied = {name for name in denied if name not in elements or node.id in elements[name].to or name in node.asks}
    denied |= {fact[1:] for fact in facts if fact.startswith("!") and fact[1:] in node.asks}
    denied -= facts
    answered_no = {fact for fact in node.known.get("no", ()) if fact in facts}
    affirmed = _affirmed(said, facts - answered_no, node, lexicon)
    vague = [
        span.kind
        for span in spans
        if span.kind in ("vague", "negative_symptoms") and span.status == "said"
    ]
    return Evidence(
        words=tuple(words),
        spans=tuple(spans),
        yes_at=tuple(_yes_places(spans, words, lexicon)),
        no_at=tuple(_no_places(spans, words, lexicon)),
        positives=tuple(dict.fromkeys(affirmed + vague)),
        denied=frozenset(denied),
        facts=frozenset(facts | {f"!{name}" for name in denied}),
        named=tuple(affirmed) + _by_ordinal(words, node),
        unable=bool(_loose_negations(words, spans, lexicon)),
    )


_BEFORE_FINE = frozenset(
    "is are was feels feel feeling all perfectly completely totally been be seems still quite pretty and absolutely "
    "just very really no nope nah yes yeah working works going so but its good fine ok okay am".split()
)


def _is_other_good(span: Span, words: Sequence[Word]) -> bool:
    """Tell whether a single "good" or "fine" is about something else ("for good", "a good week")."""
    if span.end - span.start > 1 or span.start == 0 or words[span.start].break_before:
        return False
    return words[span.start - 1].text not in _BEFORE_FINE | HESITATIONS


def _affirmed(said: Sequence[str], facts: set[str], node: Node, lexicon: Lexicon) -> list[str]:
    """Return what of the question was said to be there, directly or by what goes with it."""
    elements = lexicon.cues.elements
    wanted = {*node.asks, *node.yes.facts}
    names = [name for name in said if name in facts and elements[name].affirms]
    if node.asks:
        implied = [name for name in node.asks if name in facts]
        names = [
            name
            for name in names
            if wanted & {name, *elements[name].also, *elements[name].stands_for}
        ] + implied
    return list(dict.fromkeys(names))


def _loose_negations(words: Sequence[Word], spans: Sequence[Span], lexicon: Lexicon) -> list[int]:
    """Return where a "can not" or the like stands that belongs to no cue and denies nothing named."""
    covered = {at for span in spans for at in range(span.start, span.end)}
    denied_from = [span.start for span in spans if span.status == "denied"]
    return [
        at
        for at in range(1, len(words))
        if words[at].text == "not"
        and words[at - 1].text in lexicon.cues.abilities
        and at not in covered
        and not any(at < start <= at + MAX_REACH_OF_NOT for start in denied_from)
    ]


MAX_REACH_OF_NOT = 4
"""Words from a "not" to what it denies."""


def _by_ordinal(words: Sequence[Word], node: Node) -> tuple[str, ...]:
    """Return the element that "the second one" points at, for a 'Which of those?'."""
    if not node.which_of:
        return ()
    places = [_ORDINALS[word.text] for word in words if word.text in _ORDINALS]
    return tuple(node.asks[place] for place in places if node.asks and place < len(node.asks))


_CONJUNCTIONS = frozenset("but because when though although and since if unless until as".split())
_AFTER_YES = ("yes", "partial", "neutral", "today", "correction", "resolved")
_AFTER_NO = ("no", "anything", "neutral", "today", "fine", "verb_no")


def _ends_clause(
    at: int, words: Sequence[Word], spans: Sequence[Span], lexicon: Lexicon, followers: tuple[str, ...]
) -> bool:
    """Tell whether a statement ends before word `at`, or one of `followers` comes."""
    if at >= len(words) or words[at].break_before or words[at].text in _CONJUNCTIONS:
        return True
    follower = next((s for s in spans if s.start == at), None)
    return follower is not None and follower.kind in followers


def _yes_places(spans: Sequence[Span], words: Sequence[Word], lexicon: Lexicon) -> list[int]:
    return [
        span.start
        for span in spans
        if span.kind == "yes" or (span.kind == "verb_yes" and _ends_clause(span.end, words, spans, lexicon, _AFTER_YES))
    ]


MAX_WORDS_BEFORE_NO = 3
"""Unexplained words before a no; behind more of them it is part of a story, not an answer."""


def _no_places(spans: Sequence[Span], words: Sequence[Word], lexicon: Lexicon) -> list[int]:
    cues = lexicon.cues
    small = {*cues.passes, *cues.after_standalone_no, *cues.breaks, *cues.well_links, *HESITATIONS}
    covered = {at for span in spans for at in range(span.start, span.end)}
    strange = [at for at, w in enumerate(words) if at not in covered and w.text not in small]
    return [
        place
        for place in _no_candidates(spans, words, lexicon)
        if sum(at < place for at in strange) <= MAX_WORDS_BEFORE_NO
    ]


def _no_candidates(spans: Sequence[Span], words: Sequence[Word], lexicon: Lexicon) -> list[int]:
    places = []
    for span in spans:
        if (
            span.kind == "anything"
            and span.status == "denied"
            and _says_it_all(span, words, spans, lexicon)
        ):
            places.append(span.start)
        elif span.kind == "verb_no" and _ends_clause(span.end, words, spans, lexicon, _AFTER_NO):
            places.append(span.start)
        elif span.kind == "no" and _stands_alone(span, words, spans, lexicon):
            places.append(span.start)
    return places


def _says_it_all(span: Span, words: Sequence[Word], spans: Sequence[Span], lexicon: Lexicon) -> bool:
    """Tell whether "not had any" ends there; "not getting any better" goes on."""
    if span.end - span.start > 1 or _ends_clause(span.end, words, spans, lexicon, _AFTER_NO):
        return True
    return words[span.end].text in lexicon.cues.after_standalone_no


_AFTER_NOTHING = frozenset("like at really there down in wrong to of that else serious major new unusual special out i as with".split())
_OPENERS = frozenset("no nope nah yes yeah um uh er oh well so really honestly absolutely like literally god".split())


def _begins_statement(at: int, words: Sequence[Word]) -> bool:
    return at == 0 or bool(words[at].break_before) or words[at - 1].text in _OPENERS


def _stands_alone(span: Span, words: Sequence[Word], spans: Sequence[Span], lexicon: Lexicon) -> bool:
    """Tell whether a "no" answers by itself, not only the word behind it ("no fever")."""
    word = words[span.start].text
    if span.start and words[span.start - 1].text in ("not", "say", "saying", "said", "with"):
        return False  # "I wouldn't say no"
    if span.end - span.start > 1 or word in _ALWAYS_NO:
        return True
    if word in ("nothing", "never") and not _begins_statement(span.start, words):
        return False  # "… and then nothing" tells what happened
    if span.end >= len(words) or words[span.end].break_before:
        return True
    follower = words[span.end].text
    if word == "never":
        return _never_had_it(span, words, spans, lexicon)
    if word == "nothing" and follower not in _AFTER_NOTHING:
        return any(s.start == span.end and s.kind in ("vague", "neutral", "no") for s in spans)
    after = next((s for s in spans if s.start == span.end), None)
    if after is not None and after.kind in ("element", "vague", "negative_symptoms"):
        if word != "no":
            return False
        # "no my legs are fine" answers; "no fever" and "no weak bones" do not.
        return after.status != "denied" or follower in ("my", "the", "both", "just", "only", "not")
    if after is not None and after.kind == "anything":
        # "no problems" says it all; "no problem peeing" is about peeing.
        behind = next((s for s in spans if s.start == after.end), None)
        return behind is None or behind.kind != "element" or follower in ("that", "it", "those", "them")
    if after is not None:
        return True
    return follower in lexicon.cues.after_standalone_no or follower in lexicon.cues.no_then_time


def _never_had_it(span: Span, words: Sequence[Word], spans: Sequence[Span], lexicon: Lexicon) -> bool:
    """Tell whether it is "never", "never had any of that", not "never had a bad back till now"."""
    at = span.end
    while at < len(words) and words[at].text in ("had", "have", "did", "been", "ever", "not", "in", "my", "life"):
        at += 1
    if at >= len(words) or words[at].break_before:
        return True
    return any(s.start == at and (s.kind == "anything" or s.status == "denied" or s.kind == "neutral") for s in spans)

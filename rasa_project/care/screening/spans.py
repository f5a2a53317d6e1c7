"""Cues and named things in an answer, each with whether a denial reaches it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Iterable, Literal, Sequence

from rasa_project.care.screening.cues import CUE_CLASSES, Lexicon
from rasa_project.care.screening.hearing import Word

Status = Literal["said", "denied", "well", "hedged"]

_DETERMINERS = frozenset({"no", "zero"})
_NO_NOUN = frozenset("my the your their his her a an just only both one".split())
"""After a bare "no" these begin a new statement: "no just a little tumble"."""
_POSSESSIVES = frozenset({"my", "the", "your", "their", "his", "her"})
_DENIABLE = frozenset({"element", "vague", "anything"})
_RANK = {name: rank for rank, name in enumerate(("element", "person", "command", *CUE_CLASSES))}


@dataclass(frozen=True)
class Span:
    """One phrase that was found."""

    kind: str
    """Class of the cue, or `element`."""

    id: str
    """Element or command; empty for plain cues."""

    start: int
    end: int
    """Word numbers, end exclusive."""

    status: Status = "said"
    """`denied`: a denial reaches it; `well`: said to be fine; `hedged`: behind "I don't think"."""


def find_spans(words: Sequence[Word], lexicon: Lexicon, node_id: str, elsewhere: bool = False) -> list[Span]:
    """Return what is found in `words` as an answer to the question `node_id`, in order.

    With `elsewhere` only elements of other questions are sought, by the wordings
    that are clear without their question.
    """
    texts = tuple(word.text for word in words)
    matches = [
        span
        for span in _phrases_in(texts, lexicon, elsewhere)
        if _belongs(span.kind, span.id, lexicon, node_id, elsewhere)
    ]
    if elsewhere:
        # The plain cues are needed too: they are what denies.
        matches += [span for span in find_spans(words, lexicon, "") if span.kind != "element"]
    chosen = _without_overlap(matches, lexicon)
    return [_with_status(span, words, chosen, lexicon) for span in chosen]


@lru_cache(maxsize=8)
def _phrases_in(texts: tuple[str, ...], lexicon: Lexicon, elsewhere: bool) -> tuple[Span, ...]:
    """Return every phrase of the lexicon in the words; an answer is held against many questions."""
    table = lexicon.elsewhere if elsewhere else lexicon.phrases
    return tuple(
        Span(kind, name, at, at + len(phrase))
        for at, text in enumerate(texts)
        for phrase, kind, name in table.get(text, ())
        if texts[at : at + len(phrase)] == phrase
    )


def _belongs(kind: str, name: str, lexicon: Lexicon, node_id: str, elsewhere: bool) -> bool:
    if kind != "element":
        return True
    return elsewhere or node_id in lexicon.cues.elements[name].to


def _without_overlap(matches: Iterable[Span], lexicon: Lexicon) -> list[Span]:
    """Keep the longest phrases; elements of the same words stay together.

    Some count inside others too: where it is ("my left leg" in "pain in my left leg"), and
    what it is in "it's gone weak".
    """
    elements = lexicon.cues.elements
    kept: list[Span] = []
    for span in sorted(matches, key=lambda s: (s.start - s.end, _RANK.get(s.kind, 99), s.start)):
        clash = [k for k in kept if span.start < k.end and k.start < span.end]
        twins = all((k.start, k.end, k.kind) == (span.start, span.end, "element") for k in clash)
        within = span.kind == "element" and elements[span.id].within
        inside = within and all(
            k.kind in ("element", "negative_symptoms") and k.id != span.id
            and k.start <= span.start and span.end <= k.end
            for k in clash
        )
        if not clash or inside or (span.kind == "element" and twins):
            kept.append(span)
    return sorted(kept, key=lambda s: (s.start, s.end))


def _with_status(span: Span, words: Sequence[Word], spans: list[Span], lexicon: Lexicon) -> Span:
    if span.kind not in _DENIABLE:
        return span
    if span.kind == "element" and lexicon.cues.elements[span.id].is_well:
        return span
    # First, because "no chest is clear" answers no and says that the chest is well.
    if span.kind == "element" and (_is_well(span, words, lexicon) or _is_well_too(span, words)):
        return replace(span, status="well")
    if _is_denied(span, words, spans, lexicon):
        return replace(span, status="denied")
    if _is_hedged(span, words, spans, lexicon):
        return replace(span, status="hedged")
    return span


def _is_denied(span: Span, words: Sequence[Word], spans: list[Span], lexicon: Lexicon) -> bool:
    cues = lexicon.cues
    if _denied_behind(span, words):
        return True
    at = span.start
    while at > 0:
        mark, at = words[at].break_before, at - 1
        owner = next((s for s in spans if s.start <= at < s.end and s is not span), None)
        text = words[at].text
        if mark == "." or (mark == "," and not (owner and owner.kind == "element")):
            return False
        if owner and owner.kind in ("negative_symptoms", "hedged_no", "unsure", "partial", "yes"):
            return False
        if text == "not" and at > 0 and words[at - 1].text in cues.abilities:
            return False  # "I can't get it up" denies nothing
        if text in cues.negators:
            return text not in _DETERMINERS or _denies_next(at, words, spans, lexicon)
        if text in _POSSESSIVES and at > 0 and words[at - 1].text in ("no", "nope", "nah", "never"):
            return False
        if owner and owner.kind in ("element", "vague"):
            continue
        kind_of_trouble = span.kind == "vague" and words[at - 1].text == "no" and at > 0
        if text not in cues.passes and not kind_of_trouble:  # "no bone problems"
            return False
    return False


def _denies_next(at: int, words: Sequence[Word], spans: list[Span], lexicon: Lexicon) -> bool:
    """Tell whether the "no" at `at` belongs to the next word ("no fever"), not to the question."""
    follower = words[at + 1]
    if follower.break_before:
        return False
    if any(s.start == at + 1 and s.kind in _DENIABLE for s in spans):
        return follower.text not in _NO_NOUN
    return follower.text in lexicon.cues.after_no


def _denied_behind(span: Span, words: Sequence[Word]) -> bool:
    """Tell whether it is "numbness no": the thing first, then a bare no."""
    if span.kind != "element" or span.end >= len(words) or words[span.end].text not in ("no", "nope"):
        return False
    rest = span.end + 1
    return not words[span.end].break_before and (rest == len(words) or bool(words[rest].break_before))


def _is_hedged(span: Span, words: Sequence[Word], spans: list[Span], lexicon: Lexicon) -> bool:
    for other in spans:
        if other.kind not in ("hedged_no", "unsure") or other.end > span.start:
            continue
        between = words[other.end : span.start + 1]
        # "Maybe a bit weaker" names it all the same.
        if other.kind == "unsure" and any(s.kind == "partial" and other.end <= s.start < span.start for s in spans):
            continue
        parted = any(w.break_before == "." for w in between)
        turned = any(w.text in lexicon.cues.breaks for w in between[:-1])
        if not parted and not turned:
            return True
    return False


def _is_well_too(span: Span, words: Sequence[Word]) -> bool:
    """Tell whether it is "… fine and so are my bowels"."""
    before = [word.text for word in words[max(0, span.start - 4) : span.start]]
    while before and before[-1] in _POSSESSIVES:
        before.pop()
    return before[-2:] in (["so", "are"], ["so", "is"])


def _is_well(span: Span, words: Sequence[Word], lexicon: Lexicon) -> bool:
    cues = lexicon.cues
    if any(word.text in cues.symptom_words for word in words[span.start : span.end]):
        return False
    at = span.end
    while at < len(words) and words[at].break_before != ".":
        if words[at].text in cues.well_words:
            return True
        if words[at].text not in cues.well_links:
            return False
        at += 1
    return False

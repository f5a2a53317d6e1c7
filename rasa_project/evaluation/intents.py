"""Scores of the understanding: strict and lenient, per intent, and out of scope."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Sequence

from rasa_project.evaluation.intervals import Share, share
from rasa_project.evaluation.lines import IntentLine

OUT_OF_SCOPE = "out_of_scope"
REFUSED = (OUT_OF_SCOPE, "nlu_fallback")
"""Intents by which the skill says that a sentence is not its business."""


@dataclass(frozen=True)
class Parsed:
    """A labelled sentence and what the model made of it."""

    line: IntentLine
    intent: str
    confidence: float
    parse_ms: float

    @property
    def counts_as(self) -> str:
        """The intent for the lenient scores: the label where the guess is allowed."""
        if self.line.allows(self.intent):
            return self.line.intent
        if self.line.intent == OUT_OF_SCOPE and self.intent in REFUSED:
            return OUT_OF_SCOPE
        return self.intent


@dataclass(frozen=True)
class IntentScore:
    """One intent's lenient scores, 0 to 1, over `total` labelled sentences."""

    intent: str
    total: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 when both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class IntentScores:
    """Everything that is counted of one file."""

    strict: Share
    lenient: Share
    macro_f1: float
    """Mean F1 of the intents that the file labels, out of scope left out, lenient."""

    out_of_scope: Share
    """Of the sentences that are none of the skill's business, those it refused."""

    wrongly_refused: Share
    """Of the sentences in scope, those it refused."""

    p50_ms: float
    p95_ms: float
    per_intent: tuple[IntentScore, ...]
    confusions: tuple[tuple[str, str, int], ...]
    """(label, taken for, how often), most frequent first."""


def score_intents(parsed: Sequence[Parsed]) -> IntentScores:
    """Return the scores of a parsed file."""
    inside = [p for p in parsed if p.line.intent != OUT_OF_SCOPE]
    outside = [p for p in parsed if p.line.intent == OUT_OF_SCOPE]
    wrong = Counter(
        (p.line.intent, p.intent) for p in parsed if p.counts_as != p.line.intent
    )
    per_intent = tuple(
        _score(intent, parsed) for intent in sorted({p.line.intent for p in inside})
    )
    times = sorted(p.parse_ms for p in parsed)
    return IntentScores(
        strict=share([p.intent == p.line.intent for p in inside]),
        lenient=share([p.counts_as == p.line.intent for p in inside]),
        macro_f1=sum(s.f1 for s in per_intent) / len(per_intent) if per_intent else 0.0,
        out_of_scope=share([p.counts_as == OUT_OF_SCOPE for p in outside]),
        wrongly_refused=share(
            [p.intent in REFUSED and not p.line.allows(p.intent) for p in inside]
        ),
        p50_ms=percentile(times, 0.5),
        p95_ms=percentile(times, 0.95),
        per_intent=per_intent,
        confusions=tuple((label, guess, n) for (label, guess), n in wrong.most_common()),
    )


def percentile(ascending: Sequence[float], part: float) -> float:
    """Return the value below which `part` (0 to 1) of the sorted values lie; 0 for none."""
    if not ascending:
        return 0.0
    return ascending[min(len(ascending) - 1, int(part * len(ascending)))]


def _score(intent: str, parsed: Sequence[Parsed]) -> IntentScore:
    labelled = [p for p in parsed if p.line.intent == intent]
    guessed = [p for p in parsed if p.counts_as == intent]
    right = sum(p.counts_as == intent for p in labelled)
    return IntentScore(
        intent,
        len(labelled),
        right / len(guessed) if guessed else 0.0,
        right / len(labelled),
    )

"""What a contestant's answers are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

from bench.understanding.sentences import RED_FLAG, Asked
from rasa_project.evaluation.intents import Parsed, percentile, score_intents
from rasa_project.evaluation.intervals import share
from rasa_project.evaluation.lines import IntentLine


@dataclass(frozen=True)
class Heard:
    """What a contestant made of one sentence."""

    intent: str
    """Its intent; `nlu_fallback` where it says that it does not know."""

    took_ms: float


def score(asked: Sequence[Asked], heard: Sequence[Heard]) -> dict[str, Any]:
    """Return shares and times; `heard` answers `asked`, one for one.

    Raises:
        ValueError: there are more or fewer answers than sentences.
    """
    if len(asked) != len(heard):
        raise ValueError(f"{len(asked)} sentences were asked, {len(heard)} answered.")
    pairs = list(zip(asked, heard))
    intents = score_intents(
        [
            Parsed(IntentLine(said.text, said.intent), found.intent, 0.0, found.took_ms)
            for said, found in pairs
            if said.group == "intents"
        ]
    )
    times = sorted(found.took_ms for found in heard)
    return {
        "in_scope": intents.lenient.as_dict(),
        "out_of_scope": intents.out_of_scope.as_dict(),
        "refused": intents.wrongly_refused.as_dict(),
        "red_flags": share(
            [found.intent == RED_FLAG for said, found in pairs if said.group == "red_flags"]
        ).as_dict(),
        "look_alikes": share(
            [found.intent != RED_FLAG for said, found in pairs if said.group == "look_alikes"]
        ).as_dict(),
        "p50_ms": round(percentile(times, 0.5), 2),
        "p95_ms": round(percentile(times, 0.95), 2),
    }

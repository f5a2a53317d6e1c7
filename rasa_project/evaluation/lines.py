"""Labelled lines to measure with: the JSON-lines files of the behaviour contract.

A line may have more keys (`source`, `group`, `note`, `said` ...); they are left unread.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Literal, Sequence, TypeVar

from rasa_project.care.errors import ContentError

TIERS = ("none", "see_clinician_soon", "same_day", "emergency_now")
"""From silence about it to the most urgent answer."""


@dataclass(frozen=True)
class IntentLine:
    """A sentence and what it means."""

    text: str
    intent: str
    alt: tuple[str, ...] = ()
    """Further intents that count as right for the lenient score."""

    def allows(self, intent: str) -> bool:
        """Return whether the lenient score takes `intent` for right."""
        return intent == self.intent or intent in self.alt


@dataclass(frozen=True)
class FlagLine:
    """A first sentence of a conversation and how urgent its answer must be."""

    text: str
    must_escalate: bool
    tier: str
    tier_ok: tuple[str, ...]
    """All tiers that are right; `none` among them: silence about it is right too."""

    kind: str
    flag: str = ""


@dataclass(frozen=True)
class AnswerLine:
    """An answer to a safety question and whether it means the flag."""

    question_flag: str
    question: str
    answer: str
    red_flag: Literal["yes", "no", "unclear"]


Line = TypeVar("Line")


def read_intent_lines(path: Path) -> list[IntentLine]:
    """Return the lines of an NLU file; raises ContentError naming the first bad line."""
    return _read(
        path,
        lambda row: IntentLine(str(row["text"]), str(row["intent"]), tuple(row.get("alt") or ())),
    )


def read_flag_lines(path: Path) -> list[FlagLine]:
    """Return the lines of a red-flag file; raises ContentError naming the first bad line."""

    def line(row: dict[str, Any]) -> FlagLine:
        right = tuple(row.get("tier_ok") or (row["tier"],))
        for tier in (row["tier"], *right):
            _one_of(tier, TIERS)
        return FlagLine(
            str(row["text"]),
            bool(row["must_escalate"]),
            row["tier"],
            right,
            str(row["kind"]),
            str(row.get("flag") or ""),
        )

    return _read(path, line)


def read_answer_lines(path: Path) -> list[AnswerLine]:
    """Return the lines of a screening file; raises ContentError naming the first bad line."""
    return _read(
        path,
        lambda row: AnswerLine(
            str(row["question_flag"]),
            str(row["question"]),
            str(row["answer"]),
            _one_of(row["red_flag"], ("yes", "no", "unclear")),
        ),
    )


def _one_of(value: Any, allowed: Sequence[str]) -> Any:
    if value not in allowed:
        raise ValueError(f"'{value}' is none of {', '.join(allowed)}")
    return value


def _read(path: Path, build: Callable[[dict[str, Any]], Line]) -> list[Line]:
    if not path.is_file():
        raise ContentError(f"{path}: there is no such file to measure with.")
    lines: list[Line] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            lines.append(build(json.loads(text)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ContentError(
                f"{path}: line {number}: {error}. Each line is one JSON object with the keys "
                "of its file format."
            ) from None
    if not lines:
        raise ContentError(f"{path}: the file holds no line to measure with.")
    return lines

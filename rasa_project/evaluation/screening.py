"""Answers to safety questions: taken for yes, no or unclear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from rasa_project.evaluation.intervals import Share, share
from rasa_project.evaluation.lines import AnswerLine


@dataclass(frozen=True)
class Understood:
    """An answer and what it was taken for."""

    line: AnswerLine
    taken_for: str

    @property
    def is_right(self) -> bool:
        """Taken for what it is."""
        return self.taken_for == self.line.red_flag

    @property
    def is_dangerous(self) -> bool:
        """A yes or an unclear answer was taken for no: the flag would be passed over."""
        return self.taken_for == "no" and self.line.red_flag != "no"


@dataclass(frozen=True)
class ScreeningScores:
    """What is counted of one file."""

    right: Share
    dangerous: int
    misses: tuple[Understood, ...]


def understand_all(lines: Sequence[AnswerLine]) -> list[Understood]:
    """Read every answer with the rules of the screen."""
    from rasa_project.care.flags import load_red_flags
    from rasa_project.care.red_flags import load_detector
    from rasa_project.care.screening import read_free_answer

    content, detector = load_red_flags(), load_detector()
    return [
        Understood(
            line,
            read_free_answer(
                line.question,
                line.question_flag,
                line.answer,
                detector.detect(line.answer),
                content,
            ),
        )
        for line in lines
    ]


def score_screening(understood: Sequence[Understood]) -> ScreeningScores:
    """Return the scores of all answers."""
    return ScreeningScores(
        right=share([u.is_right for u in understood]),
        dangerous=sum(u.is_dangerous for u in understood),
        misses=tuple(u for u in understood if not u.is_right),
    )

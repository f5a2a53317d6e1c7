"""The safety questions: what is asked, how answers are read, and what follows from them."""

from __future__ import annotations

from rasa_project.care.screening.answers import Reading, read_answer, read_denials, read_free_answer
from rasa_project.care.screening.judging import is_statement
from rasa_project.care.screening.machine import (
    advance,
    asked_who,
    emergency_by_answer,
    next_prompt,
    recheck_state,
    with_denials,
    with_flags,
)
from rasa_project.care.screening.person import speaks_for_other
from rasa_project.care.screening.prompts import Prompt
from rasa_project.care.screening.progress import verdict_of
from rasa_project.care.screening.state import ScreeningState, completed, is_fresh, new_state
from rasa_project.care.screening.steps import Outcome, explanation

__all__ = [
    "Outcome",
    "Prompt",
    "Reading",
    "ScreeningState",
    "advance",
    "asked_who",
    "completed",
    "emergency_by_answer",
    "explanation",
    "is_fresh",
    "is_statement",
    "new_state",
    "next_prompt",
    "read_answer",
    "read_denials",
    "read_free_answer",
    "recheck_state",
    "speaks_for_other",
    "verdict_of",
    "with_denials",
    "with_flags",
]

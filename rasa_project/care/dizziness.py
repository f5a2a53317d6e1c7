"""Dizzy, faint or sick at this moment, which stops an exercise, told apart from a habit or a question."""

from __future__ import annotations

from typing import Optional

from rasa_project.care.coach_questions import CoachQuestions, load_coach_questions, says_any
from rasa_project.care.normalise import tokens_of

_TURNS = frozenset({"but", "though", "although", "however", "just", "except", "only"})
"""Words behind which a denial before them no longer holds ("not in pain but dizzy")."""


def dizzy_or_sick_now(text: str, content: Optional[CoachQuestions] = None) -> bool:
    """Return whether the speaker says that they are dizzy, faint or sick at this moment.

    Unclear words count as now: stopping an exercise for nothing costs little. Denials,
    other people, what might happen and long-standing dizziness do not count (the last is
    a condition, see `setup_answers.conditions_in`).

    Source: exercises.yml, `schema.common_stop`; triage policy, row 12.
    """
    wording = (content or load_coach_questions()).dizziness
    for clause in _clauses(text):
        if not says_any(wording.words, clause) or says_any(wording.never, clause):
            continue
        if says_any(wording.now, clause) or not says_any(wording.habit, clause):
            return True
    return False


def _clauses(text: str) -> list[str]:
    """Return the parts of `text` in the normal form, split where a denial ends."""
    clauses: list[list[str]] = [[]]
    for token in tokens_of(text):
        if token.break_before or token.text in _TURNS:
            clauses.append([])
        clauses[-1].append(token.text)
    return [" ".join(words) for words in clauses if words]

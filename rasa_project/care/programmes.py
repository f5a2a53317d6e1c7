"""Which exercises a person may do today, and in which order.

The tables are content (`exercises.yml`, `programme_rules.yml`). This module is asked only
after a clean or `see_clinician_soon` screen: whoever has no such screen gets nothing, and
that is the caller's to know.
"""

from __future__ import annotations

from typing import Iterable, Optional

from rasa_project.care.exercises import ExerciseContent, load_exercises
from rasa_project.care.programme_choice import Choice, phase_of
from rasa_project.care.programme_request import FULL, HALF, PhaseHints, Programme, Request
from rasa_project.care.programme_rules import ProgrammeRules, load_programme_rules

__all__ = [
    "FULL",
    "HALF",
    "PhaseHints",
    "Programme",
    "Request",
    "choose_programme",
    "fitting",
    "phase_of",
    "units_of",
]


def choose_programme(
    request: Request,
    content: Optional[ExerciseContent] = None,
    rules: Optional[ProgrammeRules] = None,
    only: Iterable[str] = (),
) -> Programme:
    """Return the programme for `request`.

    `only` replaces the items of the programme by named exercises ("take me through the
    pelvic tilt"); each still has to fit, else its alternative or breathing comes instead.

    Returns a programme without items when a condition or flag forbids all of them.
    """
    return Choice(request, content or load_exercises(), rules or load_programme_rules()).make(
        tuple(only)
    )


def units_of(items: tuple[str, ...], request: Request) -> tuple[str, ...]:
    """Return exercises that are known to fit `request`, ordered and with the ways between."""
    return Choice(request, load_exercises(), load_programme_rules()).units(items)


def fitting(exercise_id: str, programme: Programme) -> bool:
    """Return whether an exercise is allowed for the person `programme` was made for."""
    choice = Choice(programme.request, load_exercises(), load_programme_rules())
    return not choice.nothing_because and choice.allowed(exercise_id, programme.id)

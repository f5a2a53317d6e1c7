"""What some exercises need to be sure of is known only where it was said."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.requests import known_of, request_of
from actions.turn import Turn
from rasa_project.care.programmes import choose_programme
from rasa_project.care.screening import ScreeningState

WEAK_BONES = {"pain_0_10": 2, "position": "floor", "conditions": ["osteoporosis"]}


def turn_with(**slots) -> Turn:
    """Return a turn of somebody of whom only these slots are known."""
    message = {"text": "let's start", "intent": {"name": "request_stretch"}}
    event = {"event": "user", "timestamp": 1.0, "text": "let's start", "parse_data": message}
    tracker = Tracker("somebody", slots, message, [event], False, None, {}, "action_listen")
    return Turn(CollectingDispatcher(), tracker, "action_start_programme")


def screened(*facts: str, **answers: str) -> dict:
    return ScreeningState(answers=answers, facts=facts).to_dict()


def test_a_clearance_is_a_clinicians_agreement_and_nothing_else_is() -> None:
    assert "clinician_agreed" in known_of(turn_with(cleared_by_clinician=True))
    assert "clinician_agreed" not in known_of(turn_with(cleared_by_clinician=False))
    assert "clinician_agreed" not in known_of(turn_with())


@pytest.mark.parametrize(
    "screen, known",
    [
        (screened(Q9_about_you="no"), True),
        (screened("over_fifty", "!over_seventy"), True),
        (screened("over_fifty", **{"Q9_about_you.over_seventy": "no"}), True),
        (screened("over_fifty", "over_seventy", Q9_about_you="yes"), False),
        (screened("over_fifty", Q9_about_you="yes"), False),
        (screened(Q9_about_you="unsure"), False),
        (None, False),
    ],
)
def test_under_seventy_is_known_from_the_age_question_only(screen, known: bool) -> None:
    assert ("under_seventy" in known_of(turn_with(screen_done=screen))) is known


def test_with_weak_bones_the_guarded_exercises_come_only_when_they_are_known_to_be_right() -> None:
    careful = choose_programme(request_of(turn_with(**WEAK_BONES)))
    assert not {"bridge", "standing_back_bend", "rest_90_90"} & set(careful.items)
    sure = turn_with(**WEAK_BONES, cleared_by_clinician=True, screen_done=screened(Q9_about_you="no"))
    assert {"standing_back_bend", "rest_90_90"} <= set(choose_programme(request_of(sure)).items)

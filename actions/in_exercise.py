"""What is said in the middle of an exercise and steers nothing: a question about it, a condition, a place."""

from __future__ import annotations

import re
from typing import Text

from rasa_sdk.events import FollowupAction

from actions.base import Events
from actions.coaching import cursor_under_way, nothing_allowed, speak_step
from actions.requests import out_of_reach, without_floor
from actions.turn import Turn
from rasa_project.care.coach_questions import (
    changes_place,
    coach_answer,
    coach_question_in,
    hurts_now,
)
from rasa_project.care.coaching import Cursor
from rasa_project.care.dizziness import dizzy_or_sick_now
from rasa_project.care.setup_answers import conditions_in, position_in

MEANS_ITSELF = frozenset(
    {
        "report_red_flag", "report_worse", "report_back_pain", "report_relief", "stop", "goodbye",
        "delete_my_data", "start_over", "inform_severity", "request_clinician",
    }
)  # fmt: skip
"""Intents that are never a question about the exercise, whatever words they come in."""

OTHER_STRETCH = "action_other_stretch"
NOTE_WORSE = "action_note_worse"

_PARTING = re.compile(r"\b(bye|goodbye|good ?night|night|see you|thanks|enough|done|leave it)\b")


def answer_in_exercise(turn: Turn) -> Events | None:
    """Return the events of an answer about the exercise under way, None when it is no such thing.

    What the exercise itself is asked is a matter of its own content, and a condition
    changes what comes next at once: both come before whatever the intent alone would do.
    """
    cursor = cursor_under_way(turn)
    if cursor is None or turn.active_form or not turn.may_exercise:
        return None
    if dizzy_or_sick_now(turn.text):
        # Before the condition that the same words tell: it may not go on with this step.
        if turn.action_name == NOTE_WORSE:
            return None
        turn.hold_back()
        return [FollowupAction(NOTE_WORSE)]
    told = conditions_in(turn.text) - cursor.request.conditions
    complains = turn.intent in ("report_worse", "report_back_pain")
    only_told = complains and not hurts_now(turn.text)
    if told and (only_told or turn.intent not in MEANS_ITSELF):
        return change_for_conditions(turn, cursor, told)
    if only_told and out_of_reach(turn, cursor):
        return change_place(turn, cursor, without_floor(turn, cursor))
    place = position_in(turn.text)
    moved = bool(place) and place != cursor.request.position and changes_place(turn.text)
    if moved and turn.intent == "goodbye" and not _PARTING.search(turn.text.lower()):
        # "I'm in bed now" may end a day; in the middle of an exercise it says where to go on.
        return change_place(turn, cursor, cursor.with_position(place))
    if turn.intent in MEANS_ITSELF:
        return None
    if turn.intent == "refuse_answer" and turn.action_name != OTHER_STRETCH:
        # Nothing is asked here: "skip", "pass" and "I'd rather not" are about the exercise.
        turn.hold_back()
        return [FollowupAction(OTHER_STRETCH)]
    question = coach_question_in(turn.text)
    if question == "what_again":
        return speak_step(turn, cursor, repeated=True)
    if question:
        # The place and a pause are kept; nobody has to hear the whole step again.
        turn.say(coach_answer(question, cursor), "help", id=question, exercise=cursor.exercise_id)
        return []
    if out_of_reach(turn, cursor):
        return change_place(turn, cursor, without_floor(turn, cursor))
    return change_place(turn, cursor, cursor.with_position(place)) if moved else None


def change_for_conditions(turn: Turn, cursor: Cursor, told: frozenset[str]) -> Events:
    """Choose what is left anew for conditions told in mid-session; say whether that changes it."""
    changed = cursor.with_conditions(cursor.request.conditions | told)
    if not changed.over and out_of_reach(turn, changed):
        changed = without_floor(turn, changed)
    if changed.over:
        return nothing_allowed(turn)
    same = changed.units[changed.at :] == cursor.units[cursor.at :]
    key = "conditions_noted_same" if same else "conditions_noted_changed"
    return _goes_on(turn, changed, key)


def change_place(turn: Turn, cursor: Cursor, changed: Cursor) -> Events:
    """Go on in another place, or say that it makes no difference to what is under way."""
    if changed.over:
        return nothing_allowed(turn)
    return _goes_on(turn, changed, "position_changed")


def _goes_on(turn: Turn, cursor: Cursor, phrase: Text) -> Events:
    return speak_step(turn, cursor.resume(), turn.phrase(phrase))

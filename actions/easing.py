"""It eases, or it hurts: what an exercise does, and what follows from it."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import SlotSet

from actions.base import Events, SpokenAction
from actions.coaching import CoachingAction, cursor_events, cursor_under_way
from actions.turn import Turn
from rasa_project.care.coaching import Cursor
from rasa_project.care.dizziness import dizzy_or_sick_now
from rasa_project.care.pain_answers import pain_in
from rasa_project.care.screening import ScreeningState, new_state
from rasa_project.care.setup_answers import conditions_in

LEGS = "Q4_legs"
"""Question asked again when an exercise hurt (triage policy row 12)."""

STOPPED_BEFORE = "exercise_stopped"
"""Mark of a message that waits for a confirm question and has stopped the exercise already."""


class NoteRelief(SpokenAction):
    """It eased: say so, and ask whether to go on."""

    action_name = "action_note_relief"

    def perform(self, turn: Turn) -> Events:
        """Acknowledge; offer the next exercise while one is under way."""
        cursor = cursor_under_way(turn)
        if cursor is None:
            turn.say(turn.phrase("relief_idle"), "relief_ack")
            return []
        turn.say(turn.phrase("relief"), "relief_ack")
        turn.offer("next_exercise")
        # "Next" means the next exercise now, for this one has done its work.
        # On the way down to the floor or up from it nothing is skipped: the way has to be gone.
        on_the_way = cursor.at_exercise() != cursor
        leaves = cursor.remaining and not on_the_way
        return cursor_events(cursor.skip().pause() if leaves else cursor.pause(), "paused")


class NoteWorse(CoachingAction):
    """It hurts: stop this one, an easy position, a question about the legs; twice ends it."""

    action_name = "action_note_worse"

    def perform(self, turn: Turn) -> Events:
        """Ask about the legs alone where the exercise was stopped before a confirm question."""
        if turn.parse_data.get(STOPPED_BEFORE):
            turn.say(turn.phrase("hurts_legs"), "worse_stop", expects_reply=False)
            return _ask_about_legs(turn)
        return super().perform(turn)

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Triage policy row 12."""
        pain = pain_in(turn.text)
        if pain is not None:
            turn.memory.note_score(pain)
        return stop_exercise(turn, cursor)


def stop_exercise(turn: Turn, cursor: Cursor) -> Events:
    """Stop the exercise under way: easy positions and a question about the legs; twice ends it."""
    stopped = cursor.hurts()
    if stopped.over:
        return _end_for_good(turn, stopped)
    turn.say(f"{turn.phrase('hurts_first')} {turn.phrase('hurts_legs')}", "worse_stop")
    return [*cursor_events(stopped.pause(), "paused"), *_ask_about_legs(turn)]


def stop_before_asking(turn: Turn) -> Events | None:
    """Stop an exercise that makes dizzy or sick before a confirm question is asked; None elsewhere.

    The question whether somebody passed out may not leave them in the position that did it,
    and once it is answered that exercise does not go on by itself.
    """
    cursor = cursor_under_way(turn)
    if cursor is None or not turn.may_exercise:
        return None
    if not dizzy_or_sick_now(turn.text) or turn.parse_data.get(STOPPED_BEFORE):
        return None
    stopped = cursor.hurts()
    if stopped.over:
        return _end_for_good(turn, stopped)
    told = cursor.request.conditions | conditions_in(turn.text)
    stopped = stopped.with_conditions(told)
    turn.say(turn.phrase("hurts_first"), "worse_stop", expects_reply=False)
    return cursor_events(stopped.pause(), "paused")


def _end_for_good(turn: Turn, cursor: Cursor) -> Events:
    turn.say(f"{turn.phrase('hurts_again')} {turn.phrase('hurts_end')}", "worse_stop")
    turn.say(turn.flags.safety_net, "safety_net")
    return cursor_events(cursor, None)


def _ask_about_legs(turn: Turn) -> Events:
    return [
        SlotSet("screening", legs_only(turn).to_dict()),
        SlotSet("next_stage", "screening"),
    ]


def legs_only(turn: Turn) -> ScreeningState:
    """Return a screening state in which only the question about the legs is open."""
    done = ScreeningState.from_dict(turn.slot("screen_done"))
    others = {k: v for k, v in done.answers.items() if not k.startswith(LEGS)}
    return replace(new_state("urgent"), answers=others)

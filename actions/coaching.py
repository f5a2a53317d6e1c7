"""Stretches step by step: every move of the cursor, and the words that go with it."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, Text

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, SpokenAction
from actions.requests import progression_of, request_of, wanted_exercise
from actions.turn import Turn
from rasa_project.care.coaching import Cursor, start
from rasa_project.care.exercise_names import exercise_named
from rasa_project.care.coaching_facts import getting_up
from rasa_project.care.programme_rules import load_programme_rules
from rasa_project.care.programmes import choose_programme
from rasa_project.care.speech import opening, render
from rasa_project.care.setup_answers import conditions_in
from rasa_project.pictures.shown import shown_at


WALKS = ("short_walks", "walking_twice_daily")
"""Who asks for a walk gets the one that suits the day."""

_SKIPS = re.compile(r"\b(skip|pass|next exercise)\b")


def cursor_of(turn: Turn) -> Cursor | None:
    """Return the place in the exercises, None when none were started."""
    return Cursor.from_dict(turn.slot("coach"))


def cursor_under_way(turn: Turn) -> Cursor | None:
    """Return the place in the exercises of a session that is running or paused, None without one."""
    cursor = cursor_of(turn)
    return cursor if cursor is not None and not cursor.over and turn.slot("coaching") else None


def cursor_events(cursor: Cursor | None, coaching: Text | None) -> Events:
    """Return the events that keep the place; None forgets it."""
    if cursor is None:
        names = ("coach", "programme_id", "exercise_id", "exercise_step", "coaching")
        return [SlotSet(name, None) for name in names]
    return [
        SlotSet("coach", cursor.to_dict()),
        SlotSet("programme_id", cursor.programme_id),
        SlotSet("exercise_id", cursor.exercise_id),
        SlotSet("exercise_step", cursor.step),
        SlotSet("coaching", coaching),
    ]


def speak_step(turn: Turn, cursor: Cursor, before: Text = "", **reply: Any) -> Events:
    """Speak the step under way, `before` in front of it, and keep the place."""
    message = render(cursor, turn.user_turns)
    segments = list(message.segments)
    if before and segments:
        segments = [{"say": before}, *segments]
    turn.say(
        f"{before} {message.text}".strip(),
        "stretch_step",
        id=cursor.exercise_id,
        step=cursor.step,
        steps=len(cursor.steps),
        hold_s=message.hold_s,
        segments=segments or None,
        programme=cursor.programme_id,
        **_picture_of(cursor),
        **reply,
    )
    return [
        *cursor_events(cursor, "running"),
        SlotSet("session_open", turn.now.isoformat()),
    ]


def _picture_of(cursor: Cursor) -> dict[Text, Any]:
    shown = shown_at(cursor)
    return {"image": shown.image, "image_frame": shown.frame, "image_alt": shown.alt}


def nothing_allowed(turn: Turn) -> Events:
    """Say that what was told leaves no exercise, and end the exercises under way."""
    turn.say(turn.phrase("nothing_allowed"), "clinician_info")
    return cursor_events(None, None)


def finish(turn: Turn, phrase: Text) -> Events:
    """Say that the exercises are over and lead to the question how it was.

    Nobody is left lying on the floor without a word how to get up.
    """
    cursor = cursor_of(turn)
    up = getting_up(cursor) if cursor is not None else ""
    text = f"{turn.phrase(phrase)} {up}".strip()
    turn.say(text, "plan", id="session_over", expects_reply=False)
    return [SlotSet("coaching", None), SlotSet("next_stage", "checkin")]


def nothing_running(turn: Turn) -> Events:
    """Offer the safety questions to somebody who steers exercises that do not run.

    Who complains or asks for exercise need not be asked whether they want them.
    """
    if turn.active_form:
        # The form that was asking goes on by itself; two questions are one too many.
        turn.hold_back()
        return []
    cursor = cursor_of(turn)
    unfinished = cursor is not None and not cursor.over
    goes_back = turn.intent == "resume" and bool(cursor) and turn.screen_is_fresh
    if turn.slot("offer") == "resume" and unfinished:
        goes_back = True
    if goes_back:
        turn.hold_back()
        return [
            SlotSet("coaching", None),
            SlotSet("resuming", unfinished),
            FollowupAction("action_check_screen"),
        ]
    if turn.intent in ("report_back_pain", "report_worse", "request_stretch"):
        turn.hold_back()
        return [SlotSet("coaching", None), FollowupAction("action_check_screen")]
    turn.say(turn.phrase("resume_nothing"), "help", id="nothing_running")
    turn.offer("screening")
    return []


class CoachingAction(SpokenAction):
    """Base of the actions that move in the exercises under way.

    Nothing moves without a clean and fresh screen: a place kept from before is not
    enough (never-list of the behaviour contract).
    """

    def perform(self, turn: Turn) -> Events:
        """Call `move` with the cursor, or say that nothing runs."""
        cursor = cursor_of(turn)
        if cursor is None or cursor.over or not turn.may_exercise:
            return nothing_running(turn)
        told = conditions_in(turn.text)
        if told - cursor.request.conditions:
            cursor = cursor.with_conditions(cursor.request.conditions | told)
            if cursor.over:
                turn.say(turn.phrase("nothing_allowed"), "clinician_info")
                return cursor_events(None, None)
        return self.move(turn, cursor)

    @abstractmethod
    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Return the events of this move."""


class StartProgramme(SpokenAction):
    """Chooses the programme and speaks its first step."""

    action_name = "action_start_programme"

    def perform(self, turn: Turn) -> Events:
        """Start, or say why there is nothing to start."""
        if not turn.may_exercise:
            return nothing_running(turn)
        pain = turn.slot("pain_0_10")
        if pain is not None:
            # Before the choice: the score of this day tells how the last session was borne.
            turn.memory.note_score(pain)
        built_up = progression_of(turn)
        programme = choose_programme(request_of(turn))
        if not programme.items:
            turn.say(turn.phrase("nothing_allowed"), "clinician_info")
            turn.say(turn.flags.safety_net, "safety_net")
            return []
        cursor = start(programme)
        wanted = wanted_exercise(turn)
        if wanted:
            cursor = cursor.starting_with(wanted)
        events: Events = []
        if built_up.clinician_due:
            turn.say(turn.phrase("worse_twice_today"), "clinician_info", id="worse_twice")
            events.append(SlotSet("triage_outcome", "see_clinician_soon"))
        said = opening(cursor, turn.user_turns)
        comfort = cursor.programme_id == load_programme_rules().comfort_programme
        if built_up.change and not comfort:
            said = f"{turn.phrase(f'{built_up.change}_today')} {said}"
        turn.say(
            said, "plan", id=programme.id, amount=programme.amount, expects_reply=False
        )
        turn.memory.begin_session(cursor, pain)
        return [*events, *forget_told(), *speak_step(turn, cursor)]


def forget_told() -> Events:
    """Return the events that use up what was told before it was asked for."""
    return [SlotSet("pain_told", None), SlotSet("position_told", None)]


class NextStep(CoachingAction):
    """Next: one step on; after the last one the question how it was."""

    action_name = "action_next_step"

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Advance."""
        cursor = cursor.advance()
        if cursor.over:
            turn.say(turn.phrase("finished"), "plan", id="session_over", expects_reply=False)
            return [*cursor_events(cursor, None), SlotSet("next_stage", "checkin")]
        return speak_step(turn, cursor)


class PreviousStep(CoachingAction):
    """Back one; the first step is said again."""

    action_name = "action_previous_step"

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Go back."""
        before = turn.phrase("already_first") if cursor.at_start else ""
        return speak_step(turn, cursor.back(), before)


class Repeat(SpokenAction):
    """Says the last message again, marked as repeated."""

    action_name = "action_repeat"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Repeat the advice, the step, or what was said last; a form repeats itself."""
        if turn.locked and not turn.active_form:
            return turn.speak_lock()
        if turn.active_form:
            turn.hold_back()
            return []
        cursor = cursor_under_way(turn)
        if cursor is not None:
            return speak_step(turn, cursor, repeated=True)
        for message, reply in turn.said_before:
            turn.say_again(message, reply)
        if not turn.said_before:
            turn.say(turn.phrase("help"), "help")
        return []


class Pause(CoachingAction):
    """Waits at this step."""

    action_name = "action_pause"

    def perform(self, turn: Turn) -> Events:
        """Pause; with nothing running just wait."""
        if cursor_of(turn) is None or not turn.slot("coaching"):
            turn.say(turn.phrase("paused"), "paused")
            return []
        return super().perform(turn)

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Keep the place."""
        turn.say(turn.phrase("paused"), "paused")
        return cursor_events(cursor.pause(), "paused")


class Resume(CoachingAction):
    """Goes on where it was."""

    action_name = "action_resume"

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Say the step again from which it goes on."""
        turn.say(turn.phrase("resumed"), "resumed")
        return speak_step(turn, cursor.resume())


class Slower(CoachingAction):
    """Longer pauses from now on."""

    action_name = "action_slower"
    kind = "slower"

    def change(self, cursor: Cursor) -> Cursor:
        """Return the cursor at the new pace."""
        return cursor.slower()

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Change the pace and say the step again at it."""
        changed = self.change(cursor)
        limit = {"slower": "slowest", "faster": "fastest"}[self.kind]
        turn.say(turn.phrase(self.kind if changed.pace != cursor.pace else limit), self.kind)
        return speak_step(turn, changed.resume())


class Faster(Slower):
    """Shorter pauses from now on."""

    action_name = "action_faster"
    kind = "faster"

    def change(self, cursor: Cursor) -> Cursor:
        """Return the cursor at the new pace."""
        return cursor.faster()


class OtherStretch(CoachingAction):
    """Skip, something else, or "I can't do that one"."""

    action_name = "action_other_stretch"

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Take the alternative that fits, else the next exercise."""
        named = exercise_named(turn.text)
        if named is not None:
            return self._named(turn, cursor, named)
        skips = bool(_SKIPS.search(turn.text.lower()))
        other = cursor.skip() if skips else cursor.alternative()
        if other.over:
            return cursor_events(other, None) + finish(turn, "enough")
        return speak_step(turn, other, turn.phrase("skipped" if skips else "instead"))

    @staticmethod
    def _named(turn: Turn, cursor: Cursor, named: Text) -> Events:
        """Go to the exercise asked for by name, or say that it does not suit and stay."""
        for wanted in (named, *(other for other in WALKS if named in WALKS)):
            other = cursor.starting_with(wanted)
            if other != cursor:
                before = "" if other.unit_id == cursor.unit_id else turn.phrase("acknowledge")
                return speak_step(turn, other, before)
        return speak_step(turn, cursor, turn.phrase("not_this_one"))


class Wait(CoachingAction):
    """A no in the middle of a stretch: wait, and say what is possible."""

    action_name = "action_wait"

    def move(self, turn: Turn, cursor: Cursor) -> Events:
        """Keep the place."""
        turn.say(turn.phrase("wait"), "paused")
        return cursor_events(cursor.pause(), "paused")


class FinishSession(SpokenAction):
    """Enough for now: on to the question how it was."""

    action_name = "action_finish_session"

    def perform(self, turn: Turn) -> Events:
        """End the exercises."""
        return finish(turn, "enough")

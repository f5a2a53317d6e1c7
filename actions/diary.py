"""The diary: pain scores, how it went, and deleting what is known."""

from __future__ import annotations

from rasa_sdk.events import AllSlotsReset, FollowupAction, SlotSet

from actions.base import Events, SpokenAction
from actions.coaching import cursor_events, cursor_under_way
from actions.forms import AskSlot, ReadForm, is_digression
from actions.requests import told_now
from actions.turn import Turn
from rasa_project.care.pain_answers import pain_in
from rasa_project.care.coach_questions import asks_what_is_kept, has_changed
from rasa_project.care.feelings import feeling_in
from rasa_project.care.progress_report import progress, what_is_kept
from rasa_project.care.rescreening import PAIN_RISE, pain_asks_for_screen
from rasa_project.care.screening import read_free_answer


HOW_IT_IS_NOW = "pain_now"
"""Offer that a greeting makes with "How is it now?"."""


def note_pain(turn: Turn, pain: int) -> Events:
    """Note a pain score told now and do what it asks for.

    In an exercise two points more stop it (triage policy, row 12); at any other time they
    make the safety questions due, as severe pain does (`rescreen_when`).
    """
    before = turn.memory.history.last_score
    cursor = cursor_under_way(turn)
    turn.memory.note_score(pain)
    events: Events = [SlotSet("pain_0_10", pain)]
    if cursor is not None and turn.may_exercise:
        if pain - cursor.request.pain_0_10 >= PAIN_RISE:
            turn.hold_back()
            return [*events, FollowupAction("action_note_worse")]
    elif before and not (turn.locked or turn.active_form) and pain_asks_for_screen(before.pain, pain):
        turn.say(turn.phrase("pain_logged_more", pain=pain), "logged", pain_0_10=pain)
        return [*events, told_now(turn, "pain_told", pain), *check_again(turn)]
    turn.say(turn.phrase("pain_logged", pain=pain), "logged", pain_0_10=pain)
    return events


def answer_how_it_is_now(turn: Turn) -> Events | None:
    """Return the events of an answer to "How is it now?", None for anything else.

    The same is the score there was; better is asked for its number; worse has changed.
    """
    if turn.slot("offer") != HOW_IT_IS_NOW or turn.active_form or turn.locked:
        return None
    if turn.intent in COMPLAINTS:
        return None
    pain, feeling = pain_in(turn.text), feeling_in(turn.text)
    last = turn.memory.history.last_score
    if pain is None and feeling == "same" and last:
        pain = last.pain
    if pain is None and feeling == "better":
        turn.say(f"{turn.phrase('better')} {turn.phrase('ask_pain')}", "setup_question", id="pain_0_10")
        turn.offer(HOW_IT_IS_NOW)
        return []
    if pain is None:
        return check_again(turn) if feeling == "worse" else None
    events = note_pain(turn, pain)
    goes_on = any(event.get("event") == "followup" for event in events)
    if not goes_on and not turn.may_exercise:
        turn.say(turn.phrase("offer_screen"), "help", id="offer_screen")
        turn.offer("screening")
        events.append(told_now(turn, "pain_told", pain))
    return events


def check_again(turn: Turn) -> Events:
    """Return the events that lead to the safety questions now, whenever they were asked last."""
    turn.hold_back()
    return [SlotSet("session_open", None), FollowupAction("action_check_screen")]


def answer_change(turn: Turn) -> Events | None:
    """Return the events of "it's changed", None for anything else (`rescreen_when`)."""
    if turn.active_form or turn.locked or turn.intent in ALREADY_CHECKED:
        return None
    if not has_changed(turn.text):
        return None
    cursor = cursor_under_way(turn)
    if cursor is not None:
        return [*cursor_events(cursor.pause(), "paused"), *check_again(turn)]
    return check_again(turn)


ALREADY_CHECKED = frozenset(
    {"report_red_flag", "report_worse", "show_progress", "stop", "goodbye", "delete_my_data"}
)
"""Intents that lead to safety questions by themselves, or to what was asked for."""

COMPLAINTS = frozenset({"report_red_flag", "report_back_pain", "report_worse", "request_stretch"})
"""Intents that lead to the safety questions by themselves, number or not."""


class LogPain(SpokenAction):
    """Notes a pain score."""

    action_name = "action_log_pain"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Note the number that was said; without one ask for it."""
        pain = pain_in(turn.text)
        if pain is None and turn.active_form:
            # A question waits already, and one at a time is enough.
            turn.say(turn.phrase("pain_after_question"), "plan", id="pain_after_question")
            return []
        if pain is None:
            turn.say(turn.phrase("ask_pain"), "setup_question", id="pain_0_10")
            turn.offer(HOW_IT_IS_NOW)
            return []
        return note_pain(turn, pain)


class ShowProgress(SpokenAction):
    """Says how it went, or what is written down."""

    action_name = "action_show_progress"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Say two sentences; the reply carries the scores for a chart."""
        asked = asks_what_is_kept(turn.text)
        report = (what_is_kept if asked else progress)(turn.memory.history, turn.now)
        turn.say(
            report.text,
            "progress",
            id="kept" if asked else None,
            series=list(report.series),
            sessions=report.sessions,
        )
        return []


FORGET = "forget_everything"
"""Slot by which `rasa_project.diary.tracker_store` knows that a conversation is to be forgotten."""


class AskDelete(AskSlot):
    """Asks once before everything is deleted."""

    action_name = "action_ask_delete_form_delete_confirmed"

    def perform(self, turn: Turn) -> Events:
        """Ask yes or no."""
        key = "confirm_delete_again" if turn.slot("form_attempts") else "confirm_delete"
        turn.say(turn.phrase(key), "confirm_delete", repeated=self.repeated(turn))
        return []


class ReadDelete(ReadForm):
    """Reads the yes or no about deleting; anything unclear keeps the data."""

    action_name = "validate_delete_form"
    form_name = "delete_form"

    def start(self, turn: Turn) -> Events:
        """Forget the answer of an earlier time."""
        return [SlotSet("delete_confirmed", None), SlotSet("form_attempts", 0)]

    def read(self, turn: Turn) -> Events:
        """Only a clear yes deletes."""
        answer = read_free_answer("Shall I delete everything?", "none", turn.text, turn.detection, turn.flags)
        if turn.intent == "affirm" or answer == "yes" or turn.intent == "delete_my_data":
            return [SlotSet("delete_confirmed", True)]
        if turn.intent in ("deny", "stop") or answer == "no":
            return [SlotSet("delete_confirmed", False)]
        if is_digression(turn):
            return self.digression()
        done, events = self.misunderstood(turn, most=2)
        return events + ([SlotSet("delete_confirmed", False)] if done else [])


class ConcludeDeletion(SpokenAction):
    """Deletes, or says that nothing was deleted."""

    action_name = "action_conclude_deletion"
    open_when_locked = True
    asks_about_hints = False

    def perform(self, turn: Turn) -> Events:
        """Forget every slot but a lock in force: safety outlives the memory of why."""
        if not turn.slot("delete_confirmed"):
            turn.say(turn.phrase("delete_cancelled"), "stop", id="not_deleted")
            return [SlotSet("delete_confirmed", None)]
        if not turn.memory.forget():
            # Nobody is told that something is gone while it is there.
            turn.say(turn.phrase("data_not_deleted"), "error", id="not_deleted")
            return [SlotSet("delete_confirmed", None)]
        turn.say(turn.phrase("data_deleted"), "data_deleted", expects_reply=False)
        kept = {"scope_said": True, "diary_read": True}
        if turn.locked:
            names = ("red_flags", "triage_outcome", "triage_at")
            kept |= {name: turn.slot(name) for name in names}
            kept["flag_record"] = turn.record.to_dict()
        # The tracker store takes the first of these as the sign to forget what was said.
        return [SlotSet(FORGET, True), AllSlotsReset(), *(SlotSet(k, v) for k, v in kept.items())]



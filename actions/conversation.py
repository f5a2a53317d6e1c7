"""Small talk, commands and misses: what keeps a conversation going or ends it."""

from __future__ import annotations

from rasa_sdk.events import AllSlotsReset, FollowupAction, SlotSet

from actions.base import Events, SpokenAction, close_form
from actions.coaching import cursor_of
from actions.diary import HOW_IT_IS_NOW
from actions.turn import SESSION_GOES_ON, Turn
from rasa_project.care.flags import load_red_flags
from rasa_project.care.history import PainScore
from rasa_project.care.progress_report import welcome_back

MISSES_UNTIL_SAFETY_NET = 3
"""Turns in a row that were not understood before the safety net is said."""

KEPT_AFTER_START_OVER = (
    "flag_record", "red_flags", "triage_outcome", "triage_at", "cleared_by_clinician",
    "country", "scope_said", "pain_log", "session_log", "cleared_at", "diary_read",
)  # fmt: skip
"""What starting over may not forget: the lock above all."""


class Greet(SpokenAction):
    """Says hello, and what can be said."""

    action_name = "action_greet"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Greet; in the middle of something say how to go on; who comes back hears where they were."""
        if turn.locked:
            return self._behind_the_lock(turn)
        last = turn.memory.history.last_score
        if turn.active_form:
            turn.say(turn.phrase("greeting_screening"), "greeting")
        elif turn.slot("coaching"):
            turn.say(turn.phrase("greeting_again"), "greeting")
        elif last is not None and turn.now - last.at >= SESSION_GOES_ON:
            self._welcome_back(turn, last)
        else:
            turn.say(turn.phrase("greeting"), "greeting")
        return []

    @staticmethod
    def _welcome_back(turn: Turn, last: PainScore) -> None:
        cursor = cursor_of(turn)
        resumes = cursor is not None and not cursor.over
        text = welcome_back(last, turn.now, resumes=resumes)
        turn.say(text, "greeting", id="returning", pain_0_10=last.pain)
        turn.offer("resume" if resumes else HOW_IT_IS_NOW)

    @staticmethod
    def _behind_the_lock(turn: Turn) -> Events:
        """Ask who comes back after an escalation whether a clinician has seen them."""
        if turn.active_form or not turn.returns_after_escalation:
            return turn.speak_lock()
        turn.say(turn.phrase("returned_after_escalation"), "greeting", id="after_escalation")
        return [FollowupAction("action_check_screen")]


class Help(SpokenAction):
    """Says what can be done here, fitting the moment."""

    action_name = "action_help"

    def perform(self, turn: Turn) -> Events:
        """Explain the words that work now; who-are-you questions get the scope."""
        from actions.answers import speak_answer

        selected = (turn.parse_data.get("answer") or {}).get("id")
        if selected == "ask_scope" and not turn.active_form and not turn.slot("coaching"):
            return speak_answer(turn, "ask_scope", topic="help", kind="help")
        if turn.active_form == "screening_form":
            key = "help_screening"
        else:
            key = "help_coaching" if turn.slot("coaching") else "help"
        turn.say(turn.phrase(key), "help")
        return []


def session_over() -> Events:
    """Return the events that end a session; the next one begins with the short check."""
    names = ("coaching", "session_open", "misses")
    return [SlotSet(name, None) for name in names]


class Goodbye(SpokenAction):
    """Says goodbye and ends what was under way."""

    action_name = "action_goodbye"
    open_when_locked = True
    asks_about_hints = False
    asks_about_crises = True

    def perform(self, turn: Turn) -> Events:
        """Say goodbye; the safety net goes with the end of an exercise session."""
        if turn.slot("coaching") and not turn.locked:
            turn.say(load_red_flags().safety_net, "safety_net", expects_reply=False)
        turn.say(turn.phrase("goodbye"), "goodbye", expects_reply=False)
        turn.memory.end_session("stopped")
        return [*close_form(), *session_over()]


class Thank(SpokenAction):
    """Takes thanks."""

    action_name = "action_thank"
    open_when_locked = True
    asks_about_hints = False
    asks_about_crises = True

    def perform(self, turn: Turn) -> Events:
        """Say you're welcome; the lock and what is under way stay."""
        turn.say(turn.phrase("thanks_coaching" if turn.slot("coaching") == "running" else "thanks"), "thanks")
        return []


class Stop(SpokenAction):
    """Stops whatever is under way, at once."""

    action_name = "action_stop"
    open_when_locked = True
    asks_about_hints = False
    asks_about_crises = True

    def perform(self, turn: Turn) -> Events:
        """Stop the form or the exercise and keep the place for later."""
        turn.say(turn.phrase("stop_coaching" if turn.slot("coaching") else "stop"), "stop", expects_reply=False)
        turn.memory.end_session("stopped")
        return [*close_form(), *session_over()]


class StartOver(SpokenAction):
    """Begins again; the flags in force stay in force."""

    action_name = "action_start_over"

    def perform(self, turn: Turn) -> Events:
        """Forget answers and exercises, keep flags, lock and country."""
        turn.say(turn.phrase("start_over"), "greeting", id="start_over")
        kept = [
            SlotSet(name, turn.slot(name))
            for name in KEPT_AFTER_START_OVER
            if turn.slot(name) is not None
        ]
        return [*close_form(), AllSlotsReset(), *kept, SlotSet("next_stage", "screening")]


class Fallback(SpokenAction):
    """Not understood: ask again, then help, then the safety net."""

    action_name = "action_fallback"

    def perform(self, turn: Turn) -> Events:
        """Climb one rung of the ladder; the third one ends in the safety net."""
        misses = self._misses_in_a_row(turn) + 1
        if misses >= MISSES_UNTIL_SAFETY_NET:
            turn.say(turn.phrase("fallback_3"), "fallback", attempt=misses)
            turn.say(load_red_flags().safety_net, "safety_net")
            return [*close_form(), SlotSet("coaching", None), SlotSet("misses", 0)]
        key = f"fallback_{misses}"
        if misses == 2:
            key += "_coaching" if turn.slot("coaching") else "_form" if turn.active_form else ""
        turn.say(turn.phrase(key), "fallback", attempt=misses)
        return [SlotSet("misses", misses)]

    @staticmethod
    def _misses_in_a_row(turn: Turn) -> int:
        """Count only misses that directly precede this turn."""
        misses = int(turn.slot("misses") or 0)
        intents = [
            ((event.get("parse_data") or {}).get("intent") or {}).get("name")
            for event in turn.tracker.events
            if event.get("event") == "user"
        ]
        return misses if len(intents) > 1 and intents[-2] == "nlu_fallback" else 0


class OutOfScope(SpokenAction):
    """Something this skill is not for, with a way back."""

    action_name = "action_out_of_scope"

    def perform(self, turn: Turn) -> Events:
        """Say what this is for; nothing under way is lost."""
        key = "out_of_scope_coaching" if turn.slot("coaching") else "out_of_scope"
        turn.say(turn.phrase(key), "fallback", id="out_of_scope")
        return []


class Acknowledge(SpokenAction):
    """A yes that answers nothing."""

    action_name = "action_acknowledge"

    def perform(self, turn: Turn) -> Events:
        """Ask what to do."""
        turn.say(turn.phrase("acknowledge"), "help", id="acknowledge")
        return []


class DeclineOffer(SpokenAction):
    """A no, or a not sure, that answers an offer or nothing."""

    action_name = "action_decline_offer"
    open_when_locked = True
    asks_about_hints = False
    asks_about_crises = True

    def perform(self, turn: Turn) -> Events:
        """Let it be; after an escalation nothing else is offered.

        Denials of flags that nobody asked about come with a complaint: they lead to
        the safety questions, which use them.
        """
        asked = turn.slot("offer") or turn.locked or turn.screen_is_fresh
        if turn.detection.denied and not asked:
            turn.hold_back()
            return [SlotSet("next_stage", "screening")]
        if turn.locked:
            turn.say(turn.phrase("declined_locked"), "goodbye", id="declined", expects_reply=False)
        else:
            turn.say(turn.phrase("decline_offer"), "help", id="declined")
        return []


class RefuseAnswer(SpokenAction):
    """Somebody will not say something that nobody is asking at the moment."""

    action_name = "action_refuse_answer"

    def perform(self, turn: Turn) -> Events:
        """Respect it."""
        turn.say(turn.phrase("decline_offer"), "help", id="refused")
        return []

"""The one base class of all custom actions: an action may fail, it may not be silent."""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Dict, List, Text

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Turn
from rasa_project.care.coaching import Cursor
from rasa_project.care.escalations import CRISIS_FLAGS
from rasa_project.care.known_facts import EMERGENCY

logger = logging.getLogger(__name__)

Events = List[EventType]


def close_form() -> Events:
    """Return the events that end whatever form is active."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def _place(error: BaseException) -> Text:
    """Return file and line where `error` was raised, without any message."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"


class SpokenAction(Action, ABC):
    """A custom action that always says something.

    Subclasses set `action_name` and implement `perform`. An exception in `perform`
    becomes a spoken apology with the safety net, and one log line without the user's
    words; Rasa itself would drop the action and leave silence (RasaHQ/rasa#7630).

    `open_when_locked` is True for what may be said while a red flag is in force (a
    goodbye, the advice itself). Everything else is answered with the advice of the
    flag: no exercise, no self-care answer (never-list of the behaviour contract).
    `asks_about_crises` is True for what is said so lightly that other hints are let go with it
    ("stop"): a hint at self-harm or an overdose is not.
    `is_safety_step` marks the steps of safety itself: nothing may come before them.
    """

    open_when_locked: ClassVar[bool] = False
    asks_about_hints: ClassVar[bool] = True
    asks_about_crises: ClassVar[bool] = False
    is_safety_step: ClassVar[bool] = False

    @property
    @abstractmethod
    def action_name(self) -> Text:
        """Name the domain calls this action by; a class attribute in subclasses.

        A class that leaves it out is a base and is not registered.
        """

    def name(self) -> Text:
        """Return the name the domain calls this action by."""
        return self.action_name

    @abstractmethod
    def perform(self, turn: Turn) -> Events:
        """Speak through `turn` and return the events of this action."""

    async def run(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Dict[Text, Any],
    ) -> Events:
        """Run `perform` behind the safety checks; never raises."""
        turn = Turn(dispatcher, tracker, self.action_name)
        try:
            events = self._safety_first(turn)
            if events is None:
                events = self.perform(turn)
            self._remember_exercises(turn, events)
        except Exception as error:
            # No traceback text: an exception's message may carry the user's words.
            logger.error(
                "action failed action=%s error=%s at=%s",
                self.action_name,
                type(error).__name__,
                _place(error),
            )
            turn = Turn(dispatcher, tracker, self.action_name)
            dispatcher.messages.clear()
            turn.apologise()
            return [SlotSet("next_stage", "none")]
        return turn.closing_events() + events

    def _safety_first(self, turn: Turn) -> Events | None:
        """Return the events of a safety answer that comes before `perform`, or None."""
        if turn.overlooked_lock:
            return [*turn.speak_lock(), *close_form()]
        urgent = turn.emergency_by_what_is_known()
        if urgent is not None:
            return self._escalate_known(turn, urgent)
        disputed = turn.disputed_flag() if not self.is_safety_step else None
        if disputed is not None:
            return self._ask_whether_heard_right(turn, disputed, replay=False)
        if not self.open_when_locked and turn.locked:
            if turn.escalations_of_this_turn:
                # The form behind which the emergency was told is over: nothing is said twice.
                turn.hold_back()
                return []
            return turn.speak_lock()
        refused = None if self.is_safety_step else self._refused(turn)
        if refused is not None:
            return refused
        hint = turn.unsettled_hint()
        if hint is not None and (self.asks_about_hints or self.asks_about_crises and hint in CRISIS_FLAGS):
            return self._ask_whether_heard_right(turn, hint, replay=True)
        # Once a turn: an action that leads to another has answered the message already.
        first = turn.slot("replay") or not turn.acted
        return self._in_passing(turn) if first and not self.is_safety_step else None

    @staticmethod
    def _escalate_known(turn: Turn, flag: Text) -> Events:
        # The escalation module derives from this one.
        from actions.escalation import escalate_flag

        return escalate_flag(turn, flag, EMERGENCY)

    @staticmethod
    def _refused(turn: Turn) -> Events | None:
        # This module derives from this one.
        from actions.answers import refuse_amount_again

        return refuse_amount_again(turn)

    @staticmethod
    def _in_passing(turn: Turn) -> Events | None:
        """Return the events of what is heard by the state it is said in, or None."""
        # These modules derive from this one.
        from actions.diary import answer_change, answer_how_it_is_now
        from actions.follow_up import answer_follow_up
        from actions.heat_and_cold import answer_heat_and_cold
        from actions.in_exercise import answer_in_exercise

        for answer in (
            answer_change,
            answer_follow_up,
            answer_heat_and_cold,
            answer_in_exercise,
            answer_how_it_is_now,
        ):
            events = answer(turn)
            if events is not None:
                return events
        return None

    @staticmethod
    def _remember_exercises(turn: Turn, events: Events) -> None:
        """Put the place in the exercises that `events` leave into the memory of the session."""
        for event in reversed(events):
            if event.get("event") == "slot" and event.get("name") == "coach":
                cursor = Cursor.from_dict(event.get("value"))
                if cursor is not None:
                    turn.memory.follow(cursor, turn.slot("pain_0_10"))
                return

    def _ask_whether_heard_right(self, turn: Turn, flag: Text, replay: bool) -> Events:
        # These modules derive from this one.
        from actions.easing import STOPPED_BEFORE, stop_before_asking
        from actions.in_exercise import NOTE_WORSE

        turn.hold_back()
        waiting = {"action": self.action_name, "message": dict(turn.parse_data)}
        stopped = stop_before_asking(turn) if replay else None
        if stopped is not None:
            message = {**turn.parse_data, STOPPED_BEFORE: True}
            waiting = {"action": NOTE_WORSE, "message": message}
            # Nothing waits where the session has been ended.
            replay = any(e.get("name") == "coaching" and e.get("value") for e in stopped)
        return [
            *(stopped or ()),
            SlotSet("pending_flag", flag),
            SlotSet("flag_confirmation", None),
            SlotSet("after_confirmation", waiting if replay else None),
            FollowupAction("confirmation_form"),
        ]

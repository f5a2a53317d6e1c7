"""Bases of the actions that make a Rasa form: one asks a slot, one reads the answer."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Text

from rasa_sdk.events import ActionExecutionRejected, SlotSet

from actions.base import Events, SpokenAction
from actions.turn import Turn

_BOOKKEEPING = frozenset({"action_extract_slots", "action_listen"})


class AskSlot(SpokenAction):
    """Asks for one slot of a form; asked again after a digression without counting."""

    open_when_locked = True
    asks_about_hints = False
    is_safety_step = True

    @staticmethod
    def repeated(turn: Turn) -> bool | None:
        """Return True when the user asked to hear the question again, else None."""
        return True if turn.intent == "repeat" else None


class ReadForm(SpokenAction):
    """Reads the user's answer for an active form (`validate_<form>`).

    Rasa calls it when the form starts, after each answer, and when a digression is
    over; `start`, `read` and nothing are done then. `read` returns `self.digression()`
    for a message that is no answer, so that the rules answer it and come back.
    """

    open_when_locked = True
    asks_about_hints = False
    is_safety_step = True
    form_name: ClassVar[Text]

    def perform(self, turn: Turn) -> Events:
        """Dispatch to `start` or `read`."""
        after_user = self._events_after_user(turn)
        if any(event.get("event") == "active_loop" for event in after_user):
            return self.start(turn)
        for event in after_user:
            if event.get("event") == "action" and event.get("name") not in (
                *_BOOKKEEPING,
                self.form_name,
            ):
                return self.returned(turn)
        return self.read(turn)

    def start(self, turn: Turn) -> Events:
        """Return the events of the form's first run; by default none."""
        return []

    def returned(self, turn: Turn) -> Events:
        """Return the events of coming back from a digression; by default none."""
        return []

    @abstractmethod
    def read(self, turn: Turn) -> Events:
        """Return the events of the user's answer."""

    def digression(self) -> Events:
        """Return the events that hand the message to the rules and keep the form."""
        return [ActionExecutionRejected(self.form_name)]

    @staticmethod
    def misunderstood(turn: Turn, most: int) -> tuple[bool, Events]:
        """Count a miss; return whether `most` is reached, and the events that count."""
        misses = int(turn.slot("form_attempts") or 0) + 1
        if misses >= most:
            return True, [SlotSet("form_attempts", 0)]
        return False, [SlotSet("form_attempts", misses)]

    @staticmethod
    def _events_after_user(turn: Turn) -> list[dict]:
        after: list[dict] = []
        for event in reversed(turn.tracker.events):
            if event.get("event") == "user":
                break
            after.append(event)
        return after


DIGRESSIONS = frozenset(
    {
        "help", "repeat", "stop", "start_over", "goodbye", "explain_question", "greet",
        "thank", "pause", "resume", "show_progress", "delete_my_data", "request_clinician",
        "out_of_scope", "slower", "faster", "request_massage", "request_plan",
    }
)  # fmt: skip
"""Intents that never answer a short form's question."""


def is_digression(turn: Turn) -> bool:
    """Return whether the message is a command or question rather than an answer."""
    return turn.intent in DIGRESSIONS or turn.intent.startswith("ask_")

"""Sends an action server what our actions look at, which is a third of what Rasa sends."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Text

import rasa
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.constants import ACTIVE_LOOP
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

UNREAD_EVENTS = frozenset({SlotSet.type_name, "user_featurization"})
"""Kinds of events that no action of ours looks at: slots come by themselves, with their last value."""

UNREAD_OF_A_MESSAGE = frozenset({"intent_ranking"})


def call_of(action: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> Dict[Text, Any]:
    """Return what is sent to an action server so that it runs `action`.

    What Rasa sends, but for what no action of ours looks at: the domain (34 kB a time) and
    two thirds of the events. The first event stays, whatever it is: it may hold what the turns
    before led to (`earlier`).
    """
    state = tracker.current_state()
    state["latest_message"] = _without_unread(state["latest_message"])
    if state[ACTIVE_LOOP].get("trigger_message"):
        state[ACTIVE_LOOP]["trigger_message"] = _without_unread(state[ACTIVE_LOOP]["trigger_message"])
    state["events"] = [
        _as_sent(event)
        for number, event in enumerate(tracker.events)
        if number == 0 or event.type_name not in UNREAD_EVENTS
    ]
    return {
        "next_action": action.name(),
        "sender_id": tracker.sender_id,
        "tracker": state,
        "version": rasa.__version__,
    }


def _as_sent(event: Event) -> Dict[Text, Any]:
    sent: Dict[Text, Any] = event.as_dict()
    if isinstance(event, UserUttered):
        sent["parse_data"] = _without_unread(sent["parse_data"])
    return sent


def _without_unread(message: Mapping[Text, Any]) -> Dict[Text, Any]:
    return {name: part for name, part in message.items() if name not in UNREAD_OF_A_MESSAGE}


def install() -> None:
    """Let all remote actions be called this way from now on."""
    RemoteAction._action_call_format = call_of

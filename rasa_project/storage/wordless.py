"""An event of a conversation without anything that somebody said, for the copy of all events.

Only fields that are named here are copied, and of those that can hold words only values which
the skill itself has chosen: names of intents, actions and flags, kinds of replies, numbers.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Text

from rasa_project.channels.replies import reply_metadata

ALWAYS = ("sender_id", "event", "timestamp")
ACTION = ("name", "policy", "confidence")
LOOP = ("name",)
REPLY = ("kind", "id", "step", "attempt", "tier", "flags", "topic", "covers", "follow_up", "repeated")
"""Fields of a reply's metadata; see the behaviour contract for what each one means."""

SLOTS_WITH_VALUE = frozenset(
    "triage_outcome triage_at red_flags cleared_by_clinician programme_id exercise_id "
    "exercise_step pain_0_10 country".split()
)
"""Slots whose values are ids, times and numbers; of any other slot only its name is copied."""

RED_FLAG = "red_flag"


def without_words(event: Mapping[Text, Any]) -> Dict[Text, Any]:
    """Return what is left of an event (as a dictionary) for eyes that should read no words."""
    left = _only(event, ALWAYS)
    more = _OF_KIND.get(str(event.get("event")))
    return {**left, **more(event)} if more else left


def _only(given: Mapping[Text, Any], names: tuple[str, ...]) -> Dict[Text, Any]:
    return {name: given[name] for name in names if name in given}


def _user(event: Mapping[Text, Any]) -> Dict[Text, Any]:
    parsed = event.get("parse_data") or {}
    flags = [e.get("value") for e in parsed.get("entities") or () if e.get("entity") == RED_FLAG]
    return {
        "input_channel": event.get("input_channel"),
        "parse_data": {
            "intent": _only(parsed.get("intent") or {}, ("name", "confidence")),
            "entities": [{"entity": RED_FLAG, "value": flag} for flag in flags],
        },
    }


def _bot(event: Mapping[Text, Any]) -> Dict[Text, Any]:
    return {"metadata": {"reply": _only(reply_metadata(event.get("metadata")), REPLY)}}


def _slot(event: Mapping[Text, Any]) -> Dict[Text, Any]:
    return _only(event, ("name", "value") if event.get("name") in SLOTS_WITH_VALUE else ("name",))


_OF_KIND: Mapping[Text, Callable[[Mapping[Text, Any]], Dict[Text, Any]]] = {
    "user": _user,
    "bot": _bot,
    "slot": _slot,
    "action": lambda event: _only(event, ACTION),
    "active_loop": lambda event: _only(event, LOOP),
}

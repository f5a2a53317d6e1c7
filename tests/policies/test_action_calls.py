"""An action gets all that our actions look at, and not what none of them does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa_sdk import Tracker

WHOLE = RemoteAction("action_help", None)


def body_of(skill: Any, run: Callable, key: str) -> dict[str, Any]:
    """Return what an action would be sent now, as it arrives."""
    tracker = run(skill.tracker(key))
    return json.loads(json.dumps(WHOLE._action_call_format(tracker, skill.domain)))


def test_slots_words_and_what_was_found_in_them_arrive(skill: Any, run: Callable) -> None:
    for text in ("my lower back cramped", "no", "i can't feel my left foot"):
        run(skill.say("called", text))
    tracker = run(skill.tracker("called"))
    body = body_of(skill, run, "called")
    assert (body["next_action"], body["sender_id"]) == ("action_help", "called")
    got = Tracker.from_dict(body["tracker"])
    assert got.slots == tracker.current_slot_values()
    said = [event for event in got.events if event["event"] == "user"]
    assert [event["text"] for event in said] == ["my lower back cramped", "no", "i can't feel my left foot"]
    assert said[-1]["parse_data"]["red_flag_findings"]
    assert got.latest_message["intent"]["name"] == said[-1]["parse_data"]["intent"]["name"]
    assert {"bot", "action"} <= {event["event"] for event in got.events}


def test_what_no_action_looks_at_stays_here(skill: Any, run: Callable) -> None:
    """Rasa sends 34 kB of domain with every form, and each value that a slot ever had."""
    for text in ("my lower back cramped", "no", "no"):
        run(skill.say("lean", text))
    body = body_of(skill, run, "lean")
    assert "domain" not in body
    assert {"slot", "user_featurization"}.isdisjoint(event["event"] for event in body["tracker"]["events"])
    assert "intent_ranking" not in json.dumps(body)
    assert "intent_ranking" in run(skill.tracker("lean")).latest_message.parse_data

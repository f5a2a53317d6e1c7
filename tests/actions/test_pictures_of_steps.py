"""A stretch step carries its picture to whatever has a screen."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.coaching import speak_step
from actions.turn import Turn
from rasa_project.care.coaching import start
from rasa_project.care.programmes import PhaseHints, Request, choose_programme


def test_a_stretch_step_names_its_picture_position_and_alt_text() -> None:
    """`image` is a path of the skill itself; nothing of it is in the words."""
    message = {"text": "next", "intent": {"name": "next_step"}}
    event = {"event": "user", "timestamp": 1.0, "text": "next", "parse_data": message}
    tracker = Tracker("somebody", {"scope_said": True}, message, [event], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    here = start(choose_programme(Request(2, "floor", PhaseHints(days=200)), only=("bridge",)))
    while here.unit_id != "bridge" or here.step != 2:
        here = here.advance()
    speak_step(Turn(dispatcher, tracker, "action_next_step"), here)
    said = dispatcher.messages[-1]
    reply = said["custom"]["reply"] if "reply" in (said.get("custom") or {}) else said["reply"]
    assert reply["kind"] == "stretch_step"
    assert reply["image"] == "/pictures/bridge.svg"
    assert reply["image_frame"] == 2
    assert "lifts the hips" in reply["image_alt"]
    assert "/pictures" not in said["text"]

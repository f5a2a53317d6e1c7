"""No action is silent, whatever happens inside it."""

from __future__ import annotations

import asyncio
import logging

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SpokenAction

SAID = "my private words about my back"


def _tracker(text: str = SAID) -> Tracker:
    message = {"text": text, "intent": {"name": "greet"}, "entities": []}
    event = {"event": "user", "timestamp": 1.0, "text": text, "parse_data": message}
    return Tracker("somebody", {}, message, [event], False, None, {}, "action_listen")


class Broken(SpokenAction):
    """An action with a fault, for these tests only."""

    action_name = "action_broken_for_a_test"

    def perform(self, turn):
        """Say half a thing, then fail."""
        turn.say("half a thing", "help")
        raise RuntimeError(f"failed on: {turn.text}")


def test_an_action_that_fails_still_speaks_and_gives_the_safety_net():
    """The apology replaces whatever was said before the fault."""
    dispatcher = CollectingDispatcher()
    asyncio.run(Broken().run(dispatcher, _tracker(), {}))
    assert [m["reply"]["kind"] for m in dispatcher.messages] == ["error"]
    assert "911" in dispatcher.messages[0]["text"]


def test_a_failing_action_logs_one_line_without_the_users_words(caplog):
    """Health words must not reach a log."""
    with caplog.at_level(logging.DEBUG):
        asyncio.run(Broken().run(CollectingDispatcher(), _tracker(), {}))
    lines = [r for r in caplog.records if "action failed" in r.getMessage()]
    assert len(lines) == 1
    assert SAID not in caplog.text

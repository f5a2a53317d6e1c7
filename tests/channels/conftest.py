"""What the tests of all front ends share: a calm person, and a skill to talk to over the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

SETUP = {"pain_0_10": "six", "position": "the floor is fine", "conditions": "none of them"}
MOST_QUESTIONS = 30


async def calm_until_exercise(say: Callable[[str], Awaitable[Any]], replies_of: Callable[[Any], list[dict]]) -> Any:
    """Complain, answer every question calmly, and return the reply with the first step.

    `say` sends words and returns a reply; `replies_of` takes the metadata of its messages out.
    """
    reply = await say("My back's cramped.")
    for _ in range(MOST_QUESTIONS):
        last = replies_of(reply)[-1]
        if last["kind"] == "stretch_step":
            return reply
        reply = await say(SETUP[last["id"]] if last["kind"] == "setup_question" else "No.")
    raise AssertionError(f"no end of questions; last: {last}")


@pytest.fixture
def calm() -> Callable:
    """`calm_until_exercise`."""
    return calm_until_exercise

"""A turn over REST that breaks is answered in words, as on every other channel, and its stream ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput

from rasa_project.watch.turns import TurnWatch

FLAG = "Call 911 now."


async def breaks(message: UserMessage) -> None:
    raise ValueError("a store is gone")


async def breaks_after_words(message: UserMessage) -> None:
    assert message.output_channel is not None
    await message.output_channel.send_response(message.sender_id, {"text": FLAG})
    raise ValueError("a store is gone")


async def is_given_up(message: UserMessage) -> None:
    raise asyncio.CancelledError


def said_over_rest(handle: Any, metadata: Any = None) -> list[dict[str, Any]]:
    out = CollectingOutputChannel()
    message = UserMessage("hello", out, "somebody", input_channel="rest", metadata=metadata)
    asyncio.run(TurnWatch().around(handle)(message))
    return list(out.messages)


@pytest.mark.parametrize("metadata, number", [(None, "911"), ({"country": "GB"}, "999"), ({"country": ["x"]}, "911")])
def test_somebody_whose_turn_breaks_hears_an_apology_with_whom_to_call(metadata: Any, number: str) -> None:
    [message] = said_over_rest(breaks, metadata)
    assert message["text"].startswith("Sorry") and number in message["text"]
    assert message["recipient_id"] == "somebody"


def test_nothing_is_added_to_what_was_said_before_it_broke() -> None:
    assert [message["text"] for message in said_over_rest(breaks_after_words)] == [FLAG]


@pytest.mark.parametrize("handle, lines", [(breaks, 1), (breaks_after_words, 1)])
def test_a_stream_ends_when_its_turn_breaks(handle: Any, lines: int) -> None:
    """Rasa's own waits for a word that never comes."""

    class Stream:
        written: list[str] = []

        async def write(self, line: str) -> None:
            self.written.append(line)

    async def stream() -> list[str]:
        to = Stream()
        to.written = []
        watched = TurnWatch().around(handle)
        await asyncio.wait_for(RestInput().stream_response(watched, "hello", "somebody", "rest", None)(to), 10)
        return to.written

    assert len(asyncio.run(stream())) == lines


def test_a_turn_that_is_given_up_stays_given_up() -> None:
    with pytest.raises(asyncio.CancelledError):
        said_over_rest(is_given_up)


def test_other_channels_hear_of_the_failure_themselves() -> None:
    message = UserMessage("hello", CollectingOutputChannel(), "somebody", input_channel="page")
    with pytest.raises(ValueError):
        asyncio.run(TurnWatch().around(breaks)(message))

"""People who talk to a bot over its REST channel, and how long they wait."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Iterable, Sequence

import aiohttp

TURN_TIMEOUT_S = 120.0
"""A turn that takes longer counts as lost; far beyond anything a person would wait for."""


@dataclass(frozen=True)
class Turn:
    """One turn and what came back."""

    sender: str
    text: str
    took_ms: float
    said: tuple[str, ...] | None
    """The bot's messages; None where no answer came at all."""

    @property
    def is_silent(self) -> bool:
        """Whether nothing was said."""
        return not any(self.said or ())


class Line:
    """A connection that stays open between turns, as a channel's does."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> "Line":
        # The addresses are this machine's: no proxy of the environment is asked.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=TURN_TIMEOUT_S),
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def say(self, sender: str, text: str) -> Turn:
        """Say one turn and wait for the whole answer."""
        began = time.perf_counter()
        said: tuple[str, ...] | None = None
        try:
            body = {"sender": sender, "message": text}
            async with self._session.post(self._url, json=body) as response:
                answer = await response.json()
                if response.status == 200:
                    said = tuple(str(m.get("text") or m.get("image") or "") for m in answer)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            said = None
        return Turn(sender, text, (time.perf_counter() - began) * 1000, said)

    async def heard(self, address: str, sender: str) -> list[str]:
        """Return the user's turns in the order in which the bot's tracker has them."""
        async with self._session.get(address.format(sender=sender)) as response:
            tracker = json.loads(await response.text())
        return [e["text"] for e in tracker["events"] if e["event"] == "user"]


async def talk(url: str, turns: Iterable[tuple[str, str]]) -> list[Turn]:
    """Say one turn after the other."""
    async with Line(url) as line:
        return [await line.say(sender, text) for sender, text in turns]


@dataclass(frozen=True)
class Crowd:
    """Many people who talked at once."""

    turns: tuple[Turn, ...]
    took_s: float
    out_of_order: int | None
    """Conversations whose tracker does not hold their turns as said; None where nobody can look."""

    @property
    def turns_per_s(self) -> float:
        """Answered turns a second."""
        return sum(turn.said is not None for turn in self.turns) / self.took_s

    @property
    def lost(self) -> int:
        """Turns without an answer from the server."""
        return sum(turn.said is None for turn in self.turns)

    @property
    def silent(self) -> int:
        """Turns to which nothing was said."""
        return sum(turn.is_silent for turn in self.turns)


async def crowd(
    lines: Sequence[tuple[str, str | None]],
    conversations: Sequence[Sequence[str]],
    speakers: int,
    label: str,
) -> Crowd:
    """Let `speakers` people talk at once, each on one of `lines`, their turns in order.

    Args:
        lines: address of the REST channel, and of the tracker (None where there is none),
            of each server; a speaker stays with one.
    """
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(Line(url)) for url, _ in lines]

        async def person(number: int) -> list[Turn]:
            line = opened[number % len(opened)]
            texts = conversations[number % len(conversations)]
            return [await line.say(f"{label}_{number}", text) for text in texts]

        began = time.perf_counter()
        talked = await asyncio.gather(*map(person, range(speakers)))
        took_s = time.perf_counter() - began
        looked = []
        for number, turns in enumerate(talked):
            tracker = lines[number % len(lines)][1]
            if tracker is not None:
                heard = await opened[number % len(opened)].heard(tracker, f"{label}_{number}")
                looked.append(heard == [turn.text for turn in turns])
    wrong = looked.count(False) if looked else None
    return Crowd(tuple(turn for turns in talked for turn in turns), took_s, wrong)

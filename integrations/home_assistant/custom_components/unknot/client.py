"""One question to the skill and its answer, over the Wyoming protocol.

Written out here because Home Assistant's releases pin different versions of the package
`wyoming`, and two events need little of it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from .const import ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S, LANGUAGE, PROGRAM

MOST_BYTES = 1024 * 1024


class CannotConnect(Exception):
    """Nobody answers there, or not in this protocol."""


class NotUnknot(Exception):
    """Something answers there, but not the skill."""


@dataclass(frozen=True)
class Answer:
    """What the skill says."""

    text: str
    context: dict[str, Any] = field(default_factory=dict)
    """What can be done with it: `expects_answer`, `say_again_after`, `timeline`."""

    @property
    def expects_answer(self) -> bool:
        """Whether the microphone should open again."""
        return self.context.get("expects_answer") is True

    @property
    def timeline(self) -> list[dict[str, Any]]:
        """Pauses in seconds and words that come after the text; empty when nothing is timed."""
        found = self.context.get("timeline")
        return found if isinstance(found, list) else []


async def describe(host: str, port: int) -> dict[str, Any]:
    """Return what the skill says about itself.

    Raises:
        CannotConnect: nobody answers there.
        NotUnknot: a Wyoming server of another kind answers.
    """
    event = await _ask(host, port, {"type": "describe"}, "info", CONNECT_TIMEOUT_S)
    for program in event.get("handle") or ():
        if program.get("name") == PROGRAM and program.get("installed"):
            return dict(program)
    raise NotUnknot


async def say(host: str, port: int, text: str, context: dict[str, Any]) -> Answer:
    """Say a sentence and return the answer.

    Raises:
        CannotConnect: there is none.
    """
    transcript = {
        "type": "transcript",
        "data": {"text": text, "language": LANGUAGE, "context": context},
    }
    event = await _ask(host, port, transcript, "handled", ANSWER_TIMEOUT_S)
    words = event.get("text")
    if not isinstance(words, str) or not words.strip():
        raise CannotConnect
    found = event.get("context")
    return Answer(words, found if isinstance(found, dict) else {})


async def _ask(
    host: str, port: int, event: dict[str, Any], wanted: str, timeout_s: float
) -> dict[str, Any]:
    try:
        return await asyncio.wait_for(_exchange(host, port, event, wanted), timeout_s)
    except (OSError, asyncio.TimeoutError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
        raise CannotConnect from error


async def _exchange(host: str, port: int, event: dict[str, Any], wanted: str) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection(host, port, limit=MOST_BYTES)
    try:
        writer.write(json.dumps(event).encode() + b"\n")
        await writer.drain()
        while True:
            kind, data = await _read(reader)
            if kind == wanted:
                return data
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]]:
    head = json.loads(await reader.readuntil(b"\n"))
    if not isinstance(head, dict):
        raise ValueError("no event")
    data = dict(head.get("data") or {})
    length = head.get("data_length") or 0
    if length:
        if length > MOST_BYTES:
            raise ValueError("too long")
        data.update(json.loads(await reader.readexactly(length)))
    payload = head.get("payload_length") or 0
    if payload:
        await reader.readexactly(min(payload, MOST_BYTES))
    return str(head.get("type")), data

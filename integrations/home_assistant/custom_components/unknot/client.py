"""One question to the skill and its answer, over the Wyoming protocol.

Written out here because Home Assistant's releases pin different versions of the package
`wyoming`, and two events need little of it.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from .const import ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S, LANGUAGE, PICTURE_TIMEOUT_S, PROGRAM

MOST_BYTES = 1024 * 1024
PICTURE = "unknot-picture"
PNG = b"\x89PNG\r\n\x1a\n"


class CannotConnect(Exception):
    """Nobody answers there, or not in this protocol."""


class NotUnknot(Exception):
    """Something answers there, but not the skill."""


@dataclass(frozen=True)
class Answer:
    """What the skill says."""

    text: str
    context: dict[str, Any] = field(default_factory=dict)
    """What can be done with it: `expects_answer`, `say_again_after`, `timeline`, `picture`."""

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
    event, _ = await _ask(host, port, {"type": "describe"}, "info", CONNECT_TIMEOUT_S)
    programs = event.get("handle")
    for program in programs if isinstance(programs, list) else ():
        if isinstance(program, dict) and program.get("name") == PROGRAM and program.get("installed"):
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
    event, _ = await _ask(host, port, transcript, "handled", ANSWER_TIMEOUT_S)
    words = event.get("text")
    if not isinstance(words, str) or not words.strip():
        raise CannotConnect
    found = event.get("context")
    return Answer(words, found if isinstance(found, dict) else {})


async def picture(host: str, port: int, shown: dict[str, Any]) -> bytes | None:
    """Return the PNG of a picture that an answer named, None when it cannot be had.

    It comes through the port that the words come through: nothing else has to be open, and no
    drawing has to be kept here. A skill too old to draw says nothing, until the time is up.
    """
    asked = {"type": PICTURE, "data": {"id": shown.get("id"), "frame": shown.get("frame")}}
    try:
        _, png = await _ask(host, port, asked, PICTURE, PICTURE_TIMEOUT_S)
    except CannotConnect:
        return None
    return png if png.startswith(PNG) else None


async def _ask(
    host: str, port: int, event: dict[str, Any], wanted: str, timeout_s: float
) -> tuple[dict[str, Any], bytes]:
    try:
        return await asyncio.wait_for(_exchange(host, port, event, wanted), timeout_s)
    except (
        OSError, asyncio.TimeoutError, ValueError, EOFError, RecursionError, asyncio.LimitOverrunError,
    ) as error:  # fmt: skip
        raise CannotConnect from error


async def _exchange(
    host: str, port: int, event: dict[str, Any], wanted: str
) -> tuple[dict[str, Any], bytes]:
    reader, writer = await asyncio.open_connection(host, port, limit=MOST_BYTES)
    try:
        writer.write(json.dumps(event).encode() + b"\n")
        await writer.drain()
        while True:
            kind, data, payload = await _read(reader)
            if kind == wanted:
                return data, payload
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any], bytes]:
    head = json.loads(await reader.readuntil(b"\n"))
    if not isinstance(head, dict):
        raise ValueError("no event")
    data = _object(head.get("data") or {})
    length = _length(head.get("data_length"))
    if length:
        data.update(_object(json.loads(await reader.readexactly(length))))
    payload = await reader.readexactly(_length(head.get("payload_length")))
    return str(head.get("type")), data, payload


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _length(value: Any) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or not 0 <= value <= MOST_BYTES:
        raise ValueError("an impossible length")
    return value

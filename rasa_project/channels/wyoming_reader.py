"""Reads Wyoming events from strangers: bounded in size and in time.

The reader of the package `wyoming` believes any length it is told and waits for ever; what
it takes for an event is the same here.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from wyoming.event import Event

from rasa_project.care.errors import UnknotError

MOST_BYTES = 64 * 1024
"""Most bytes of a line, of the data behind it, and of a payload: each far above any utterance."""

EVENT_TIMEOUT_S = 10.0
"""Seconds from the first byte of an event to its last."""

IDLE_TIMEOUT_S = 120.0
"""Seconds that a connection may stay without saying anything."""


class NotWyoming(UnknotError):
    """What came is no event of the protocol, too large for one, or too slow."""


async def read_event(
    reader: asyncio.StreamReader,
    idle_timeout_s: float = IDLE_TIMEOUT_S,
    event_timeout_s: float = EVENT_TIMEOUT_S,
) -> Event | None:
    """Return the next event, None when the other side is done.

    `reader` must have been made with a limit of `MOST_BYTES`.

    Raises:
        NotWyoming: the connection is of no more use and should be closed.
    """
    try:
        first = await asyncio.wait_for(reader.read(1), idle_timeout_s)
        if not first:
            return None
        return await asyncio.wait_for(_rest_of_event(first, reader), event_timeout_s)
    except asyncio.TimeoutError:
        raise NotWyoming("an event that does not end, or none at all") from None
    except asyncio.IncompleteReadError:
        raise NotWyoming("half an event") from None


async def _rest_of_event(first: bytes, reader: asyncio.StreamReader) -> Event:
    try:
        line = first if first == b"\n" else first + await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        raise NotWyoming("a line that is too long") from None
    head = _object(line)
    kind, data = head.get("type"), head.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise NotWyoming("no event")
    data_length = _length(head.get("data_length"))
    if data_length:
        data = {**data, **_object(await reader.readexactly(data_length))}
    payload_length = _length(head.get("payload_length"))
    payload = await reader.readexactly(payload_length) if payload_length else None
    return Event(type=kind, data=data, payload=payload)


def _object(source: bytes) -> dict[str, Any]:
    try:
        found = json.loads(source)
    except (ValueError, RecursionError):
        raise NotWyoming("no JSON") from None
    if not isinstance(found, dict):
        raise NotWyoming("no JSON object")
    return found


def _length(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_BYTES:
        raise NotWyoming("an impossible length")
    return value

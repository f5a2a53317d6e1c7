"""A client as Home Assistant is one: a connection, an event, an answer."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from wyoming.asr import Transcript
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.handle import Handled
from wyoming.info import Describe, Info

HOST = "127.0.0.1"
ANSWER_S = 15.0
"""Seconds in which every answer must be there; the skill's own deadline is shorter."""


async def say(port: int, text: str, **context: Any) -> Handled:
    """Say one sentence on a connection of its own; fails when anything but one `handled` comes."""
    async with AsyncTcpClient(HOST, port, read_timeout=ANSWER_S) as client:
        await client.write_event(Transcript(text=text, language="en", context=context or None).event())
        event = await client.read_event()
        assert event is not None and Handled.is_type(event.type), event
        handled = Handled.from_event(event)
        assert handled.text and handled.text.strip()
        return handled


async def describe(port: int) -> tuple[Info, float]:
    """Return what the skill says about itself, and how many seconds it took."""
    began = time.monotonic()
    async with AsyncTcpClient(HOST, port, read_timeout=ANSWER_S) as client:
        await client.write_event(Describe().event())
        event = await client.read_event()
    assert event is not None and Info.is_type(event.type)
    return Info.from_event(event), time.monotonic() - began


async def raw(port: int, *pieces: bytes, wait_s: float = 5.0, pause_s: float = 0.0) -> bytes:
    """Send bytes as they are and return what comes back until the server closes or time is up."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)
        return await asyncio.wait_for(reader.read(), wait_s)
    except (ConnectionError, asyncio.TimeoutError):
        return b""
    finally:
        writer.close()


def line(event: Event) -> bytes:
    """Return an event as one line, data and all, as older clients send it."""
    return json.dumps({"type": event.type, "data": event.data}).encode() + b"\n"

"""Rasa's web server with some channels and the loaded skill, in the process of the test."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator
from unittest.mock import patch

from rasa.core.channels.channel import InputChannel, register
from sanic import Sanic
from sanic.touchup import TouchUp

from own_ports import next_port

_touch_up = TouchUp.run


def _touch_up_once(app: Sanic) -> None:
    """Let Sanic rewrite its own code at start-up, which it can do once in a process."""
    try:
        _touch_up(app)
    except KeyError:
        pass


@asynccontextmanager
async def serving(skill: Any, *channels: InputChannel) -> AsyncIterator[str]:
    """Serve `channels` while the block runs; gives the address of the server."""
    app = Sanic(f"test-{uuid.uuid4().hex}")
    app.ctx.agent = skill.agent
    register(list(channels), app, "/webhooks/")
    port = next_port()
    server = await app.create_server("127.0.0.1", port, return_asyncio_server=True, access_log=False)
    with patch("sanic.app.TouchUp.run", _touch_up_once):
        await server.startup()
    await server.before_start()
    await server.start_serving()
    await server.after_start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await server.before_stop()
        server.close()
        await server.wait_closed()
        await server.after_stop()

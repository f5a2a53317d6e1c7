"""Actions are called over connections that stay, with no more than they need."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator

import pytest
from aiohttp import web

from rasa_project.launch.action_endpoint import ActionsInTime, actions_at
from own_ports import next_port
from rasa_project.launch.ports import LOOPBACK

BODY = {"next_action": "action_help", "tracker": {"sender_id": "a"}, "version": "3"}


class Server:
    """An action server that notes what is posted to it, and over which connections."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bodies: list[Any] = []
        self.connections: set[Any] = set()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/webhook"

    async def _answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        assert request.transport is not None
        self.connections.add(request.transport.get_extra_info("peername"))
        return web.json_response({"events": [], "responses": []})

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/webhook", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, self.port, reuse_address=True).start()
            yield
        finally:
            await runner.cleanup()


@pytest.fixture
def server() -> Server:
    return Server(next_port())


async def call(actions: ActionsInTime) -> Any:
    return await actions.request(json=BODY, method="post", timeout=5, compress=False)


def test_the_actions_of_a_turn_share_a_connection(server: Server) -> None:
    async def turn() -> None:
        actions = actions_at(server.url)
        async with server.up():
            for _ in range(4):
                assert await call(actions) == {"events": [], "responses": []}
            await actions.close()

    asyncio.run(turn())
    assert len(server.bodies) == 4 and len(server.connections) == 1


def test_a_server_that_was_started_anew_is_reached_at_once(server: Server) -> None:
    """Its old connections are gone; a turn must not find that out by failing."""

    async def turns() -> None:
        actions = actions_at(server.url)
        for _ in range(3):
            async with server.up():
                await call(actions)
        await actions.close()

    asyncio.run(turns())
    assert len(server.bodies) == 3


def test_connections_belong_to_the_loop_that_opened_them(server: Server) -> None:
    actions = actions_at(server.url)

    async def turn() -> None:
        async with server.up():
            await call(actions)
            await actions.close()

    asyncio.run(turn())
    asyncio.run(turn())
    assert len(server.bodies) == 2

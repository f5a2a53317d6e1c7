"""A Wyoming server of the domain `handle`, on a thread of its own.

Rasa reads sentences on its event loop and blocks it while it does. On a loop of its own
the server still answers `describe` at once, and its deadline holds even when Rasa hangs.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from concurrent.futures import Future
from typing import Any, Awaitable, Callable, Coroutine, Mapping, Optional

from wyoming.asr import Transcript
from wyoming.event import Event, async_write_event
from wyoming.handle import Handled
from wyoming.info import Describe, Info

from rasa_project.channels.wyoming_reader import MOST_BYTES, NotWyoming, read_event

logger = logging.getLogger(__name__)

MOST_CONNECTIONS = 200
"""Connections at once; a house has a dozen speakers, and each takes one a sentence."""

CLOSE_TIMEOUT_S = 2.0
"""Seconds that open connections get when the server is closed."""

GONE_AFTER_S = 0.05
"""Seconds in which a peer that has hung up lets a write to it fail."""

Answer = Callable[[str, Mapping[str, Any]], Awaitable[Handled]]
"""Turns text and context of a transcript into what is said; must not raise."""

Unheard = Callable[[Mapping[str, Any]], None]
"""Takes the context of a transcript whose answer reached nobody."""

Picture = Callable[[Mapping[str, Any]], Optional[bytes]]
"""Returns the PNG that a question describes, None when there is no such; called on a thread."""

PICTURE = "unknot-picture"
"""Type of the event that asks for a picture, and of its answer; not part of the protocol."""


class WyomingServer:
    """Listens, reads events, answers `describe`, `transcript` and `unknot-picture`, nothing else."""

    def __init__(
        self, info: Info, answer: Answer, unheard: Unheard, picture: Optional[Picture] = None
    ) -> None:
        """Serve `info`; `answer` and `unheard` are called on the server's own loop."""
        self.info, self.answer, self.unheard = info.event(), answer, unheard
        self.picture = picture
        self._connections: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._server: asyncio.AbstractServer | None = None

    def start(self, address: str, port: int) -> int:
        """Listen; returns the port, which is another one only for port 0.

        Raises:
            OSError: the address is not of this machine or the port is taken.
        """
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_turn_over, args=(loop,), name="wyoming", daemon=True)
        thread.start()
        self._loop, self._thread = loop, thread
        try:
            return int(self.run(self._listen(address, port)).result())
        except BaseException:
            self.stop()
            raise

    def run(self, task: Coroutine[Any, Any, Any]) -> "Future[Any]":
        """Run a coroutine on the server's loop."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(task, self._loop)

    def stop(self) -> None:
        """Close the port and every connection; returns within `CLOSE_TIMEOUT_S` and a bit."""
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None:
            return
        closing = asyncio.run_coroutine_threadsafe(self._close(), loop)
        try:
            closing.result(CLOSE_TIMEOUT_S)
        except Exception as error:  # the process ends in any case
            logger.warning("wyoming did not close in time error=%s", type(error).__name__)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CLOSE_TIMEOUT_S)

    async def _listen(self, address: str, port: int) -> int:
        self._server = await asyncio.start_server(
            self._connected, address, port, limit=MOST_BYTES, reuse_address=True
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        # Also those that were accepted a moment ago and have not begun.
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= MOST_CONNECTIONS:
            logger.warning("wyoming connection refused open=%d", len(self._connections))
            writer.close()
            return
        self._connections.add(task)
        connection = _Connection(self, reader, writer)
        try:
            await connection.serve()
        except (NotWyoming, OSError) as error:
            logger.info("wyoming connection closed reason=%s", type(error).__name__)
        except asyncio.CancelledError:
            pass  # the server ends
        except Exception as error:
            logger.error("wyoming connection failed error=%s", type(error).__name__)
        finally:
            self._connections.discard(task)
            connection.close()


class _Connection:
    """One client; it may describe while a turn of its own runs."""

    def __init__(
        self, server: WyomingServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._turns: asyncio.Queue[Event] = asyncio.Queue(maxsize=4)
        self._writing = asyncio.Lock()
        self._ended = False
        """Whether the client will send no more: it may still listen, or be gone."""
        self._speaker: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Answer events until the client is done."""
        self._speaker = asyncio.ensure_future(self._speak())
        while True:
            event = await read_event(self._reader)
            if event is None:
                break
            if Describe.is_type(event.type):
                await self._write(self._server.info)
            elif Transcript.is_type(event.type):
                await self._turns.put(event)
            elif event.type == PICTURE:
                await self._write(Event(PICTURE, payload=await self._drawn(event.data)))
        self._ended = True
        await self._turns.join()

    def close(self) -> None:
        """Let go of the connection; a turn that runs goes on, unheard."""
        if self._speaker is not None:
            self._speaker.cancel()
        self._writer.close()

    async def _speak(self) -> None:
        while True:
            event = await self._turns.get()
            try:
                await self._turn(event)
            except Exception as error:
                logger.error("wyoming turn failed error=%s", type(error).__name__)
                self._writer.close()
            finally:
                self._turns.task_done()

    async def _turn(self, event: Event) -> None:
        text, context = event.data.get("text"), event.data.get("context")
        context = context if isinstance(context, dict) else {}
        handled = await self._server.answer(text if isinstance(text, str) else "", context)
        try:
            await self._write(handled.event())
            heard = not self._ended or await self._is_there()
        except OSError:
            heard = False
        if not heard:
            self._server.unheard(context)

    async def _drawn(self, asked: Mapping[str, Any]) -> bytes | None:
        """Return a picture; none is better than an error, the words came through already."""
        if self._server.picture is None:
            return None
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(None, self._server.picture, asked)
        except Exception as error:
            logger.error("no picture error=%s", type(error).__name__)
            return None

    async def _write(self, event: Event) -> None:
        async with self._writing:
            if self._writer.is_closing():
                raise ConnectionResetError
            await async_write_event(event, self._writer)

    async def _is_there(self) -> bool:
        """Return whether a client that sends no more has taken what was just written."""
        await asyncio.sleep(GONE_AFTER_S)
        sock = self._writer.get_extra_info("socket")
        return not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def _turn_over(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()

"""Sessions that leave nothing behind: every conversation is deleted, however it ends.

By the user, by Alexa, by nobody (then after a while), by the end of the server, or, after a
crash, at its next start. What cannot be deleted now is tried again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Coroutine, Text

from sanic import Sanic

from rasa_project.channels.alexa.requests import KEY_PREFIX
from rasa_project.channels.conversations import Conversations
from rasa_project.diary.tracker_store import delete_conversation

logger = logging.getLogger(__name__)

KEPT_S = 1800.0
"""Seconds after its last request at which a session is deleted that Alexa never closed.
Alexa closes one that is silent for about 16 s; the longest reply takes a few minutes."""

SWEEP_EVERY_S = 60.0


class Sessions:
    """The sessions of the channel, until nothing of them is left."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        """Keep a session that nobody closes for `kept_s` seconds."""
        self.kept_s = kept_s
        self._seen: dict[Text, float] = {}
        self._asked: set[Text] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self, key: Text) -> bool:
        """Note that a session is being spoken in; return whether a safety question was asked last."""
        self._seen[key] = time.monotonic()
        asked = key in self._asked
        self._asked.discard(key)
        return asked

    def note_safety_question(self, key: Text) -> None:
        """Note that what is said next in a session answers a safety question."""
        self._asked.add(key)

    def forget(self, key: Text, talks: Conversations, app: Sanic) -> None:
        """Begin to delete a session; the caller need not wait."""
        self._start(self._forget(key, talks, app))

    def begin(self, app: Sanic) -> None:
        """Delete what a crash has left, and from now on what grows old."""
        self._start(self._sweep(app))

    async def end(self, app: Sanic) -> None:
        """Delete what is open: the server ends."""
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for key in list(self._seen):
            await _deleted(app, key)

    async def settled(self) -> None:
        """Wait until what has ended is deleted; the sweep goes on."""
        while len(self._tasks) > 1:
            await asyncio.sleep(0.01)

    async def _forget(self, key: Text, talks: Conversations, app: Sanic) -> None:
        # The mark stays until the sweep: a turn that missed its deadline may end after this,
        # and a database that is gone now may be back by then.
        self._seen[key] = time.monotonic()
        self._asked.discard(key)
        await talks.end(key)
        await _deleted(app, key)

    async def _sweep(self, app: Sanic) -> None:
        for key in await _left_over(app):
            self._seen.setdefault(key, float("-inf"))
        while True:
            old = time.monotonic() - self.kept_s
            for key in [key for key, seen in self._seen.items() if seen <= old]:
                if await _deleted(app, key):
                    self._seen.pop(key, None)
                    self._asked.discard(key)
            await asyncio.sleep(min(SWEEP_EVERY_S, self.kept_s))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("alexa could not tidy up error=%s", type(task.exception()).__name__)


async def _left_over(app: Sanic) -> list[Text]:
    """Return the conversations of this channel that the store has; none if it cannot say."""
    store = _store(app)
    try:
        return [k for k in await store.keys() if str(k).startswith(KEY_PREFIX)] if store else []
    except Exception as error:  # no text of it: a database puts the values of a statement there
        logger.error("alexa could not look for old sessions error=%s", type(error).__name__)
        return []


async def _deleted(app: Sanic, key: Text) -> bool:
    """Delete a conversation; return whether it is gone."""
    store = _store(app)
    try:
        if store is not None:
            await delete_conversation(store, key)
        return True
    except Exception as error:  # whatever it is, it is tried again
        logger.error("alexa conversation not deleted error=%s", type(error).__name__)
        return False


def _store(app: Sanic) -> Any:
    return getattr(getattr(app.ctx, "agent", None), "tracker_store", None)

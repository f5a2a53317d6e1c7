"""One turn at a time in a conversation, over all processes that share a Redis.

Rasa's own Redis lock reads, changes and writes back its tickets, so that two processes can
hold the first ticket at once, and it loses the turn when Redis is gone. Here the lock is the
one of the Redis client (set if absent, with a token), renewed while its holder lives; a
process that dies loses it within seconds. Without Redis each process still keeps its own
order, and nobody waits for long: an emergency may not stand behind a turn that hangs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import AsyncGenerator, Optional, Text
from weakref import WeakValueDictionary

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockStore
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

logger = logging.getLogger(__name__)

WAIT_S = 3.0
"""Seconds that a turn waits for the one before it; then it goes on beside it."""

LIFE_S = 3.0
"""Seconds after which the lock of a process that died is free."""

RENEW_S = 1.0
POLL_S = 0.02
SOCKET_S = 0.5
"""Seconds that Redis gets for one command."""

REST_S = 3.0
"""Seconds for which a Redis that failed is not asked."""

PROBE_S = 1.5
"""Seconds that Redis gets to answer somebody who only watches."""

PREFIX = "unknot:turn:"
PROBE_KEY = "unknot:probe"


class SharedLocks(LockStore):
    """Locks in Redis, and in this process alone while Redis is gone."""

    def __init__(self, url: Text) -> None:
        """Take the Redis at `url`; it is connected to with the first turn."""
        self._redis = Redis.from_url(
            url, socket_timeout=SOCKET_S, socket_connect_timeout=SOCKET_S
        )
        self._here: WeakValueDictionary[Text, asyncio.Lock] = WeakValueDictionary()
        self._rests_until = float("-inf")
        self._failing = False

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: Text,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncGenerator[TicketLock, None]:
        """Let one turn of a conversation go on at a time; never raises for Redis' sake."""
        ends_at = time.monotonic() + WAIT_S
        here = self._here.setdefault(conversation_id, asyncio.Lock())
        holds_here = await self._within(here, ends_at)
        there = await self._take(conversation_id, ends_at) if holds_here else None
        renewing = asyncio.ensure_future(self._renew(there)) if there is not None else None
        try:
            yield TicketLock(conversation_id)
        finally:
            if renewing is not None and there is not None:
                renewing.cancel()
                await self._give_back(there)
            if holds_here:
                here.release()

    async def answers(self) -> bool:
        """Return whether Redis answers and takes a lock, rested or not; never raises."""
        lock = Lock(self._redis, PROBE_KEY, timeout=LIFE_S, sleep=POLL_S)
        try:
            await asyncio.wait_for(self._try(lock), PROBE_S)
        except (RedisError, OSError, asyncio.TimeoutError):
            return False
        return True

    @staticmethod
    async def _try(lock: Lock) -> None:
        # Another process may hold it, for the same purpose: that is an answer, too.
        if await lock.acquire(blocking=False):
            try:
                await lock.release()
            except LockError:
                pass  # it took so long that it ran out

    async def close(self) -> None:
        """Close the connection."""
        await self._redis.close()

    @staticmethod
    async def _within(here: asyncio.Lock, ends_at: float) -> bool:
        try:
            await asyncio.wait_for(here.acquire(), max(ends_at - time.monotonic(), 0.0))
        except asyncio.TimeoutError:
            logger.warning("turn goes on beside an earlier one of its conversation")
            return False
        return True

    async def _take(self, conversation_id: Text, ends_at: float) -> Optional[Lock]:
        if time.monotonic() < self._rests_until:
            return None
        lock = Lock(self._redis, PREFIX + conversation_id, timeout=LIFE_S, sleep=POLL_S)
        left_s = max(ends_at - time.monotonic(), 0.0)
        try:
            taken = await lock.acquire(blocking_timeout=left_s)
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            self._rest(error)
            return None
        if self._failing:
            self._failing = False
            logger.warning("lock store back")
        if not taken:
            logger.warning("turn goes on beside an earlier one of its conversation")
            return None
        return lock

    async def _renew(self, lock: Lock) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await lock.reacquire()
            except (RedisError, OSError, asyncio.TimeoutError):
                return

    async def _give_back(self, lock: Lock) -> None:
        try:
            await lock.release()
        except LockError:
            pass  # it took too long and ran out, or Redis has forgotten it
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            self._rest(error)

    def _rest(self, error: BaseException) -> None:
        self._rests_until = time.monotonic() + REST_S
        if not self._failing:
            self._failing = True
            # Not its text: it may hold the address with its password.
            logger.error("lock store unavailable error=%s", type(error).__name__)

"""A copy of every event for somebody else's analysis, which no turn waits for."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Awaitable, Callable, Deque, Dict, Optional, Text

from rasa.core.brokers.broker import EventBroker

from rasa_project.storage.wordless import without_words

logger = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Events that wait for a broker that is gone; then the oldest are dropped."""

RETRY_S = 5.0
CLOSE_S = 2.0
"""Seconds that what still waits gets when the skill ends."""

QUEUE = "unknot_events"
"""Queue of RabbitMQ that the events go to."""

DELETED = "conversation_deleted"
"""What the queue gets as `event` when somebody has had their data deleted: delete there as well."""

Send = Callable[[Dict[Text, Any]], Awaitable[None]]
Forget = Callable[[Text], Awaitable[None]]


class BackgroundBroker(EventBroker):
    """Hands events on in their order beside the turns; a broker that is gone is tried again."""

    def __init__(self, url: Text, words: bool = False) -> None:
        """Take the broker at `url`: SQL or AMQP, connected to with the first event.

        Without `words` nothing of what was said is in the copy; see `wordless`.
        """
        self._url = url
        self._words = words
        self._to_forget: Dict[Text, None] = {}
        self._waiting: Deque[Dict[Text, Any]] = deque(maxlen=MOST_WAITING)
        self._sending: Optional[asyncio.Task[None]] = None
        self._send: Optional[Send] = None
        self._forget: Forget = _forget_nothing
        self._close: Callable[[], Awaitable[None]] = _nothing
        self._failing = False

    def publish(self, event: Dict[Text, Any]) -> None:
        """Take an event; never raises and never waits."""
        self._waiting.append(event if self._words else without_words(event))
        self._go_on()

    def forget(self, sender_id: Text) -> None:
        """Delete the copy of a conversation as soon as the broker can; never raises.

        From SQL the rows go; to a queue goes word that whoever has read it should delete too.
        What is published afterwards stays.
        """
        kept = [event for event in self._waiting if event.get("sender_id") != sender_id]
        self._waiting.clear()
        self._waiting.extend(kept)
        self._to_forget[sender_id] = None
        self._go_on()

    def _go_on(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = asyncio.ensure_future(self._send_all())

    async def close(self) -> None:
        """Hand on what still waits, for a moment, and close."""
        if self._sending is not None:
            await asyncio.wait({self._sending}, timeout=CLOSE_S)
            self._sending.cancel()
        await self._close()

    async def _send_all(self) -> None:
        while self._waiting or self._to_forget:
            # First: what waits was said after the deletion.
            gone = next(iter(self._to_forget), None)
            event = self._waiting[0] if gone is None else None
            try:
                if self._send is None:
                    self._send = await self._connected()
                if gone is not None:
                    await self._forget(gone)
                elif event is not None:
                    await self._send(event)
            except Exception as error:  # whatever it is, the talk goes on
                self._send = None
                if not self._failing:
                    self._failing = True
                    logger.error("event broker unavailable error=%s", type(error).__name__)
                await asyncio.sleep(RETRY_S)
                continue
            if self._failing:
                self._failing = False
                logger.warning("event broker back waiting=%d", len(self._waiting))
            if gone is not None:
                self._to_forget.pop(gone)
                continue
            # Unless it was dropped meanwhile.
            if self._waiting and self._waiting[0] is event:
                self._waiting.popleft()

    async def _connected(self) -> Send:
        return await (self._rabbit() if self._url.startswith("amqp") else self._sql())

    async def _sql(self) -> Send:
        from rasa.core.brokers.sql import SQLEventBroker

        from rasa_project.diary.database import engine_for

        loop, thread = asyncio.get_running_loop(), ThreadPoolExecutor(1, "events")
        table = SQLEventBroker.SQLBrokerEvent.__table__.to_metadata(_metadata(), name="all_events")
        engine = engine_for(self._url)
        await loop.run_in_executor(thread, table.metadata.create_all, engine)

        def write(event: Dict[Text, Any]) -> None:
            with engine.begin() as db:
                db.execute(table.insert(), {"sender_id": event.get("sender_id"), "data": json.dumps(event)})

        async def send(event: Dict[Text, Any]) -> None:
            await loop.run_in_executor(thread, write, event)

        def delete(sender_id: Text) -> None:
            with engine.begin() as db:
                db.execute(table.delete().where(table.c.sender_id == sender_id))

        async def forget(sender_id: Text) -> None:
            await loop.run_in_executor(thread, delete, sender_id)

        async def close() -> None:
            thread.shutdown(wait=False)
            engine.dispose()

        self._close, self._forget = close, forget
        return send

    async def _rabbit(self) -> Send:
        import aio_pika

        connection = await aio_pika.connect(self._url, timeout=RETRY_S)
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue(QUEUE, durable=True)

        async def send(event: Dict[Text, Any]) -> None:
            message = aio_pika.Message(
                json.dumps(event).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT
            )
            await channel.default_exchange.publish(message, QUEUE, timeout=RETRY_S)

        async def forget(sender_id: Text) -> None:
            await send({"sender_id": sender_id, "event": DELETED, "timestamp": time.time()})

        self._close, self._forget = connection.close, forget
        return send


def _metadata() -> Any:
    import sqlalchemy as sa

    return sa.MetaData()


async def _nothing() -> None:
    """Close nothing."""


async def _forget_nothing(_: Text) -> None:
    """Forget nothing: there is no connection yet."""

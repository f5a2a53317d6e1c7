"""Conversations in a database that may be gone, slow, full or back again at any moment.

A turn never waits long for the database and never fails with it. What could not be written
is owed and written later, once. What could not be read is not guessed: such a turn answers
an emergency and else says sorry (`SafetyFirstPolicy`), because whoever does not know what
was said before may not know of a lock either.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Set, Text, TypeVar

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_project.earlier import UNREAD, is_unread
from rasa_project.launch.logs import describe
from rasa_project.storage.events_table import EventsTable, NewEvent, StoredEvent
from rasa_project.storage.sealing import EventsUnreadable, Seal

logger = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""Seconds that a read or a write gets; a turn has 6 in all."""

PROBE_S = 1.5
"""Seconds that it gets to answer somebody who only watches."""

REST_S = 3.0
"""Seconds for which a database that failed is not asked, so that not every turn waits for it."""

MOST_OWED = 20_000
"""Events that wait in memory for a database to come back, about 100 MB; then the oldest
conversation's go."""

THREADS = 4

READ, WRITE = "read", "write"

_KNOWN = "known_events"
"""Attribute of a tracker: how many of its events are stored or owed."""

T = TypeVar("T")


class DatabaseRests(Exception):
    """The database has just failed and is left alone for a moment."""


class LastingStore(TrackerStore):
    """Keeps conversations in SQL, and in memory what the database does not take at the moment."""

    def __init__(
        self,
        domain: Optional[Domain],
        url: Text,
        event_broker: Optional[EventBroker] = None,
        keys: Sequence[Text] = (),
    ) -> None:
        """Take the database at `url`; whether it answers shows with the first turn.

        `keys` seal what is written (`sealing`): the first one writes, all of them read.
        """
        super().__init__(domain, event_broker)
        self._table = EventsTable(url, Seal(keys))
        self._threads = ThreadPoolExecutor(THREADS, "conversations")
        self._owed: Dict[Text, List[NewEvent]] = {}
        self._to_delete: Set[Text] = set()
        self._rest_until: Dict[Text, float] = {}
        self._failing: Set[Text] = set()
        self._paying: Optional[asyncio.Task[None]] = None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events that this turn has added; never raises for the database's sake."""
        known = getattr(tracker, _KNOWN, 0)
        unread = is_unread(tracker)
        new = [NewEvent.of(event, unread) for event in list(tracker.events)[known:]]
        if not new:
            return
        setattr(tracker, _KNOWN, known + len(new))
        if self.event_broker is not None:
            await self._stream_new_events(
                self.event_broker, [one.event for one in new], tracker.sender_id
            )
        self._owed.setdefault(tracker.sender_id, []).extend(new)
        await self._pay(tracker.sender_id)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return the latest session, None for an unknown conversation.

        Where the database cannot be asked: an empty conversation that is marked `UNREAD`.
        """
        await self._pay(sender_id)
        return await self._read(sender_id, self._table.session)

    async def retrieve_full_tracker(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return all sessions, None for an unknown conversation; see `retrieve`."""
        await self._pay(sender_id)
        return await self._read(sender_id, self._table.everything)

    async def keys(self) -> Iterable[Text]:
        """Return the ids of all conversations, those that are only owed as well."""
        try:
            return {*await self._ask(READ, self._table.senders), *self._owed}
        except Exception:
            return set(self._owed)

    async def delete(self, sender_id: Text) -> None:
        """Delete a conversation and what is owed of it; later, where the database is gone."""
        self._owed.pop(sender_id, None)
        self._to_delete.add(sender_id)
        await self._pay(sender_id)

    async def append(self, tracker: DialogueStateTracker) -> None:
        """Write all events of `tracker`, whatever is there already."""
        new = [NewEvent.of(event) for event in tracker.events]
        self._owed.setdefault(tracker.sender_id, []).extend(new)
        await self._pay(tracker.sender_id)

    async def answers(self) -> bool:
        """Return whether conversations can be read now and nothing waits to be written.

        A database that is left alone after a failure is asked all the same. Never raises.
        """
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._table.probe)
        try:
            await asyncio.wait_for(asked, PROBE_S)
        except Exception:  # its turns say what it is; here it is one word
            return False
        return WRITE not in self._failing

    async def close(self) -> None:
        """Write what is owed if that is possible now, and close the database."""
        if self._paying is not None:
            self._paying.cancel()
        self._rest_until.clear()
        for sender_id in [*self._to_delete, *self._owed]:
            await self._pay(sender_id)
        self._table.let_go()

    async def _read(
        self, sender_id: Text, read: Callable[[Text], Sequence[StoredEvent]]
    ) -> Optional[DialogueStateTracker]:
        try:
            if sender_id in self._to_delete:
                raise DatabaseRests
            stored = await self._ask(READ, read, sender_id)
        except Exception:
            tracker = self.init_tracker(sender_id)
            setattr(tracker, UNREAD, True)
            return tracker
        # A database that can be read and not written: what is owed belongs to the talk.
        there = {key for key, _ in stored}
        owed = [new for new in self._owed.get(sender_id, ()) if new.key not in there]
        events = [event for _, event in stored] + [new.event.as_dict() for new in owed]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        setattr(tracker, _KNOWN, len(tracker.events))
        return tracker

    async def _pay(self, sender_id: Text) -> None:
        """Write what is owed of a conversation; what cannot be written stays owed."""
        try:
            if sender_id in self._to_delete:
                await self._ask(WRITE, self._table.delete, sender_id)
                self._to_delete.discard(sender_id)
            owed = list(self._owed.get(sender_id, ()))
            if owed:
                await self._ask(WRITE, self._table.append, sender_id, owed)
        except Exception:
            self._keep_in_bounds()
            self._pay_later()
            return
        # Others may have been added, or paid, while this was written.
        paid = {new.key for new in owed}
        left = [new for new in self._owed.pop(sender_id, ()) if new.key not in paid]
        if left:
            self._owed[sender_id] = left

    def _pay_later(self) -> None:
        if self._paying is None or self._paying.done():
            self._paying = asyncio.ensure_future(self._pay_until_done())

    async def _pay_until_done(self) -> None:
        while self._owed or self._to_delete:
            await asyncio.sleep(REST_S)
            for sender_id in [*self._to_delete, *self._owed]:
                await self._pay(sender_id)

    def _keep_in_bounds(self) -> None:
        while sum(map(len, self._owed.values())) > MOST_OWED:
            oldest = next(iter(self._owed))
            logger.error("conversation given up owed_events=%d", len(self._owed.pop(oldest)))

    async def _ask(self, what: Text, task: Callable[..., T], *arguments: Any) -> T:
        """Do `task`, a `READ` or a `WRITE`, beside the turns and in time.

        Raises:
            DatabaseRests: it failed a moment ago.
            Exception: it failed now, or took too long.
        """
        if time.monotonic() < self._rest_until.get(what, float("-inf")):
            raise DatabaseRests
        doing = asyncio.get_running_loop().run_in_executor(self._threads, task, *arguments)
        try:
            done = await asyncio.wait_for(doing, PATIENCE_S)
        except Exception as error:
            # A full disk or a file that is shut can still be read; what hangs, hangs for all.
            hangs = isinstance(error, asyncio.TimeoutError)
            # One conversation that cannot be read is no reason to leave the others alone.
            rests = () if isinstance(error, EventsUnreadable) else (what,)
            for kind in (READ, WRITE) if hangs else rests:
                self._rest_until[kind] = time.monotonic() + REST_S
            # Not for every turn: a database that is gone for an hour needs no thousand lines.
            begins = not self._failing
            self._failing.add(what)
            if begins:
                logger.error(
                    "conversations' database unavailable doing=%s error=%s", what, describe(error)
                )
            raise
        was_failing = bool(self._failing)
        # What can be written can be read, and not the other way round.
        self._failing -= {READ} if what == READ else {READ, WRITE}
        if was_failing and not self._failing:
            logger.warning("conversations' database back owed=%d", len(self._owed))
        return done

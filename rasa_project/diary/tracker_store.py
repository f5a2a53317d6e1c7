"""A tracker store that can forget a conversation when its user asks for it.

Rasa has no event that removes events: `AllSlotsReset` and `Restarted` leave every word in
the store. The action that deletes marks the tracker with the slot `FORGET`; saving such a
tracker removes everything of that conversation, the words of the request included.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterable, List, Optional, Text

import rasa.core.tracker_store as stores
from rasa.core.brokers.broker import EventBroker
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rasa_project.care.errors import SettingError
from rasa_project.diary.recent_turns import RecentTurnsStore

FORGET = "forget_everything"
"""Slot whose setting means: forget what came before."""

IN_MEMORY, SQL, LASTING = "memory", "sql", "lasting"
LOCK_SLOT = "flag_record"


class ForgettingTrackerStore(stores.TrackerStore):
    """Keeps conversations in memory or in an SQL database, and deletes them when told to.

    In `endpoints.yml`:

        tracker_store:
          type: rasa_project.diary.tracker_store.ForgettingTrackerStore
          store: memory           # or sql, with the options of Rasa's SQLTrackerStore

    `store: lasting` with an `url`, and `keys` to seal with, is what SKILL_TRACKER_URL gives (`storage.lasting_store`).

    What the skill answered to the deletion, and a lock that is in force, stay in the memory
    of this process until the next message: safety outlives the memory of why. A lasting
    store may serve several processes, so there a lock in force is written to it at once.
    """

    def __init__(
        self,
        domain: Optional[Domain],
        host: Optional[Text] = None,
        event_broker: Optional[EventBroker] = None,
        store: Text = IN_MEMORY,
        **options: Any,
    ) -> None:
        """Make the store that keeps the events.

        Raises:
            SettingError: `store` is neither memory nor sql; nothing else can be deleted from.
        """
        if store.lower() not in (IN_MEMORY, SQL, LASTING):
            raise SettingError(
                f"endpoints.yml: tracker_store keeps conversations in '{store}', from which this "
                f"skill cannot delete. Write {IN_MEMORY} or {SQL}."
            )
        self._store: stores.TrackerStore
        if store.lower() == LASTING:
            # Imported here: a household's process needs no SQLAlchemy.
            from rasa_project.storage.lasting_store import LastingStore

            self._store = LastingStore(domain, options["url"], event_broker, options.get("keys", ()))
        elif store.lower() == IN_MEMORY:
            self._store = RecentTurnsStore(domain, event_broker)
        else:
            sql = EndpointConfig(url=host, type=SQL, **options)
            self._store = stores.TrackerStore.create(sql, domain, event_broker)
        self._left: Dict[Text, DialogueStateTracker] = {}
        super().__init__(domain, event_broker)

    @property
    def domain(self) -> Domain:
        """The domain of the model, for the store inside too."""
        return self._store.domain

    @domain.setter
    def domain(self, domain: Optional[Domain]) -> None:
        self._store.domain = domain or Domain.empty()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the tracker; one that is marked leaves nothing behind."""
        if not _is_marked(tracker):
            await self._store.save(tracker)
            self._left.pop(tracker.sender_id, None)
            return
        await self._delete(tracker.sender_id)
        left = DialogueStateTracker.from_events(
            tracker.sender_id, _left_over(tracker), self.domain.slots, domain=self.domain
        )
        if left.get_slot(LOCK_SLOT) and isinstance(self._store, _lasting()):
            await self._store.append(left)
        else:
            self._left[tracker.sender_id] = left

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return the conversation's latest session."""
        left = self._left.get(sender_id)
        return left.copy() if left is not None else await self._store.retrieve(sender_id)

    async def retrieve_full_tracker(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return all sessions of the conversation."""
        left = self._left.get(sender_id)
        if left is not None:
            return left.copy()
        return await self._store.retrieve_full_tracker(sender_id)

    async def keys(self) -> Iterable[Text]:
        """Return the ids of all conversations."""
        return {*await self._store.keys(), *self._left}

    async def delete(self, sender_id: Text) -> None:
        """Delete a conversation and what was left of it; unknown ones are no error."""
        await self._delete(sender_id)
        self._left.pop(sender_id, None)

    async def answers(self) -> bool:
        """Return whether the database answers; True where conversations are kept without one."""
        return await self._store.answers() if isinstance(self._store, _lasting()) else True

    async def close(self) -> None:
        """Write what is owed and close the database, where there is one."""
        if isinstance(self._store, _lasting()):
            await self._store.close()

    async def _delete(self, sender_id: Text) -> None:
        store = self._store
        if isinstance(store, RecentTurnsStore):
            store.delete(sender_id)
        elif isinstance(store, _lasting()):
            await store.delete(sender_id)
        elif isinstance(store, stores.SQLTrackerStore):
            _delete_rows(store, sender_id)
        forget_copy = getattr(self.event_broker, "forget", None)
        if forget_copy is not None:
            forget_copy(sender_id)


def _lasting() -> Any:
    """Return the class of lasting stores, or none where nothing has loaded it."""
    module = sys.modules.get("rasa_project.storage.lasting_store")
    return module.LastingStore if module else ()


async def delete_conversation(store: stores.TrackerStore, sender_id: Text) -> None:
    """Delete a conversation from the store of a Rasa agent, which wraps the one of `endpoints.yml`.

    Raises:
        NotImplementedError: the store is another one than this skill's.
    """
    spare = None
    if isinstance(store, stores.FailSafeTrackerStore):
        # What could not be stored lies in Rasa's own spare.
        store, spare = store._tracker_store, store._fallback_tracker_store
    if isinstance(spare, stores.InMemoryTrackerStore):
        spare.store.pop(sender_id, None)
    if not isinstance(store, ForgettingTrackerStore):
        raise NotImplementedError("endpoints.yml names a tracker store that cannot forget")
    await store.delete(sender_id)


def _delete_rows(store: stores.SQLTrackerStore, sender_id: Text) -> None:
    """Delete a conversation's rows; in SQLite so that the file holds them no more."""
    sqlite = store.engine.dialect.name == "sqlite"
    with store.engine.connect() as connection:
        if sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        table = store.SQLEvent.__table__
        connection.execute(table.delete().where(table.c.sender_id == sender_id))
    if sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")


def _is_marked(tracker: DialogueStateTracker) -> bool:
    return any(isinstance(e, SlotSet) and e.key == FORGET and e.value for e in tracker.events)


def _left_over(tracker: DialogueStateTracker) -> List[Event]:
    """Return what may stay: the answer to the deletion, and the slots set after the mark."""
    events = list(tracker.events)
    mark = max(i for i, e in enumerate(events) if isinstance(e, SlotSet) and e.key == FORGET)
    turn = max((i for i, e in enumerate(events) if isinstance(e, UserUttered)), default=0)
    said = [e for e in events[turn:] if isinstance(e, BotUttered)]
    kept = [e for e in events[mark + 1 :] if isinstance(e, SlotSet) and e.value is not None]
    return [*kept, *said, ActionExecuted(ACTION_LISTEN_NAME)]

"""Conversations in memory that a turn can be added to in the same time, however long they are.

Rasa reads, replays, sends to the action server and writes a conversation from its first word
on at every turn, so that turn 300 takes many times as long as turn 3. Here a turn sees the
latest turns, preceded by what the earlier ones have led to (every slot). The earlier ones are
kept whole for whoever asks for the full conversation.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Text, Tuple

import rasa.core.tracker_store as stores
import ujson
from rasa.core.brokers.broker import EventBroker
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, get_trackers_for_conversation_sessions

from rasa_project.care.record import FlagRecord
from rasa_project.earlier import EARLIER, summary_in
from rasa_project.in_force import detection_of, taken_in

MOST_TURNS = 4
"""Turns of the user from which on a conversation is shortened for the next turn."""

KEPT_TURNS = 3
"""Turns that stay; rules and actions look back two."""

COMPRESSION = 1
"""zlib's fastest: a turn's 5 kB become 0.5 kB in well under a millisecond."""


@dataclass(frozen=True)
class _Kept:
    earlier: Tuple[bytes, ...]
    """Packed events that no turn sees any more, oldest first."""

    recent: bytes
    """Packed events of the latest turns, the summary of the earlier ones among them."""


class RecentTurnsStore(stores.TrackerStore):
    """Keeps conversations in this process, each turn's work bounded.

    `retrieve` gives the latest turns, `retrieve_full_tracker` all of the session; as with
    Rasa's own in-memory store, the session before is forgotten when a new one is saved.
    """

    def __init__(self, domain: Optional[Domain], event_broker: Optional[EventBroker] = None) -> None:
        """Make an empty store."""
        super().__init__(domain, event_broker)
        self._kept: Dict[Text, _Kept] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the conversation, shortened for the next turn where it has become long."""
        await self.stream_events(tracker)
        events = list(tracker.events)
        kept = self._kept.get(tracker.sender_id)
        earlier = kept.earlier if kept and _summary_of(events) else ()
        cut = _cut(events, tracker, self.domain)
        if cut:
            gone = events[_length_of_summary(events) : cut]
            events = [*_summary(tracker.sender_id, events, cut, self.domain), *events[cut:]]
            earlier = (*earlier, _packed(gone))
        self._kept[tracker.sender_id] = _Kept(earlier, _packed(events))

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return the latest turns of the latest session, None for an unknown conversation."""
        kept = self._kept.get(sender_id)
        if kept is None:
            return None
        events = _unpacked(kept.recent)
        tracker = self._tracker(sender_id, events)
        if sum(_begins_session(event) for event in events) < 2:
            return tracker
        return get_trackers_for_conversation_sessions(tracker)[-1]

    async def retrieve_full_tracker(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return everything that is known of a conversation, None for an unknown one."""
        kept = self._kept.get(sender_id)
        if kept is None:
            return None
        recent = _unpacked(kept.recent)
        earlier = [event for packed in kept.earlier for event in _unpacked(packed)]
        return self._tracker(sender_id, [*earlier, *recent[_length_of_summary(recent) :]])

    async def keys(self) -> Iterable[Text]:
        """Return the ids of all conversations."""
        return self._kept.keys()

    def delete(self, sender_id: Text) -> None:
        """Forget a conversation; an unknown one is no error."""
        self._kept.pop(sender_id, None)

    def _tracker(self, sender_id: Text, events: Iterable[Event]) -> DialogueStateTracker:
        tracker = self.init_tracker(sender_id)
        for event in events:
            tracker.update(event)
        return tracker


def _summary_of(events: Sequence[Event]) -> Mapping[Text, Any]:
    """Return what the first event says of earlier ones, empty where nothing was cut away."""
    return summary_in(events[0].metadata) if events else {}


def _length_of_summary(events: Sequence[Event]) -> int:
    return int(_summary_of(events).get("events") or 0)


def _cut(events: Sequence[Event], tracker: DialogueStateTracker, domain: Domain) -> int:
    """Return how many events the summary shall stand for, 0 for none.

    Only between two turns, not while a form has refused a message, and never a flag that no
    action has taken in yet: one that was named while the action server was down is in its
    message alone.
    """
    turns = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= MOST_TURNS:
        return 0
    record = FlagRecord.from_dict(tracker.current_slot_values().get("flag_record"))
    taken = taken_in([events[turn].timestamp for turn in turns], record)
    replayed = DialogueStateTracker(tracker.sender_id, domain.slots)
    cut = done = 0
    for number, (before, turn) in enumerate(zip([None, *turns], turns[: 1 - KEPT_TURNS])):
        for event in events[done:turn]:
            replayed.update(event)
        done = turn
        # `before` is the message with this number, counted from one.
        if before is not None and number > taken and _names_a_flag(events[before]):
            break
        if before is not None and not replayed.is_active_loop_rejected and not replayed.is_paused():
            cut = turn
    return cut


def _names_a_flag(event: UserUttered) -> bool:
    """Return whether a message names a flag."""
    detection = detection_of(event.parse_data or {})
    return bool(detection.present or detection.third_person)


def _summary(sender_id: Text, events: Sequence[Event], cut: int, domain: Domain) -> List[Event]:
    """Return events that lead to the same state as the first `cut` ones."""
    before = DialogueStateTracker.from_events(sender_id, list(events[:cut]), domain.slots)
    at = events[cut - 1].timestamp
    state: List[Event] = [
        SlotSet(name, slot.value, timestamp=at)
        for name, slot in before.slots.items()
        if slot.value != slot.initial_value
    ]
    texts = [*(_summary_of(events).get("texts") or ())]
    texts += [event.text or "" for event in events[:cut] if isinstance(event, UserUttered)]
    if before.active_loop_name:
        state.append(ActiveLoop(before.active_loop_name, timestamp=at))
    # Three more: a session begins (two events), and at the end the bot listens.
    says = {EARLIER: {"events": len(state) + 3, "texts": texts}}
    return [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at, metadata=says),
        SessionStarted(timestamp=at),
        *state,
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=at),
    ]


def _begins_session(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_SESSION_START_NAME


def _packed(events: Iterable[Event]) -> bytes:
    return zlib.compress(ujson.dumps([event.as_dict() for event in events]).encode(), COMPRESSION)


def _unpacked(packed: bytes) -> List[Event]:
    read = [Event.from_parameters(parameters) for parameters in ujson.loads(zlib.decompress(packed))]
    return [event for event in read if event is not None]

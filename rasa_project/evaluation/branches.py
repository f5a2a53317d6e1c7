"""Conversations that can be branched: say many things to the very same state, cheaply.

Rasa's tracker store writes a conversation out as text and replays it at every turn. A walk
says tens of thousands of things, so here the conversation stays an object, and a branch is a
copy of it. What answers is the trained model and the real actions, as everywhere.
"""

from __future__ import annotations

import copy
import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Mapping, Optional, Text, Tuple

from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.domain import State as PolicyState
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_project.local import Reply, Skill


class BranchingTracker(DialogueStateTracker):
    """A tracker that copies itself instead of replaying its events.

    It also remembers which events apply and what policies see of the past: Rasa works both
    out anew, from the first event, several times a turn. A test holds them against Rasa's.
    """

    _applied: Tuple[List[Event], List[Event]] = ([], [])
    """Events seen so far, and what is left of them when reverted ones are taken out."""

    _past: Tuple[List[Event], List[PolicyState], Optional["BranchingTracker"]] = ([], [], None)
    """Applied events gone through, the states before their actions, the tracker after them."""

    def applied_events(self) -> List[Event]:
        """Return the events that count, as Rasa's own method does."""
        seen, applied = self._applied
        events = list(self.events)
        added = events[len(seen) :]
        loops = _loops_of(events)
        if events[: len(seen)] != seen or loops != _loops_of(seen) or _takes_back(added):
            applied = super().applied_events()
        else:
            applied = list(applied)
            for event in added:
                if type(event) is SessionStarted:
                    applied = []
                elif (
                    type(event) is ActionExecuted
                    and event.action_name in loops
                    and not self._first_loop_execution_or_unhappy_path(event.action_name, applied)
                ):
                    self._undo_till_previous_loop_execution(event.action_name, applied)
                else:
                    applied.append(event)
        self._applied = (events, applied)
        return list(applied)

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: Optional[Dict[Text, Any]] = None,
    ) -> List[PolicyState]:
        """Return the dialogue states so far, as Rasa's own method does."""
        if omit_unset_slots or ignore_rule_only_turns:
            return super().past_states(
                domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data
            )
        applied = self.applied_events()
        gone, states, replay = self._past
        if replay is None or applied[: len(gone)] != gone:
            gone, states = [], []
            replay = BranchingTracker(self.sender_id, self.slots.values())
        replay, states = replay.copy(), list(states)
        for event in applied[len(gone) :]:
            if isinstance(event, ActionExecuted):
                states.append(domain.get_active_state(replay))
            replay.update(event)
        self._past = (applied, states, replay)
        # Policies change the states they are given.
        return [
            {name: dict(part) for name, part in state.items()}
            for state in (*states, domain.get_active_state(replay))
        ]

    def copy(self) -> "BranchingTracker":
        """Return an independent copy in the same state; the events themselves are shared."""
        return self.branch(self.sender_id)

    def branch(self, sender_id: Text) -> "BranchingTracker":
        """Return an independent copy for the conversation `sender_id`."""
        twin = copy.copy(self)
        twin.sender_id = sender_id
        twin.events = copy.copy(self.events)
        twin.slots = {name: _twin_of(slot) for name, slot in self.slots.items()}
        twin.active_loop = copy.copy(self.active_loop)
        return twin


def _twin_of(slot: Slot) -> Slot:
    twin = object.__new__(type(slot))
    twin.__dict__.update(slot.__dict__)
    return twin


def _loops_of(events: List[Event]) -> FrozenSet[Text]:
    return frozenset(event.name for event in events if type(event) is ActiveLoop and event.name)


def _takes_back(events: List[Event]) -> bool:
    return any(type(e) in (Restarted, ActionReverted, UserUtteranceReverted) for e in events)


class BranchingStore(TrackerStore):
    """Keeps live trackers, and only until they are taken out."""

    def __init__(self, domain: Domain) -> None:
        """Start empty."""
        super().__init__(domain)
        self.trackers: Dict[Text, BranchingTracker] = {}

    def init_tracker(self, sender_id: Text) -> BranchingTracker:
        """Return a tracker at the very beginning."""
        return BranchingTracker(sender_id, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker itself."""
        self.trackers[tracker.sender_id] = tracker

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return the live tracker, None for an unknown conversation."""
        return self.trackers.get(sender_id)

    async def keys(self) -> Iterable[Text]:
        """Return the conversations in hand."""
        return self.trackers.keys()


@dataclass(frozen=True)
class State:
    """A conversation at rest: what was said, and the tracker that came of it."""

    path: tuple[Text, ...]
    """Everything the user has said, in order."""

    tracker: BranchingTracker
    replies: tuple[Reply, ...] = ()
    """Answer to the last thing said; empty at the beginning."""

    @property
    def slots(self) -> Mapping[Text, Any]:
        """Slot values."""
        return {name: slot.value for name, slot in self.tracker.slots.items()}


class Branches:
    """Says things to states and returns the states that follow.

    Usage:
        with branching(skill) as branches:
            state = await branches.say(branches.fresh(), "my back cramped")
            no = await branches.say(state, "no")
            yes = await branches.say(state, "yes")      # said to the same state
    """

    def __init__(self, skill: Skill, store: BranchingStore) -> None:
        """Use `branching`."""
        self.skill = skill
        self.store = store
        self.turns = 0
        """Things said so far."""
        self._numbers = itertools.count()

    def fresh(self) -> State:
        """Return the state before anything was said."""
        return State((), self.store.init_tracker("fresh"))

    async def say(self, state: State, text: Text) -> State:
        """Say `text` in `state` and return the state after the answer; `state` stays as it is."""
        key = f"branch-{next(self._numbers)}"
        if state.path:
            self.store.trackers[key] = state.tracker.branch(key)
        replies = await self.skill.say(key, text)
        self.turns += 1
        return State((*state.path, text), self.store.trackers.pop(key), tuple(replies))

    async def say_all(self, state: State, texts: Iterable[Text]) -> List[State]:
        """Say one thing after the other; return every state on the way."""
        states = []
        for text in texts:
            state = await self.say(state, text)
            states.append(state)
        return states


@contextmanager
def branching(skill: Skill) -> Iterator[Branches]:
    """Let `skill` branch its conversations, and make it quick.

    Reading a sentence depends on nothing but the sentence, so its result is kept. What the
    actions send is not held against a JSON schema at every turn: it never left this process,
    and Rasa's check is half the time of a turn.
    """
    agent, processor = skill.agent, skill.agent.processor
    own_agent_store, own_store = agent.tracker_store, processor.tracker_store
    own_parse, own_check = processor.parse_message, RemoteAction._validate_action_result
    read: Dict[Text, Dict[Text, Any]] = {}

    async def parse_message(
        message: UserMessage, tracker: Optional[DialogueStateTracker] = None, *more: Any
    ) -> Dict[Text, Any]:
        text = message.text or ""
        if text not in read:
            read[text] = await own_parse(message, tracker, *more)
        return copy.copy(read[text])

    store = BranchingStore(agent.domain)
    agent.tracker_store = processor.tracker_store = store
    processor.parse_message = parse_message
    RemoteAction._validate_action_result = lambda self, result: True
    try:
        yield Branches(skill, store)
    finally:
        agent.tracker_store, processor.tracker_store = own_agent_store, own_store
        processor.parse_message = own_parse
        RemoteAction._validate_action_result = own_check

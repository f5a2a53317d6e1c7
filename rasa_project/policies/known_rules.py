"""What can be known of learnt rules before anybody speaks, so that a turn need not find it out.

At every prediction Rasa replays the conversation from its first word, makes a state of each
action in it and holds every rule against every state. Rules that look back two states need
the latest two, and of the rules only those that may follow the latest action.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any, Deque, Dict, List, Mapping, Optional, Sequence, Text

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

_REPLAY = "replay_for_rules"
"""Attribute of a tracker: how far it has been replayed."""

Lookup = Dict[Text, Text]


class KnownRules:
    """Learnt rules of a `RulePolicy`, by the action that they follow."""

    def __init__(self, lookup: Mapping[Text, Any]) -> None:
        """Read the rules; `lookup` is the policy's, and is not changed any more."""
        self._tables = [lookup.get(name) or {} for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)]
        states = [json.loads(key) for table in self._tables for key in table]
        self.depth = max(map(len, states), default=1)
        """States that the longest rule looks at, 1 at least."""
        self.read_words = any(_reads_words(rule[-1]) for rule in states)
        """Whether a rule may follow what the user said word by word instead of its intent."""
        self._after = [_by_previous_action(table) for table in self._tables]

    def that_may_follow(self, table: Lookup, states: Sequence[State]) -> Lookup:
        """Return the rules of one of the policy's tables that the latest of `states` allows."""
        for known, after in zip(self._tables, self._after):
            if known is table:
                return after.get(_previous_action(states[-1]), {})
        return table


def _reads_words(state: State) -> bool:
    """Return whether the last state of a rule may be one with words in place of an intent."""
    begins_turn = _previous_action(state) in (ACTION_LISTEN_NAME, None)
    return begins_turn and INTENT not in (state.get(USER) or {})


def _previous_action(state: State) -> Optional[Text]:
    name = (state.get(PREVIOUS_ACTION) or {}).get(ACTION_NAME)
    return name if isinstance(name, str) else None


def _by_previous_action(table: Lookup) -> Mapping[Optional[Text], Lookup]:
    after: Dict[Optional[Text], Lookup] = defaultdict(dict)
    for key, value in table.items():
        after[_previous_action(json.loads(key)[-1])][key] = value
    return dict(after)


@dataclass
class _Replay:
    done: List[Event]
    """Events that `tracker` has taken in."""

    tracker: DialogueStateTracker
    before: Deque[State]
    """States before the latest actions."""


def latest_states(tracker: DialogueStateTracker, domain: Domain, count: int) -> List[State]:
    """Return the last `count` of `tracker.past_states(domain)`, all where there are fewer.

    The replay goes on where the last call for the same object has left it.
    """
    events = tracker.applied_events()
    replay: Optional[_Replay] = getattr(tracker, _REPLAY, None)
    if replay is None or replay.before.maxlen != count - 1 or not _begins_with(events, replay.done):
        replay = _Replay([], tracker.init_copy(), deque(maxlen=count - 1))
    rest = events[len(replay.done) :]
    unseen = sum(isinstance(event, ActionExecuted) for event in rest) - (count - 1)
    for event in rest:
        if isinstance(event, ActionExecuted):
            if unseen <= 0:
                replay.before.append(_state(replay.tracker, domain))
            unseen -= 1
        replay.tracker.update(event)
    replay.done = events
    setattr(tracker, _REPLAY, replay)
    return [*replay.before, _state(replay.tracker, domain)]


def _begins_with(events: Sequence[Event], done: Sequence[Event]) -> bool:
    return len(done) <= len(events) and all(a is b for a, b in zip(done, events))


def _state(tracker: DialogueStateTracker, domain: Domain) -> State:
    return domain._clean_state(domain.get_active_state(tracker))

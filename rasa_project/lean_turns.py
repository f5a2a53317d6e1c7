"""What Rasa does at every turn that nobody sees, done in a fraction of the time.

Found by profiling the turns of this skill: after the language model, most of a turn went into
looking for the class of an event among all classes, copying slots by way of `pickle`'s
protocol, listing all slots for a line of the debug log, scheduling a graph that never
changes, replaying a conversation to copy it, and building an empty domain to compare ours with.
The results are Rasa's own in every case.
"""

from __future__ import annotations

import copy
import logging
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text, Tuple, Type

from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

Plan = Sequence[Tuple[Text, GraphNode, Tuple[Text, ...]]]
"""Nodes of a graph, each with those it needs, which come before it."""

_run_by_dask = DaskGraphRunner.run
_resolve_anew = Event.resolve_by_type
_log_slots = MessageProcessor._log_slots
_copy_by_replaying = DialogueStateTracker.copy
_compare_with_empty = Domain.is_empty


@lru_cache(maxsize=1)
def _event_classes() -> Mapping[Text, Type[Event]]:
    classes: Dict[Text, Type[Event]] = {}
    for kind in all_subclasses(Event):
        classes.setdefault(kind.type_name, kind)
    return classes


def _resolve_by_type(
    type_name: Text, default: Optional[Type[Event]] = None
) -> Optional[Type[Event]]:
    return _event_classes().get(type_name) or _resolve_anew(type_name, default)


def _copy_of(slot: Slot) -> Slot:
    """Return what `copy.copy` makes of an object that says nothing about it."""
    copied = object.__new__(type(slot))
    copied.__dict__.update(slot.__dict__)
    return copied


def _copy_of_state(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Return what replaying all events of `tracker` on an empty one leads to.

    What a store or a caller has noted on a tracker stays with it, as in Rasa's copy.
    """
    copied: DialogueStateTracker = object.__new__(type(tracker))
    copied.__dict__.update({name: getattr(tracker, name) for name in _STATE})
    copied.events = copy.copy(tracker.events)
    copied.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
    copied.active_loop = copy.copy(tracker.active_loop)
    copied.latest_action = copy.copy(tracker.latest_action)
    copied.sender_source = copied.model_id = copied.assistant_id = None
    return copied


_STATE = tuple(vars(DialogueStateTracker("", [])))
"""Names of all that makes up a conversation's state."""


def _is_empty(domain: Domain) -> bool:
    """Return whether there is nothing in `domain`; found once, a loaded domain does not change."""
    if "_is_empty" not in domain.__dict__:
        domain.__dict__["_is_empty"] = _compare_with_empty(domain)
    return bool(domain.__dict__["_is_empty"])


def _log_slots_if_read(tracker: DialogueStateTracker) -> None:
    if logging.getLogger("rasa.core.processor").isEnabledFor(logging.DEBUG):
        _log_slots(tracker)


def _plan_for(runner: DaskGraphRunner, targets: Tuple[Text, ...]) -> Plan:
    plans: Dict[Tuple[Text, ...], Plan] = runner.__dict__.setdefault("_plans", {})
    if targets not in plans:
        schema = runner._graph_schema.minimal_graph_schema(list(targets))
        left = {name: tuple(node.needs.values()) for name, node in schema.nodes.items()}
        plan: List[Tuple[Text, GraphNode, Tuple[Text, ...]]] = []
        while left:
            ready = [name for name, needs in left.items() if not any(need in left for need in needs)]
            if not ready:
                raise GraphRunError(f"The nodes {', '.join(left)} need each other.")
            plan += [(name, runner._instantiated_nodes[name], left.pop(name)) for name in ready]
        plans[targets] = plan
    return plans[targets]


def _run_in_order(
    self: DaskGraphRunner,
    inputs: Optional[Dict[Text, Any]] = None,
    targets: Optional[List[Text]] = None,
) -> Dict[Text, Any]:
    """Run the graph as `DaskGraphRunner.run` does, in an order that is found once.

    Only where all components are loaded: while training, dask also frees what is done with.
    """
    if not all(node._eager for node in self._instantiated_nodes.values()):
        return _run_by_dask(self, inputs, targets)
    wanted = tuple(targets or self._graph_schema.target_names)
    done: Dict[Text, Tuple[Text, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
    try:
        for name, node, needs in _plan_for(self, wanted):
            if name not in done:
                # A need that nobody gives goes by its name; the node says what it lacks.
                done[name] = node(*(done.get(need, need) for need in needs))
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error
    return dict(done[name] for name in wanted)


def install() -> None:
    """Let this process do so from now on; once or several times is the same."""
    DaskGraphRunner.run = _run_in_order
    Event.resolve_by_type = staticmethod(_resolve_by_type)
    MessageProcessor._log_slots = staticmethod(_log_slots_if_read)
    Slot.__copy__ = _copy_of
    DialogueStateTracker.copy = _copy_of_state
    Domain.is_empty = _is_empty

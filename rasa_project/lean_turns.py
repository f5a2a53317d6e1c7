"""What Rasa does at every turn that nobody sees, done in a fraction of the time.

Found by profiling the turns of this skill: after the language model, most of a turn went into
looking for the class of an event among all classes, copying slots by way of `pickle`'s
protocol, listing all slots for a line of the debug log, and scheduling a graph that never
changes. The results are Rasa's own in every case.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text, Tuple, Type

from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

Plan = Sequence[Tuple[Text, GraphNode, Tuple[Text, ...]]]
"""Nodes of a graph, each with those it needs, which come before it."""

_run_by_dask = DaskGraphRunner.run
_resolve_anew = Event.resolve_by_type
_log_slots = MessageProcessor._log_slots


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

"""What is done cheaper than Rasa does it gives what Rasa's way gives."""

from __future__ import annotations

import copy
import logging
from typing import Any, Callable

import pytest
from rasa.core.channels import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from rasa_project import lean_turns


def test_a_graph_gives_what_it_gives_when_it_is_scheduled(skill: Any) -> None:
    runner = skill.agent.processor.graph_runner
    target = skill.agent.processor.model_metadata.nlu_target

    def read(run: Callable) -> dict[str, Any]:
        (message,) = run(runner, {"__message__": [UserMessage("is walking okay")]}, [target])[target]
        assert isinstance(message, Message)
        return {name: message.get(name) for name in (TEXT, "intent", "intent_ranking", "answer", "red_flag_findings")}

    assert read(type(runner).run) == read(lean_turns._run_by_dask)


def test_what_a_graph_lacks_is_named(skill: Any) -> None:
    runner = skill.agent.processor.graph_runner
    with pytest.raises(GraphRunError, match="__message__"):
        runner.run({}, [skill.agent.processor.model_metadata.nlu_target])


def test_a_copied_slot_is_the_same_and_goes_its_own_way(skill: Any) -> None:
    for slot in skill.domain.slots:
        copied = copy.copy(slot)
        assert type(copied) is type(slot) and copied.__dict__ == slot.__dict__
        copied.value = {"changed": True}
        assert slot.value != copied.value


def test_every_kind_of_event_is_found_by_its_name() -> None:
    assert Event.from_parameters({"event": "slot", "name": "offer", "value": 1}) == SlotSet("offer", 1)
    for name, kind in lean_turns._event_classes().items():
        assert lean_turns._resolve_anew(name) is kind
    with pytest.raises(ValueError, match="no_such_event"):
        Event.from_parameters({"event": "no_such_event"})


def test_slots_are_listed_for_whoever_reads_the_debug_log(
    skill: Any, run: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[Any] = []
    monkeypatch.setattr(lean_turns, "_log_slots", listed.append)
    tracker = run(skill.tracker("debug"))
    logger = logging.getLogger("rasa.core.processor")
    level = logger.level
    try:
        logger.setLevel(logging.INFO)
        MessageProcessor._log_slots(tracker)
        assert not listed
        logger.setLevel(logging.DEBUG)
        MessageProcessor._log_slots(tracker)
        assert listed == [tracker]
    finally:
        logger.setLevel(level)


def test_a_copied_conversation_is_in_the_state_that_its_events_lead_to(skill: Any, run: Callable) -> None:
    for text in ("my lower back cramped", "no", "is walking okay", "no"):
        run(skill.say("copied", text))
    tracker = run(skill.tracker("copied"))
    tracker.a_note_of_the_store = 3
    copied, replayed = tracker.copy(), lean_turns._copy_by_replaying(tracker)
    assert vars(copied).keys() == vars(replayed).keys()
    for name, value in vars(replayed).items():
        if name != "slots":
            assert vars(copied)[name] == value, name
    assert [vars(slot) for slot in copied.slots.values()] == [vars(slot) for slot in replayed.slots.values()]
    assert copied.current_slot_values() == tracker.current_slot_values()
    before = tracker.current_state()
    copied.update(SlotSet("misses", 7))
    copied.active_loop.is_interrupted = not copied.active_loop.is_interrupted
    assert tracker.current_state() == before and len(copied.events) == len(tracker.events) + 1


def test_an_empty_domain_is_told_from_ours(skill: Any) -> None:
    assert not skill.domain.is_empty() and not skill.domain.is_empty()
    assert Domain.empty().is_empty()

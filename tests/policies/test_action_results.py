"""Answers of the action server are checked as Rasa does, only faster."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from rasa_project.policies import action_results

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3),
    st.lists(st.integers(), max_size=1), st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)  # fmt: skip


@pytest.fixture
def action() -> RemoteAction:
    action_results.install()
    return RemoteAction("action_fallback", None)


def test_a_well_formed_answer_is_taken(action):
    answer = {"events": [{"event": "slot", "name": "offer", "value": None}], "responses": [{"text": "hi"}]}
    assert action._validate_action_result(answer) is True


@pytest.mark.parametrize(
    "answer",
    [
        {"events": "none"},
        {"events": [{"event": "slot"}]},
        {"events": [{"event": "listen"}]},
        {"events": [{"event": "slot", "name": "offer", "value": 1, "timestamp": "now"}]},
        {"events": ["slot"]},
        {"responses": ["hi"]},
        [],
    ],
    ids=[
        "events are no list", "an event lacks its name", "an unknown event", "no time", "an event is no object",
        "a response is no object", "no object",
    ],
)
def test_a_malformed_answer_is_refused(action, answer):
    with pytest.raises(ValidationError):
        action._validate_action_result(answer)


SLOT = {"event": "slot", "name": "offer", "value": 1}


@settings(deadline=None)
@given(
    st.builds(
        lambda change, gone, more: {**{k: v for k, v in SLOT.items() if k not in gone}, **change, **more},
        st.dictionaries(st.sampled_from(["event", "name", "value", "timestamp"]), ANYTHING, max_size=2),
        st.sets(st.sampled_from(["event", "name", "value"]), max_size=1),
        st.dictionaries(st.sampled_from(["metadata", "x"]), ANYTHING, max_size=1),
    )
)
def test_what_counts_as_plainly_right_the_schema_takes_too(event):
    for result in ({"events": [SLOT, event]}, {"responses": [event.get("value")]}, event.get("value")):
        if action_results._is_plainly_right(result):
            assert action_results._validator().is_valid(result), result


def test_slots_and_messages_need_no_schema():
    answer = {"events": [SLOT, {**SLOT, "timestamp": None}], "responses": [{"text": "hi"}]}
    assert action_results._is_plainly_right(answer)


def test_the_schema_itself_is_one():
    """Checked here, once a version of Rasa, and not at the first turn of every start."""
    validator = action_results._validator()
    validator.check_schema(validator.schema)


def test_each_kind_of_event_is_checked_by_its_own_name(action):
    """Were it otherwise, every answer would be tried against all kinds, which takes long."""
    _, kinds = action_results._by_event()
    assert {"slot", "followup", "active_loop", "action_execution_rejected"} <= set(kinds)
    whole = action_results._validator()
    for event in ({"event": name, "name": "x", "value": 1} for name in kinds):
        assert action_results._is_well_formed({"events": [event]}) == whole.is_valid({"events": [event]})

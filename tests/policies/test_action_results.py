"""Answers of the action server are checked as Rasa does, only faster."""

from __future__ import annotations

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from rasa_project.policies import action_results


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

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
    [{"events": "none"}, {"events": [{"event": "slot"}]}, {"responses": ["hi"]}, []],
    ids=["events are no list", "an event lacks its name", "a response is no object", "no object"],
)
def test_a_malformed_answer_is_refused(action, answer):
    with pytest.raises(ValidationError):
        action._validate_action_result(answer)

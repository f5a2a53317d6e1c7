"""Conversations drawn at random from everything people say, noise included.

`SKILL_RANDOM_WALKS=2000` holds as many as the proof of a release does.
"""

from __future__ import annotations

import pytest

from rasa_project.evaluation.random_walk import CONVERSATIONS, print_wandered, wander


@pytest.fixture(scope="module")
def wandered(branches, event_loop_of_tests):
    """The walk, done once for all tests of this module."""
    return event_loop_of_tests.run_until_complete(wander(branches))


def test_no_conversation_shows_what_nobody_should_hear(wandered, capsys):
    """No silence, no error, no exercise behind a lock, one question a turn, and it can end."""
    with capsys.disabled():
        print_wandered(wandered)
    assert wandered.conversations == CONVERSATIONS
    assert not wandered.faults, str(wandered.faults[0])


def test_the_walk_gets_about(wandered):
    """A walk that never reaches an exercise, an answer or an escalation would prove nothing."""
    for kind in ("stretch_step", "answer", "escalation", "screening_question", "setup_question"):
        assert wandered.kinds[kind] > 0, wandered.kinds

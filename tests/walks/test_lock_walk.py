"""No path leads past an uncleared flag to an exercise."""

from __future__ import annotations

from rasa_project.evaluation.lock_walk import LockWalk, stopping_flags


def test_no_exercise_comes_through_a_lock(branches, event_loop_of_tests):
    """Behind every flag that stops exercise, whatever is said next."""
    walked = event_loop_of_tests.run_until_complete(LockWalk(branches).run(expanded=6))
    assert walked.flags == len(stopping_flags()) > 30
    assert walked.expanded == 6
    assert not walked.faults, str(walked.faults[0])

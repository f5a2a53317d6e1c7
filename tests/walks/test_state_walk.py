"""Every red flag is answered in every state the dialogue can be in.

`SKILL_WALK_STATES=100000` walks all of it; by default the walk is cut off after a few minutes'
worth of states, one of every kind first.
"""

from __future__ import annotations

import pytest

from rasa_project.care.flags import load_red_flags
from rasa_project.evaluation.walk import Walk, print_walk

@pytest.fixture(scope="module")
def walked(branches, event_loop_of_tests):
    """The walk, done once for all tests of this module."""
    return event_loop_of_tests.run_until_complete(Walk(branches).run())


def test_every_red_flag_escalates_in_every_state(walked, capsys):
    """Each flag, said in each state, is escalated in that very turn, in at least its tier."""
    with capsys.disabled():
        print_walk(walked)
    assert not walked.missed, str(walked.missed[0])
    assert walked.phrases == walked.checked * len(load_red_flags().flags)

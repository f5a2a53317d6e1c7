"""How it went is read without ever making worse into something milder."""

from __future__ import annotations

import pytest

from rasa_project.care.coach_questions import has_changed
from rasa_project.care.feelings import feeling_in, is_unchanged


@pytest.mark.parametrize(
    "said, feeling",
    [
        ("Better, thanks.", "better"),
        ("a bit easier", "better"),
        ("it's eased a lot", "better"),
        ("about the same", "same"),
        ("no change", "same"),
        ("no different really", "same"),
        ("no better", "same"),
        ("not any worse", "same"),
        ("not really better", "same"),
        ("worse to be honest", "worse"),
        ("not better, worse", "worse"),
        ("not good, it's got worse", "worse"),
        ("better this morning but worse now", "worse"),
        ("what is a spasm", None),
        ("four", None),
    ],
)
def test_how_it_went_is_read(said: str, feeling: str | None) -> None:
    assert feeling_in(said) == feeling


@pytest.mark.parametrize(
    "said, changed",
    [
        ("it's changed", True),
        ("something has changed", True),
        ("The pain's changed since yesterday.", True),
        ("it feels different now", True),
        ("i think it has changed", True),
        ("things have changed", True),
        ("it hasn't changed", False),
        ("nothing has changed", False),
        ("has it changed", False),
        ("has anything changed?", False),
        ("something different please", False),
        ("a different one", False),
        ("is it different for women", False),
        ("i've changed my mind", False),
    ],
)
def test_that_it_has_changed_is_heard_and_a_question_about_it_is_not(said: str, changed: bool) -> None:
    assert has_changed(said) is changed


@pytest.mark.parametrize(
    "said, unchanged",
    [
        ("the same", True), ("about the same as before", True), ("still the same number", True),
        ("no change", True), ("as before", True), ("unchanged", True),
        ("not the same", False), ("okay", False), ("better", False), ("worse than before", False),
        ("fine", False), ("no better", False),
    ],
)  # fmt: skip
def test_the_same_again_is_a_score_where_a_score_is_asked_for(said, unchanged):
    """Only what says that the number did not change."""
    assert is_unchanged(said) == unchanged

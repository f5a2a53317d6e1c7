"""A pain score and a course are read from how people say them, the careful way."""

from __future__ import annotations

from datetime import date

import pytest

from rasa_project.care.pain_answers import pain_in, phase_in

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("six", 6), ("about a six", 6), ("six or seven", 7), ("between six and seven", 7),
        ("7/10", 7), ("6-7", 7), ("six and a half", 7), ("eight point five", 9), ("5ish", 5),
        ("ten out of ten", 10), ("three out of five", 6), ("60%", 6), ("eleven", 10), ("zero", 0),
        ("one", 1), ("a one", 1), ("one or two", 2), ("no pain", 0), ("nothing", 0),
        ("out of ten i'd say seven", 7), ("on a scale of one to ten it's a six", 6),
        ("was a nine now a four", 4), ("from a seven to a four", 4), ("a four no five", 5),
        ("started at three gone up to six", 6), ("earlier a three but right now more like a six", 6),
        ("when it grabs it's a ten in between a three", 10),
        ("if ten is the worst it's a four", 4), ("an eight because i've had two kids", 8),
        ("ate out of ten", 8), ("for out of ten", 4), ("tin", 10),
        ("mild", 3), ("mild to moderate", 6), ("moderate", 6), ("severe", 9), ("agony", 10),
    ],
)  # fmt: skip
def test_a_score_is_read(said: str, score: int) -> None:
    """Numbers, words for numbers, ranges (the higher), corrections (the later), now before then."""
    assert pain_in(said) == score


@pytest.mark.parametrize(
    "said",
    [
        "", "really bad", "quite bad", "it hurts a lot", "not severe", "three days",
        "since two this morning", "this one", "L5", "i don't know", "hold for twenty seconds please",
        "i've got 2 kids",
    ],
)  # fmt: skip
def test_what_is_no_score_is_not_guessed(said: str) -> None:
    """Only the documented scale turns words into numbers."""
    assert pain_in(said) is None


def test_every_whole_number_is_read_in_digits_and_in_words() -> None:
    """Zero to ten, alone and in a sentence."""
    words = "zero one two three four five six seven eight nine ten".split()
    for number, word in enumerate(words):
        assert pain_in(word) == pain_in(str(number)) == number
        assert pain_in(f"it's about a {word}") == number
        assert pain_in(f"i'd say {word} out of ten") == number


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("three days", 3), ("since this morning", 0), ("yesterday", 1), ("a couple of weeks", 14),
        ("six months", 180), ("a week and a half", 10.5), ("two or three days ago", 3),
        ("since tuesday", 5), ("half an hour ago", 0.02), ("chronic", 365), ("a fortnight", 14),
        ("keeps coming back this one started yesterday", 1), ("every few weeks", None),
        ("on and off for years but this time since monday", 6), ("i'm 40 years old", None),
    ],
)  # fmt: skip
def test_the_beginning_is_read(said: str, days: float | None) -> None:
    """Of a trouble that comes and goes, this bout counts."""
    assert phase_in(said, SUNDAY).days == days


def test_a_weekday_says_nothing_without_a_date() -> None:
    """Time is passed in, never looked up."""
    assert phase_in("since tuesday").days is None


@pytest.mark.parametrize(
    ("said", "easing"),
    [
        ("it's easing", True), ("much better today", True), ("on the mend", True),
        ("getting worse", False), ("no better", False), ("not getting any better", False),
        ("it's not easing at all", False), ("since monday", None),
    ],
)  # fmt: skip
def test_easing_is_read(said: str, easing: bool | None) -> None:
    """Denied easing is not easing."""
    assert phase_in(said).easing is easing


def test_better_today_is_not_a_beginning() -> None:
    """It tells of today, not of when it began."""
    assert phase_in("much better today").days is None


def test_hints_add_up() -> None:
    """The later word counts, what was not said again stays."""
    hints = phase_in("three days").merged(phase_in("it's easing"))
    assert (hints.days, hints.easing) == (3, True)

"""What comes next time follows row 14 of the triage policy, by the pain of the next day."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from rasa_project.care.history import (
    Days,
    ExerciseDone,
    FlagEntry,
    History,
    PainScore,
    SessionEntry,
    days_done,
)
from rasa_project.care.progression import LEAST, progression

UTC_DAYS = Days(timezone.utc)
START = datetime(2024, 3, 4, 9, tzinfo=timezone.utc)
DONE = (ExerciseDone("pelvic_tilt", reps=5),)


def history(*days: tuple[int, str | None] | None, cleared_on: int | None = None) -> History:
    """Return one session a day: pain before it and how it felt afterwards; None is a day off."""
    scores, sessions = [], []
    for number, day in enumerate(days):
        if day is None:
            continue
        at = START + timedelta(days=number)
        scores.append(PainScore(at, day[0]))
        sessions.append(
            SessionEntry(f"s{number}", at, "acute_floor", pain_before=day[0], feeling=day[1], exercises=DONE)
        )
    flags = ()
    if cleared_on is not None:
        cleared = START + timedelta(days=cleared_on) - timedelta(hours=2)
        flags = (FlagEntry("fever_unwell", "same_day", START, cleared),)
    return History(tuple(scores), tuple(sessions), flags)


def told_today(known: History, pain: int, day: int) -> History:
    """Return the history with today's score, as at the start of a further session."""
    score = PainScore(START + timedelta(days=day), pain)
    return known.merged(History(scores=(score,)))


def step(known: History) -> tuple[float, int, int, str]:
    here = progression(known, UTC_DAYS)
    return here.amount, here.steps_up, here.worse_in_a_row, here.change


def test_the_first_session_is_half() -> None:
    assert step(History()) == (0.5, 0, 0, "")


@pytest.mark.parametrize(
    "pain_next_day, expected",
    [(4, (1.0, 1, 0, "more")), (6, (0.5, 0, 0, "same")), (7, (0.25, 0, 1, "less"))],
)
def test_better_goes_a_step_up_the_same_stays_and_worse_halves(pain_next_day, expected) -> None:
    assert step(told_today(history((6, "same")), pain_next_day, day=1)) == expected


def test_a_second_session_on_the_first_day_is_half_too() -> None:
    assert step(told_today(history((6, "better")), 3, day=0))[:2] == (0.5, 0)


def test_felt_worse_at_once_counts_without_waiting_for_the_next_day() -> None:
    assert step(history((6, "worse"))) == (0.25, 0, 1, "less")
    # That the next day was better does not undo what was said.
    assert step(told_today(history((6, "worse")), 3, day=1)) == (0.25, 0, 1, "less")


def test_worse_twice_running_is_a_matter_for_a_clinician() -> None:
    twice = progression(history((5, "worse"), (6, "worse")), UTC_DAYS)
    assert twice.clinician_due and twice.amount == LEAST
    between = progression(history((5, "worse"), (4, "better"), (3, "worse")), UTC_DAYS)
    assert not between.clinician_due


def test_worse_twice_on_one_day_counts_twice() -> None:
    one = history((5, "worse")).sessions[0]
    other = SessionEntry("s9", one.started_at + timedelta(hours=4), "acute_floor", feeling="worse")
    assert progression(History(sessions=(one, other)), UTC_DAYS).clinician_due


def test_a_good_session_after_a_bad_one_breaks_the_row() -> None:
    here = progression(told_today(history((5, "worse"), (5, "better")), 4, day=2), UTC_DAYS)
    assert here.worse_in_a_row == 0 and here.amount == 0.5


def test_nobody_climbs_two_steps_in_a_day() -> None:
    morning = history((6, "better")).sessions[0]
    evening = SessionEntry("s9", START + timedelta(hours=9), "acute_floor", pain_before=5, exercises=DONE)
    known = History((PainScore(START, 6),), (morning, evening))
    assert step(told_today(known, 3, day=1)) == (1.0, 1, 0, "more")


def test_it_never_exceeds_the_whole_amount_nor_falls_below_a_quarter() -> None:
    falling = tuple((pain, "better") for pain in (8, 7, 6, 5, 4, 3))
    assert step(history(*falling))[0] == 1.0
    assert step(history(*[(5, "worse")] * 6))[0] == LEAST


def test_a_day_off_does_not_matter() -> None:
    assert step(told_today(history((6, "same"), None, None), 4, day=3)) == (1.0, 1, 0, "more")


def test_a_clearance_starts_at_half_again() -> None:
    known = history((7, "better"), (5, "better"), None, (3, "better"), cleared_on=3)
    assert step(known)[:2] == (0.5, 0)


def test_a_session_that_was_only_opened_changes_nothing() -> None:
    opened = SessionEntry("s1", START, "acute_floor", pain_before=6)
    skipped = SessionEntry("s2", START, "acute_floor", exercises=(ExerciseDone("x", skipped=True),))
    known = told_today(History(sessions=(opened, skipped)), 2, day=1)
    assert step(known) == (0.5, 0, 0, "") and days_done(known.sessions, UTC_DAYS) == 0


def test_days_are_counted_where_the_people_live() -> None:
    late = START.replace(hour=23)
    sessions = [
        SessionEntry("a", late, "p", exercises=DONE),
        SessionEntry("b", late + timedelta(hours=2), "p", exercises=DONE),
    ]
    assert days_done(sessions, UTC_DAYS) == 2
    assert days_done(sessions, Days(timezone(timedelta(hours=-8)))) == 1

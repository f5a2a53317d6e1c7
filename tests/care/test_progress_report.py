"""How somebody is doing is two sentences, and a series a screen can draw."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from rasa_project.care.history import Days, ExerciseDone, FlagEntry, History, PainScore, SessionEntry
from rasa_project.care.phrases import sentences_of
from rasa_project.care.progress_report import progress, welcome_back, what_is_kept
from rasa_project.care.rescreening import pain_asks_for_screen

NOW = datetime(2024, 3, 8, 18, tzinfo=timezone.utc)  # a Friday
UTC_DAYS = Days(timezone.utc)


def scored(*pains: int) -> tuple[PainScore, ...]:
    """Return one score a day, the last one two hours ago."""
    last = NOW - timedelta(hours=2)
    return tuple(PainScore(last - timedelta(days=n), p) for n, p in enumerate(pains[::-1]))[::-1]


def sessions(*days_ago: float) -> tuple[SessionEntry, ...]:
    done = (ExerciseDone("pelvic_tilt"),)
    return tuple(
        SessionEntry(str(n), NOW - timedelta(days=ago), "acute_floor", exercises=done)
        for n, ago in enumerate(sorted(days_ago, reverse=True))
    )


@pytest.mark.parametrize(
    "pains, words",
    [
        ((7, 5, 4), ("On Wednesday you were at seven", "four", "coming down")),
        ((3, 6), ("Yesterday you were at three", "six", "see a clinician")),
        ((5, 7, 5), ("five out of ten", "same as at the start")),
        ((6,), ("six out of ten", "earlier today")),
    ],
)
def test_progress_is_two_sentences_with_the_way_it_went(pains, words) -> None:
    report = progress(History(scored(*pains), sessions(0.2, 1.2)), NOW, UTC_DAYS)
    assert len(sentences_of(report.text)) == 2
    assert all(word in report.text for word in words)
    assert [point["pain"] for point in report.series] == list(pains)


def test_the_count_is_of_the_last_seven_days_only() -> None:
    report = progress(History(scored(6, 4), sessions(0.5, 3, 9, 30)), NOW, UTC_DAYS)
    assert report.sessions == 2 and "two sessions" in report.text


def test_rising_pain_is_never_softened_by_a_count() -> None:
    report = progress(History(scored(3, 6), sessions(0.5, 1, 2)), NOW, UTC_DAYS)
    assert "see a clinician" in report.text and "sessions" not in report.text


def test_nothing_noted_is_said_so() -> None:
    assert progress(History(), NOW, UTC_DAYS).series == ()
    assert "nothing" in progress(History(), NOW, UTC_DAYS).text
    assert "nothing" in what_is_kept(History(), NOW, UTC_DAYS).text


def test_what_is_written_down_names_every_kind_and_no_word_of_a_flag() -> None:
    flags = (FlagEntry("suicidal_or_self_harm", "emergency_now", NOW),)
    text = what_is_kept(History(scored(6, 4), sessions(1), flags), NOW, UTC_DAYS).text
    assert "two pain scores, one session and one safety note" in text
    assert "four out of ten, earlier today" in text
    assert "suicid" not in text and len(sentences_of(text)) == 2


@pytest.mark.parametrize(
    "days_ago, said",
    [
        (0, "Earlier today you were at six."),
        (1, "Yesterday you were at six."),
        (3, "On Tuesday you were at six."),
        (9, "Last week you were at six."),
        (23, "Three weeks ago you were at six."),
    ],
)
def test_who_comes_back_hears_where_they_were(days_ago: int, said: str) -> None:
    last = PainScore(NOW - timedelta(days=days_ago, hours=1), 6)
    assert welcome_back(last, NOW, UTC_DAYS).startswith(said)


@pytest.mark.parametrize(
    "before, now, due",
    [(None, 9, False), (4, 5, False), (4, 6, True), (6, 7, True), (7, 8, False), (8, 3, False)],
)
def test_two_points_more_or_pain_become_severe_makes_the_screen_due(before, now, due) -> None:
    assert pain_asks_for_screen(before, now) is due

"""The diary's curve shows what was told and done, to the eye and in words."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timedelta, timezone

from PIL import Image

from rasa_project.care.history import Days, ExerciseDone, History, PainScore, SessionEntry
from rasa_project.care.progress_chart import MOST_MOMENTS, chart_of, moments_of
from rasa_project.diary.chart_png import chart_png

NOW = datetime(2026, 5, 20, 12, tzinfo=timezone.utc)
UTC = Days(timezone.utc)


def session(days_ago: float, before: int, after: int | None, *exercises: str) -> SessionEntry:
    at = NOW - timedelta(days=days_ago)
    done = tuple(ExerciseDone(e, reps=3) for e in exercises)
    return SessionEntry(
        f"s{days_ago}", at, "acute_floor", ended_at=at + timedelta(minutes=9),
        pain_before=before, pain_after=after, feeling="better", outcome="finished", exercises=done,
    )  # fmt: skip


def test_a_session_is_one_moment_with_pain_before_and_after_and_what_was_done() -> None:
    tilt = session(1, 6, 4, "pelvic_tilt", "knee_rolls")
    scores = (PainScore(tilt.started_at, 6), PainScore(tilt.ended_at, 4))
    chart = chart_of(History(scores, (tilt,)), NOW, UTC)
    assert [(m.before, m.after, m.exercises) for m in chart.moments] == [(6, 4, ("Pelvic tilt", "Knee rolls"))]
    assert chart.rows == (("19 May", "6", "4", "Pelvic tilt, Knee rolls"),)
    root = ElementTree.fromstring(chart.svg)
    svg = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{svg}desc") == chart.summary and "four" in chart.summary
    assert len([r for r in root.iter(f"{svg}rect") if r.get("class") == "done"]) == 2
    # Higher pain stands higher.
    before, after = [float(c.get("cy", 0)) for c in root.iter(f"{svg}circle")]
    assert before < after


def test_a_score_told_on_another_day_stands_by_itself() -> None:
    history = History((PainScore(NOW - timedelta(days=3), 7),), (session(1, 6, None, "bridge"),))
    assert [(m.before, m.after, m.is_session) for m in moments_of(history)] == [(7, None, False), (6, None, True)]


def test_exercises_left_out_or_stopped_for_pain_are_not_marked_as_done() -> None:
    hurt = SessionEntry(
        "s", NOW, "acute_floor", pain_before=5, feeling="worse",
        exercises=(ExerciseDone("bridge", hurt=True), ExerciseDone("knee_rolls", skipped=True)),
    )  # fmt: skip
    assert moments_of(History((), (hurt,)))[0].exercises == ()


def test_only_the_newest_moments_are_drawn_and_nothing_is_drawn_of_nothing() -> None:
    many = History(tuple(PainScore(NOW - timedelta(days=d), d % 10) for d in range(40, 0, -1)))
    assert len(moments_of(many)) == MOST_MOMENTS
    assert moments_of(many)[-1].at == NOW - timedelta(days=1)
    empty = chart_of(History(), NOW, UTC)
    assert empty.svg == "" and empty.rows == () and "nothing" in empty.summary


def test_the_same_curve_comes_as_png() -> None:
    chart = chart_of(History((), (session(2, 6, 5, "bridge"), session(1, 5, 3))), NOW, UTC)
    with Image.open(io.BytesIO(chart_png(chart))) as image:
        assert image.size == (960, 450) and image.info["Description"] == chart.summary
        assert len(image.convert("RGB").getcolors(100000) or ()) > 10

"""The diary as a curve: pain before and after each session, what was done in it, and as words.

    chart = chart_of(history, now)
    chart.svg          # for a page; follows light and dark
    chart.summary      # the same in a sentence, for who cannot see it
    chart.rows         # the same as a table
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Callable, Optional, Sequence

from rasa_project.care.exercises import load_exercises
from rasa_project.care.history import Days, History, SessionEntry
from rasa_project.care.progress_report import progress

MOST_MOMENTS = 12
"""Newest moments on the curve: more cannot be told apart on a phone."""

AROUND_SESSION = timedelta(minutes=30)
"""A score told this close to a session, with its number, is the session's own."""

WIDTH, HEIGHT = 480, 290
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 18, 72
MOST_PAIN = 10


@dataclass(frozen=True)
class Moment:
    """One point in time on the curve: a session, or a score told by itself."""

    at: datetime
    """UTC."""

    before: Optional[int]
    """Pain, 0 to 10; of a single score this is the only one."""

    after: Optional[int] = None
    exercises: tuple[str, ...] = ()
    """Spoken names of what was done."""

    is_session: bool = False

    @property
    def last(self) -> Optional[int]:
        """The pain this moment ended with."""
        return self.before if self.after is None else self.after


@dataclass(frozen=True)
class Chart:
    """The curve in all its forms."""

    moments: tuple[Moment, ...]
    summary: str
    svg: str
    """A whole SVG document; empty when there is nothing to draw."""

    rows: tuple[tuple[str, str, str, str], ...]
    """Date, pain before, pain after, exercises; oldest first."""


def moments_of(history: History) -> tuple[Moment, ...]:
    """Return the newest moments of a history, oldest first."""
    sessions = [s for s in history.sessions if s.counts or s.pain_after is not None]
    found = [_session(s) for s in sessions]
    for score in history.scores:
        if not any(_belongs(score.at, score.pain, s) for s in sessions):
            found.append(Moment(score.at, score.pain))
    return tuple(sorted(found, key=lambda m: m.at)[-MOST_MOMENTS:])


def chart_of(history: History, now: datetime, days: Days = Days()) -> Chart:
    """Return the curve of a history; the days are those of `days` (UTC unless told)."""
    moments = moments_of(history)
    summary = progress(history, now, days).text
    labels = [f"{days.of(m.at).day} {days.of(m.at):%b}" for m in moments]
    rows = tuple(
        (label, _score(m.before), _score(m.after), ", ".join(m.exercises))
        for label, m in zip(labels, moments)
    )
    return Chart(moments, summary, _svg(moments, labels, summary) if moments else "", rows)


def _session(session: SessionEntry) -> Moment:
    content = load_exercises()
    known = {e.id: e.spoken_name for e in content.exercises}
    done = [e for e in session.exercises if not e.skipped and not e.hurt]
    names = tuple(known.get(e.exercise_id, e.exercise_id) for e in done)
    return Moment(session.started_at, session.pain_before, session.pain_after, names, True)


def _belongs(at: datetime, pain: int, session: SessionEntry) -> bool:
    ended = session.ended_at or session.started_at
    around = session.started_at - AROUND_SESSION <= at <= ended + AROUND_SESSION
    return around and pain in (session.pain_before, session.pain_after)


def _score(pain: Optional[int]) -> str:
    return "" if pain is None else str(pain)


_STYLE = """
svg{--ink:#23303a;--soft:#5b6b77;--grid:#d9d4c8;--line:#17807a;--dot:#17807a;--paper:#fbfaf7;--tick:#d2460e}
@media (prefers-color-scheme:dark){svg{--ink:#e9eef3;--soft:#a9b6c2;--grid:#33404d;--line:#35b5aa;--dot:#35b5aa;
--paper:#161d25;--tick:#ff9a57}}
.paper{fill:var(--paper)}.grid{stroke:var(--grid)}.line{fill:none;stroke:var(--line);stroke-width:2.5}
.eased{stroke:var(--line);stroke-width:5;opacity:.35;stroke-linecap:round}.before{fill:var(--paper);stroke:var(--dot);stroke-width:2.5}
.after{fill:var(--dot)}.done{fill:var(--tick)}text{font:16px system-ui,sans-serif;fill:var(--soft)}.value{fill:var(--ink);font-weight:600}
"""


def _svg(moments: Sequence[Moment], labels: Sequence[str], summary: str) -> str:
    step = (WIDTH - LEFT - RIGHT) / max(len(moments), 1)
    floor = HEIGHT - BOTTOM

    def x(i: int) -> float:
        return round(LEFT + step * (i + 0.5), 1)

    def y(pain: int) -> float:
        return round(floor - (floor - TOP) * pain / MOST_PAIN, 1)

    parts = [f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>']
    for pain in (0, 5, 10):
        parts.append(f'<path class="grid" d="M{LEFT} {y(pain)}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(pain) + 4}" text-anchor="end">{pain}</text>')
    ways = [(x(i), y(m.last)) for i, m in enumerate(moments) if m.last is not None]
    if len(ways) > 1:
        parts.append('<path class="line" d="M' + "L".join(f"{a} {b}" for a, b in ways) + '"/>')
    every = 1 + (len(moments) - 1) // 6
    for i, (moment, label) in enumerate(zip(moments, labels)):
        parts += _moment(moment, x(i), y, floor)
        if (len(moments) - 1 - i) % every == 0:
            parts.append(f'<text x="{x(i)}" y="{floor + 40}" text-anchor="middle">{escape(label)}</text>')
    legend = f'<text x="{LEFT}" y="{HEIGHT - 8}">○ before ● after or alone <tspan class="done">■</tspan> exercises</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-labelledby="t d"><title id="t">Pain from 0 to 10</title><desc id="d">{escape(summary)}</desc>'
        f"<style>{_STYLE}</style>{''.join(parts)}{legend}</svg>"
    )


def _moment(moment: Moment, x: float, y: Callable[[int], float], floor: float) -> list[str]:
    parts: list[str] = []
    if moment.after is not None and moment.before is not None:
        parts.append(f'<path class="eased" d="M{x} {y(moment.before)}V{y(moment.after)}"/>')
        parts.append(f'<circle class="before" cx="{x}" cy="{y(moment.before)}" r="5"/>')
    if moment.last is not None:
        opened = moment.is_session and moment.after is None
        parts.append(f'<circle class="{"before" if opened else "after"}" cx="{x}" cy="{y(moment.last)}" r="5"/>')
        parts.append(f'<text class="value" x="{x + 8}" y="{y(moment.last) - 8}">{moment.last}</text>')
    for i in range(min(len(moment.exercises), 8)):
        left = x - 10.5 + (i % 4) * 5.5
        parts.append(f'<rect class="done" x="{round(left, 1)}" y="{floor + 8 + 6 * (i // 4)}" width="4" height="4"/>')
    return parts

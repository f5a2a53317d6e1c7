"""How somebody is doing, in two sentences and in numbers for a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

from rasa_project.care.history import Days, History, PainScore, done_within
from rasa_project.care.phrases import Phrases, load_phrases
from rasa_project.care.spoken_numbers import number_words

WEEK = timedelta(days=7)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMED_DAYS = 6
"""Up to so many days back a weekday names one day only."""


@dataclass(frozen=True)
class Report:
    """What is said, and what a screen may draw."""

    text: str
    series: tuple[dict[str, Any], ...] = ()
    """`{"at": UTC in ISO 8601, "pain": 0 to 10}`, oldest first."""

    sessions: int = 0
    """Sessions of the last seven days."""


def progress(
    history: History, now: datetime, days: Days = Days(), phrases: Optional[Phrases] = None
) -> Report:
    """Return how the pain went and how often something was done."""
    phrases = phrases or load_phrases()
    done = done_within(history, now, WEEK)
    series = series_of(history)
    if not history.scores:
        said = [phrases.pick("no_diary_yet")]
        said += [_sessions(done, phrases)] if done else []
        return Report(" ".join(said), series, done)
    first, last = history.scores[0], history.scores[-1]
    values = {
        "first": number_words(first.pain),
        "last": number_words(last.pain),
        "when_first": when_words(first.at, now, days, phrases),
        "when": when_words(last.at, now, days, phrases).lower_start,
    }
    if len(history.scores) == 1:
        return Report(_two(phrases.pick("progress_one", **values), done, phrases), series, done)
    if last.pain > first.pain:
        # What is said about rising pain may not be crowded out by a count of sessions.
        text = f"{phrases.pick('progress_up', **values)} {phrases.pick('progress_up_advice')}"
        return Report(text, series, done)
    key = "progress_down" if last.pain < first.pain else "progress_same"
    return Report(_two(phrases.pick(key, **values), done, phrases), series, done)


def what_is_kept(
    history: History, now: datetime, days: Days = Days(), phrases: Optional[Phrases] = None
) -> Report:
    """Return what is written down: how much of each kind, and the last score."""
    phrases = phrases or load_phrases()
    series, done = series_of(history), done_within(history, now, WEEK)
    counts = (len(history.scores), sum(s.counts for s in history.sessions), len(history.flags))
    names = (("pain score", "pain scores"), ("session", "sessions"), ("safety note", "safety notes"))
    parts = [f"{number_words(n)} {names[n > 1]}" for n, names in zip(counts, names) if n]
    if not parts:
        return Report(phrases.pick("no_diary_yet"), series, done)
    listed = " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    said = [phrases.pick("kept", what=listed)]
    if history.scores:
        last = history.scores[-1]
        when = when_words(last.at, now, days, phrases).lower_start
        said.append(phrases.pick("kept_last", last=number_words(last.pain), when=when))
    return Report(" ".join(said), series, done)


def welcome_back(
    last: PainScore,
    now: datetime,
    days: Days = Days(),
    phrases: Optional[Phrases] = None,
    resumes: bool = False,
) -> str:
    """Return the greeting of somebody whose last score is known: "Yesterday you were at six".

    It ends in the question how it is now; with `resumes` in the offer to go on.
    """
    phrases = phrases or load_phrases()
    key = "greeting_returning_resume" if resumes else "greeting_returning"
    when = when_words(last.at, now, days, phrases)
    return phrases.pick(key, when=when, pain=number_words(last.pain))


def series_of(history: History) -> tuple[dict[str, Any], ...]:
    """Return all scores as a chart takes them."""
    return tuple({"at": s.at.isoformat(), "pain": s.pain} for s in history.scores)


class Moment(str):
    """When something was, as it stands at the beginning of a sentence."""

    @property
    def lower_start(self) -> str:
        """The same in the middle of a sentence; names of days keep their capital."""
        return str(self[0].lower() + self[1:])


def when_words(moment: datetime, now: datetime, days: Days, phrases: Phrases) -> Moment:
    """Return when `moment` was, as people say it."""
    ago = days.between(moment, now)
    if ago <= 0:
        return Moment(phrases.pick("when_today"))
    if ago == 1:
        return Moment(phrases.pick("when_yesterday"))
    if ago <= NAMED_DAYS:
        return Moment(phrases.pick("when_weekday", day=WEEKDAYS[days.of(moment).weekday()]))
    if ago < 14:
        return Moment(phrases.pick("when_last_week"))
    return Moment(phrases.pick("when_weeks", count=number_words(ago // 7).capitalize()))


def _two(first: str, done: int, phrases: Phrases) -> str:
    return f"{first} {_sessions(done, phrases)}"


def _sessions(done: int, phrases: Phrases) -> str:
    if not done:
        return phrases.pick("sessions_none")
    if done == 1:
        return phrases.pick("sessions_one")
    return phrases.pick("sessions_some", count=number_words(done))

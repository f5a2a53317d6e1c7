"""What is remembered of one person: pain scores, exercise sessions, red flags by id.

Plain values without a word of what was said. They come from the diary, or from the slots
of the conversation where no diary is kept; `merged` brings both together.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Iterable, Literal, Mapping, Optional

Feeling = Literal["better", "same", "worse"]
SessionOutcome = Literal["running", "finished", "stopped", "hurt", "escalated"]
"""`running` until it ends; one that was never ended stays so."""


@dataclass(frozen=True)
class PainScore:
    """One pain score from 0 to 10."""

    at: datetime
    """UTC."""

    pain: int


@dataclass(frozen=True)
class ExerciseDone:
    """What became of one exercise in a session."""

    exercise_id: str
    reps: int = 0
    """Repetitions of the amount that was asked for, per side; 0 when it was not done."""

    sides: str = "none"
    skipped: bool = False
    hurt: bool = False


@dataclass(frozen=True)
class SessionEntry:
    """One exercise session."""

    id: str
    started_at: datetime
    """UTC."""

    programme_id: str
    amount: float = 1.0
    """Share of repetitions and holds that was asked for."""

    ended_at: Optional[datetime] = None
    pain_before: Optional[int] = None
    pain_after: Optional[int] = None
    feeling: Optional[Feeling] = None
    outcome: SessionOutcome = "running"
    exercises: tuple[ExerciseDone, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether something was done in it or said about it: opening a session is no exercise."""
        done = any(not e.skipped for e in self.exercises)
        return done or self.feeling is not None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, for a slot."""
        plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in vars(self).items()}
        return {**plain, "exercises": [dict(vars(e)) for e in self.exercises]}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "SessionEntry":
        """Return the session that `to_dict` wrote."""
        values = dict(plain)
        for name in ("started_at", "ended_at"):
            values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
        values["exercises"] = tuple(ExerciseDone(**e) for e in values.get("exercises") or ())
        return cls(**values)


@dataclass(frozen=True)
class FlagEntry:
    """One red flag that was in force: its id, its tier, and when; never the words."""

    flag: str
    tier: str
    at: datetime
    cleared_at: Optional[datetime] = None
    """When a clinician's clearance was told; None while it is in force."""


@dataclass(frozen=True)
class History:
    """Everything remembered of one person, oldest first."""

    scores: tuple[PainScore, ...] = ()
    sessions: tuple[SessionEntry, ...] = ()
    flags: tuple[FlagEntry, ...] = ()

    @property
    def last_score(self) -> Optional[PainScore]:
        """The latest pain score, None when there is none."""
        return self.scores[-1] if self.scores else None

    @property
    def flags_in_force(self) -> Mapping[str, str]:
        """Flag id to tier of everything that was not cleared."""
        return {f.flag: f.tier for f in self.flags if f.cleared_at is None}

    @property
    def cleared_at(self) -> Optional[datetime]:
        """When a clinician's clearance was told last; amounts start anew from there."""
        return max((f.cleared_at for f in self.flags if f.cleared_at), default=None)

    def since(self, moment: Optional[datetime]) -> "History":
        """Return only what came at or after `moment`; None leaves all of it."""
        if moment is None:
            return self
        return replace(
            self,
            scores=tuple(s for s in self.scores if s.at >= moment),
            sessions=tuple(s for s in self.sessions if s.started_at >= moment),
        )

    def merged(self, other: "History") -> "History":
        """Return both together; of the same session the one that knows its end counts."""
        scores = {(s.at, s.pain): s for s in (*self.scores, *other.scores)}
        sessions: dict[str, SessionEntry] = {}
        for session in (*self.sessions, *other.sessions):
            known = sessions.get(session.id)
            if known is None or known.ended_at is None:
                sessions[session.id] = session
        flags = {(f.flag, f.at): f for f in (*self.flags, *other.flags)}
        return History(
            tuple(sorted(scores.values(), key=lambda s: s.at)),
            tuple(sorted(sessions.values(), key=lambda s: s.started_at)),
            tuple(sorted(flags.values(), key=lambda f: f.at)),
        )


@dataclass(frozen=True)
class Days:
    """Days as the people who use this place count them."""

    zone: Optional[tzinfo] = field(default=None)
    """None is the zone of this machine."""

    def of(self, moment: datetime) -> date:
        """Return the calendar day of `moment` (UTC)."""
        return moment.astimezone(self.zone).date()

    def between(self, earlier: datetime, later: datetime) -> int:
        """Return how many midnights lie between two moments."""
        return (self.of(later) - self.of(earlier)).days


def days_done(sessions: Iterable[SessionEntry], days: Days = Days()) -> int:
    """Return on how many days something was done."""
    return len({days.of(s.started_at) for s in sessions if s.counts})


def done_within(history: History, now: datetime, span: timedelta) -> int:
    """Return how many sessions were done in the `span` before `now`."""
    return sum(1 for s in history.sessions if s.counts and now - s.started_at <= span)

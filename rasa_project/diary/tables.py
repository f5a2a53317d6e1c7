"""The tables of the diary. Changing one takes a further migration in `migrations/versions`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.orm import declarative_base, relationship
from sqlalchemy.types import TypeDecorator

KEY_DIGITS = 64
"""Hexadecimal digits of a person's key (`keeper.key_of`)."""


class UtcMoment(TypeDecorator):
    """A moment in UTC, stored without a zone because SQLite knows none."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: Optional[datetime], dialect: Any) -> Optional[datetime]:
        """Turn any zone into UTC."""
        return None if value is None else value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: Optional[datetime], dialect: Any) -> Optional[datetime]:
        """Say again that it is UTC."""
        return None if value is None else value.replace(tzinfo=timezone.utc)


Base = declarative_base()


class SessionRow(Base):
    """One exercise session."""

    __tablename__ = "sessions"

    id = sa.Column(sa.String(36), primary_key=True)
    person = sa.Column(sa.String(KEY_DIGITS), nullable=False, index=True)
    started_at = sa.Column(UtcMoment, nullable=False)
    ended_at = sa.Column(UtcMoment)
    programme_id = sa.Column(sa.String(64), nullable=False)
    amount = sa.Column(sa.Float, nullable=False)
    pain_before = sa.Column(sa.Integer)
    pain_after = sa.Column(sa.Integer)
    feeling = sa.Column(sa.String(8))
    outcome = sa.Column(sa.String(16), nullable=False)
    exercises = relationship(
        "ExerciseRow",
        order_by="ExerciseRow.position",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )


class ExerciseRow(Base):
    """What became of one exercise in a session."""

    __tablename__ = "exercises_done"

    session_id = sa.Column(
        sa.String(36), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    position = sa.Column(sa.Integer, primary_key=True)
    exercise_id = sa.Column(sa.String(64), nullable=False)
    reps = sa.Column(sa.Integer, nullable=False)
    sides = sa.Column(sa.String(16), nullable=False)
    skipped = sa.Column(sa.Boolean, nullable=False)
    hurt = sa.Column(sa.Boolean, nullable=False)


class ScoreRow(Base):
    """One pain score."""

    __tablename__ = "pain_scores"

    id = sa.Column(sa.Integer, primary_key=True)
    person = sa.Column(sa.String(KEY_DIGITS), nullable=False, index=True)
    at = sa.Column(UtcMoment, nullable=False)
    pain = sa.Column(sa.Integer, nullable=False)


class FlagRow(Base):
    """One red flag: its id and its times, never the words it was told in."""

    __tablename__ = "flags"

    id = sa.Column(sa.Integer, primary_key=True)
    person = sa.Column(sa.String(KEY_DIGITS), nullable=False, index=True)
    flag = sa.Column(sa.String(64), nullable=False)
    tier = sa.Column(sa.String(32), nullable=False)
    at = sa.Column(UtcMoment, nullable=False)
    cleared_at = sa.Column(UtcMoment)


OF_A_PERSON = (SessionRow, ScoreRow, FlagRow)
"""Tables with a person's key; exercises hang on their session."""

"""Reads and writes the diary of one person; every method is one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, selectinload

from rasa_project.care.history import ExerciseDone, FlagEntry, History, PainScore, SessionEntry
from rasa_project.diary.tables import OF_A_PERSON, ExerciseRow, FlagRow, ScoreRow, SessionRow

MOST_ROWS = 400
"""Newest rows of a kind that are read; a year of a score a day."""

_EXERCISE = ("exercise_id", "reps", "sides", "skipped", "hurt")
_SESSION = (
    "id", "started_at", "ended_at", "programme_id", "amount", "pain_before", "pain_after",
    "feeling", "outcome",
)  # fmt: skip


class Diary(Protocol):
    """What actions need of a diary; `person` is a key, never a name."""

    def history(self, person: str) -> History:
        """Return everything kept of a person, empty when nothing is."""

    def add_score(self, person: str, score: PainScore) -> None:
        """Keep a pain score."""

    def save_session(self, person: str, session: SessionEntry) -> None:
        """Keep a session, in place of what was kept of it before."""

    def put_in_force(self, person: str, tiers: Mapping[str, str], at: datetime) -> None:
        """Keep flags (id to tier) that are in force; what is kept already stays as it is."""

    def withdraw(self, person: str, flag: str) -> None:
        """Forget a flag in force that was misheard."""

    def clear(self, person: str, at: datetime) -> None:
        """Note that a clinician has cleared all flags in force."""

    def forget(self, person: str) -> None:
        """Delete every row of a person, beyond recovery."""


class SqlDiary:
    """A diary in a database that `open_database` returned."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def probe(self) -> None:
        """Ask the database for one thing, to see that it answers.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it does not.
        """
        with self._engine.connect() as connection:
            connection.execute(sa.select(ScoreRow.__table__).limit(1))

    def history(self, person: str) -> History:
        """See `Diary.history`."""
        with Session(self._engine) as db:
            scores = self._newest(db, ScoreRow, ScoreRow.at, person)
            flags = self._newest(db, FlagRow, FlagRow.at, person)
            sessions = self._newest(
                db, SessionRow, SessionRow.started_at, person, selectinload(SessionRow.exercises)
            )
            return History(
                tuple(PainScore(row.at, row.pain) for row in scores),
                tuple(_session_of(row) for row in sessions),
                tuple(FlagEntry(row.flag, row.tier, row.at, row.cleared_at) for row in flags),
            )

    def add_score(self, person: str, score: PainScore) -> None:
        """See `Diary.add_score`."""
        with Session(self._engine) as db, db.begin():
            db.add(ScoreRow(person=person, at=score.at, pain=score.pain))

    def save_session(self, person: str, session: SessionEntry) -> None:
        """See `Diary.save_session`."""
        values = {name: getattr(session, name) for name in _SESSION}
        with Session(self._engine) as db, db.begin():
            row = db.get(SessionRow, session.id)
            if row is None:
                row = SessionRow(person=person, **values)
                db.add(row)
            for name, value in values.items():
                setattr(row, name, value)
            # A position is a primary key: the old rows go before the new ones come.
            row.exercises = []
            db.flush()
            row.exercises = [
                ExerciseRow(position=number, **{name: getattr(done, name) for name in _EXERCISE})
                for number, done in enumerate(session.exercises)
            ]

    def put_in_force(self, person: str, tiers: Mapping[str, str], at: datetime) -> None:
        """See `Diary.put_in_force`."""
        with Session(self._engine) as db, db.begin():
            known = {row.flag: row for row in db.scalars(self._open_flags(person))}
            for flag, tier in tiers.items():
                if flag in known:
                    known[flag].tier = tier
                else:
                    db.add(FlagRow(person=person, flag=flag, tier=tier, at=at))

    def withdraw(self, person: str, flag: str) -> None:
        """See `Diary.withdraw`."""
        with Session(self._engine) as db, db.begin():
            for row in db.scalars(self._open_flags(person).where(FlagRow.flag == flag)):
                db.delete(row)

    def clear(self, person: str, at: datetime) -> None:
        """See `Diary.clear`."""
        with Session(self._engine) as db, db.begin():
            for row in db.scalars(self._open_flags(person)):
                row.cleared_at = at

    def forget(self, person: str) -> None:
        """See `Diary.forget`; SQLite's file is written anew without what was deleted."""
        with Session(self._engine) as db, db.begin():
            for table in OF_A_PERSON:
                db.execute(sa.delete(table).where(table.person == person))
        self._vacuum()

    def forget_before(self, moment: datetime) -> int:
        """Delete everything older than `moment`, of everybody; return how many rows went."""
        oldest = ((SessionRow, SessionRow.started_at), (ScoreRow, ScoreRow.at), (FlagRow, FlagRow.at))
        with Session(self._engine) as db, db.begin():
            gone = [db.execute(sa.delete(table).where(at < moment)).rowcount for table, at in oldest]
        return sum(gone)

    @staticmethod
    def _newest(db: Session, table: Any, at: Any, person: str, *options: Any) -> list[Any]:
        query = sa.select(table).where(table.person == person).options(*options)
        return list(db.scalars(query.order_by(at.desc()).limit(MOST_ROWS)))[::-1]

    @staticmethod
    def _open_flags(person: str) -> Any:
        return sa.select(FlagRow).where(FlagRow.person == person, FlagRow.cleared_at.is_(None))

    def _vacuum(self) -> None:
        if self._engine.dialect.name != "sqlite":
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(sa.text("VACUUM"))


def _session_of(row: SessionRow) -> SessionEntry:
    exercises = tuple(
        ExerciseDone(**{name: getattr(done, name) for name in _EXERCISE}) for done in row.exercises
    )
    return SessionEntry(**{name: getattr(row, name) for name in _SESSION}, exercises=exercises)

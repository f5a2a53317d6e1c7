"""The events of all conversations in an SQL database, in Rasa's own table with one column more.

With a key (`sealing`) what an event holds is unreadable there; the marks of the keys that were
used stand in a table of their own, so that a start without one of them is noticed.

Everything here blocks; `lasting_store` keeps it away from the turns.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Sequence, Text, Tuple
from uuid import uuid4

import sqlalchemy as sa
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, UserUttered
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from rasa_project.diary.database import engine_for
from rasa_project.storage.sealing import EventsUnreadable, KeyMissing, Seal

TABLE = "events"
SEALS = "event_seals"
KEY = "event_key"
KEY_INDEX = "ix_events_event_key"

_metadata = sa.MetaData()
_events = sa.Table(
    TABLE,
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255), nullable=False, index=True),
    sa.Column("type_name", sa.String(255), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(255)),
    sa.Column("action_name", sa.String(255)),
    sa.Column("data", sa.Text),
    # Unlike Rasa's: what was written in doubt can be written again and is there once.
    sa.Column(KEY, sa.String(32)),
)
_key_index = sa.Index(KEY_INDEX, _events.c[KEY], unique=True)
_seals = sa.Table(SEALS, sa.MetaData(), sa.Column("mark", sa.String(64), primary_key=True))
StoredEvent = Tuple[Optional[Text], Mapping[Text, Any]]
"""Key (None for what Rasa's own store wrote) and event."""

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True)
class NewEvent:
    """An event on its way into the database."""

    event: Event

    key: Text
    """Stays the same however often it is tried to write the event."""

    unread: bool = False
    """Whether its turn could not read what came before it."""

    @classmethod
    def of(cls, event: Event, unread: bool = False) -> "NewEvent":
        """Return `event` with a key of its own."""
        return cls(event, uuid4().hex, unread)

    def row(self, sender_id: Text, seal: Seal) -> Mapping[Text, Any]:
        """Return the columns of its row."""
        data = self.event.as_dict()
        names = {
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
        }
        return {
            "sender_id": sender_id,
            "type_name": self.event.type_name,
            "timestamp": data.get("timestamp"),
            # What somebody asked about tells of their health, too; the skill reads neither column.
            **(dict.fromkeys(names) if seal.is_on else names),
            "data": seal.close(json.dumps(data)),
            KEY: self.key,
        }


class EventsTable:
    """Reads and writes conversations; each method is one transaction."""

    def __init__(self, url: Text, seal: Seal = Seal()) -> None:
        """Take the database at `url`; it is opened at first use.

        Every method raises KeyMissing where `seal` lacks a key that the database was written with.
        """
        self._engine = engine_for(url)
        self._seal = seal
        self._is_ready = False
        self._is_marked = not seal.is_on

    def append(self, sender_id: Text, events: Sequence[NewEvent]) -> None:
        """Write events, in their order; those that are there already stay as they are.

        A turn that could not read the conversation has begun a session of its own. Where
        there is a conversation that beginning is left out, so that what came before, a lock
        above all, stays in force.

        Raises:
            sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be written to.
        """
        with self._begin() as db:
            if any(new.unread for new in events) and self._holds(db, sender_id):
                events = [new for new in events if not (new.unread and _begins(new.event))]
            if events:
                # One row a statement: PostgreSQL numbers the rows of one in any order.
                statement = self._insert(_events)
                if not self._is_marked:
                    db.execute(self._insert(_seals), {"mark": self._seal.mark})
                for new in events:
                    db.execute(statement, new.row(sender_id, self._seal))
        self._is_marked = self._is_marked or bool(events)

    def session(self, sender_id: Text) -> List[StoredEvent]:
        """Return the events of the latest session, oldest first."""
        mine = _events.c.sender_id == sender_id
        started = (
            sa.select(sa.func.max(_events.c.id))
            .where(mine, _events.c.type_name == SessionStarted.type_name)
            .scalar_subquery()
        )
        # By its place and not by its time: a clock may be set back in the middle of a talk.
        return self._read(sa.and_(mine, _events.c.id >= sa.func.coalesce(started, 0)))

    def everything(self, sender_id: Text) -> List[StoredEvent]:
        """Return the events of all sessions, oldest first."""
        return self._read(_events.c.sender_id == sender_id)

    def senders(self) -> List[Text]:
        """Return the ids of all conversations."""
        with self._begin() as db:
            return list(db.scalars(sa.select(_events.c.sender_id).distinct()))

    def delete(self, sender_id: Text) -> None:
        """Delete a conversation; in SQLite so that the file holds it no more."""
        with self._begin() as db:
            db.execute(sa.delete(_events).where(_events.c.sender_id == sender_id))
        self._write_anew()

    def probe(self) -> None:
        """Ask the database for one thing, to see that it answers.

        Raises:
            sqlalchemy.exc.SQLAlchemyError, OSError: it does not.
        """
        with self._begin() as db:
            db.execute(sa.select(_events.c.id).limit(1))

    def seal_anew(self, batch: int = 500) -> int:
        """Seal every event with the first key that is not; return how many were written anew.

        `batch` events a transaction, so that turns go on meanwhile. Afterwards the other keys
        are needed no more, unless a process still writes with one of them.

        Raises:
            KeyMissing: an event is sealed with a key that is not given; those before it are done.
        """
        first = Seal(self._seal.keys[:1])
        done, last = 0, -1
        with self._begin() as db:
            db.execute(self._insert(_seals), {"mark": first.mark})
        while True:
            with self._begin() as db:
                query = sa.select(_events.c.id, _events.c.data).where(_events.c.id > last)
                rows = db.execute(query.order_by(_events.c.id).limit(batch)).all()
                for number, data in rows:
                    if not first.opens(data):
                        sealed = first.close(self._seal.open(data))
                        change = sa.update(_events).where(_events.c.id == number)
                        db.execute(change.values(data=sealed, intent_name=None, action_name=None))
                        done += 1
            if not rows:
                break
            last = rows[-1].id
        with self._begin() as db:
            db.execute(sa.delete(_seals).where(_seals.c.mark != first.mark))
        self._write_anew()
        return done

    def let_go(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._engine.dispose()

    def _read(self, which: Any) -> List[StoredEvent]:
        with self._begin() as db:
            columns = sa.select(_events.c[KEY], _events.c.data)
            rows = db.execute(columns.where(which).order_by(_events.c.id))
            return [(key, self._event_in(data)) for key, data in rows]

    def _event_in(self, data: Optional[Text]) -> Mapping[Text, Any]:
        text = self._seal.open(data or "")
        try:
            event: Mapping[Text, Any] = json.loads(text)
        except ValueError:
            raise EventsUnreadable("An event in the database of SKILL_TRACKER_URL is damaged.") from None
        return event

    def _insert(self, table: sa.Table) -> Any:
        return _INSERT[self._engine.dialect.name](table).on_conflict_do_nothing()

    def _write_anew(self) -> None:
        """Write SQLite's file anew, without what was deleted or changed."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                db.execute(sa.text("VACUUM"))

    @staticmethod
    def _holds(db: Connection, sender_id: Text) -> bool:
        said = _events.c.type_name == UserUttered.type_name
        return bool(
            db.execute(
                sa.select(_events.c.id).where(_events.c.sender_id == sender_id, said).limit(1)
            ).first()
        )

    def _begin(self) -> Any:
        if not self._is_ready:
            self._make_ready()
            self._is_ready = True
        return self._engine.begin()

    def _make_ready(self) -> None:
        """Make the tables, or give Rasa's own the column that it lacks, once the keys are known to fit."""
        with self._engine.connect() as db:
            inspector = sa.inspect(db)
            has_seals = inspector.has_table(SEALS)
            if has_seals:
                self._seal.check(frozenset(db.scalars(sa.select(_seals.c.mark))))
            if (has_seals or not self._seal.is_on) and inspector.has_table(TABLE) and any(
                column["name"] == KEY for column in inspector.get_columns(TABLE)
            ):
                return
        try:
            with self._engine.begin() as db:
                inspector = sa.inspect(db)
                if self._seal.is_on:
                    _seals.create(db, checkfirst=True)
                if not inspector.has_table(TABLE):
                    _metadata.create_all(db)
                elif all(column["name"] != KEY for column in inspector.get_columns(TABLE)):
                    db.execute(sa.text(f"ALTER TABLE {TABLE} ADD COLUMN {KEY} VARCHAR(32)"))
                    _key_index.create(db)
        except (sa.exc.OperationalError, sa.exc.ProgrammingError, sa.exc.IntegrityError):
            # Another process makes it at the same moment; if it does not, reading will tell.
            with self._engine.connect() as db:
                db.execute(sa.select(_events.c[KEY]).limit(1))
                if self._seal.is_on:
                    self._seal.check(frozenset(db.scalars(sa.select(_seals.c.mark))))


def _begins(event: Event) -> bool:
    return isinstance(event, SessionStarted) or (
        isinstance(event, ActionExecuted) and event.action_name == "action_session_start"
    )


def check_keys(url: Text, seal: Seal) -> None:
    """Return if `seal` has every key that the database at `url` was written with.

    A database that does not answer cannot be asked; it is none of this function's business.

    Raises:
        KeyMissing: it lacks one.
    """
    table = EventsTable(url, seal)
    try:
        table.probe()
    except KeyMissing:
        raise
    except Exception:  # said by the first turn, which goes on without it
        pass
    finally:
        table.let_go()

"""Opens the diary's database and brings its tables up to date, one process at a time."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.engine.url import URL

from rasa_project.care.errors import UnknotError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
HEAD = "0001"
"""Newest revision; read here so that an up-to-date diary needs no Alembic (0.4 s of imports)."""

SQLITE_WAIT_S = 2.0
"""How long a write waits for another process to finish its own."""
SERVER_WAIT_S = 2
"""How long PostgreSQL gets to answer a connection, and a statement (a turn has 8 s in all)."""
LOCK_NUMBER = 7_301_446_215
"""Advisory lock of PostgreSQL under which tables are changed; any number nobody else uses."""


class DiaryError(UnknotError):
    """The diary's database cannot be used; the message says why, without a user's words."""


def open_database(url: str) -> Engine:
    """Return an engine for `url` whose tables are up to date.

    Raises:
        DiaryError: the tables come from a newer version of this skill.
        OSError, sqlalchemy.exc.SQLAlchemyError: the database cannot be reached or written.
    """
    engine = engine_for(url)
    try:
        _bring_up_to_date(engine, sqlite_file(engine.url))
    except BaseException:
        engine.dispose()
        raise
    return engine


def engine_for(url: str) -> Engine:
    """Return an engine for `url` that gives up in time; nothing is connected to yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return sa.create_engine(
        parsed,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": SERVER_WAIT_S,
            "options": f"-c statement_timeout={SERVER_WAIT_S * 1000}",
        },
    )


def sqlite_file(url: URL) -> Optional[Path]:
    """Return the file of an SQLite URL; None for memory, a URI or another database."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    return None if name.startswith("file:") else Path(name)


def _sqlite(url: URL) -> Engine:
    file = sqlite_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(url, connect_args={"timeout": SQLITE_WAIT_S})

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        # What is deleted is overwritten, in the file and in the journal beside it.
        for setting in ("secure_delete = ON", "foreign_keys = ON", "journal_mode = DELETE"):
            connection.execute(f"PRAGMA {setting}")

    return engine


def _bring_up_to_date(engine: Engine, file: Optional[Path]) -> None:
    if _revision(engine) == HEAD:
        return
    with _alone(engine, file), engine.connect() as connection:
        if _revision(engine) != HEAD:
            _migrate(connection)


def _revision(engine: Engine) -> Optional[str]:
    """Return the revision of the tables, None when there are none yet."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
        revision: Optional[str] = found.scalar()
        return revision


def _migrate(connection: Connection) -> None:
    # Imported here because it is needed once in the life of a diary.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DiaryError(
            "The diary was written by a newer version of this skill. Update the skill, or set "
            "SKILL_DIARY_URL to another place."
        ) from error


@contextmanager
def _alone(engine: Engine, file: Optional[Path]) -> Iterator[None]:
    """Keep every other process away from the tables while they change."""
    if file is not None:
        with file.with_name(f"{file.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    elif engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            # The second process waits here for as long as the first one works.
            connection.execute(sa.text("SET statement_timeout = 0"))
            connection.execute(sa.text("SELECT pg_advisory_lock(:n)"), {"n": LOCK_NUMBER})
            try:
                yield
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:n)"), {"n": LOCK_NUMBER})
                connection.execute(sa.text("RESET statement_timeout"))
                connection.invalidate()
    else:
        yield

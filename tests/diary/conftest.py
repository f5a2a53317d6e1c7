"""Real databases for the diary's tests: SQLite files, and a PostgreSQL server of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rasa_project.diary.keeper import Keeper
from own_ports import next_port

POSTGRES_PROGRAMS = ("initdb", "pg_ctl", "postgres")
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; this user is on every system."""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A diary file that does not exist yet, in a folder that does not either."""
    return f"sqlite:///{tmp_path / 'data' / 'diary.sqlite3'}"


@pytest.fixture
def keeper(sqlite_url: str) -> Iterator[Keeper]:
    """A keeper of that file."""
    kept = Keeper(sqlite_url, keep_days=365)
    yield kept
    kept.close()


def _program(name: str) -> str | None:
    """Return the path of a PostgreSQL program; Debian keeps them off the search path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server that this test run starts and ends."""
    programs = {name: _program(name) for name in POSTGRES_PROGRAMS}
    missing = [name for name, path in programs.items() if path is None]
    if missing:
        pytest.skip(f"PostgreSQL is not installed (no {', '.join(missing)}); package postgresql")
    # Not pytest's own folder: every further run of pytest closes it to other users.
    folder = Path(tempfile.mkdtemp(prefix="unknot-postgres-"))
    port = next_port()
    as_user: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        as_user["user"] = UNPRIVILEGED
        shutil.chown(folder, UNPRIVILEGED)

    def run(name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(programs[name]), *arguments],
            stdout=subprocess.DEVNULL,  # the server would keep a pipe open
            stderr=subprocess.STDOUT,
            timeout=60,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            **as_user,
        )
        assert done.returncode == 0, f"{name} failed; see {folder}/log"

    data = str(folder / "data")
    run("initdb", "-D", data, "-U", "unknot", "--auth=trust", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield f"postgresql://unknot@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)

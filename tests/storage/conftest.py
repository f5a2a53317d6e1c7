"""Servers that all tests of a file share: a start takes longer than most of what is tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from real_servers import Postgres, Redis


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the servers of a file."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that runs."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def redis(folder: Path) -> Iterator[Redis]:
    """A Redis server that runs."""
    server = Redis(folder / "redis")
    try:
        server.start()
        yield server
    finally:
        server.kill()

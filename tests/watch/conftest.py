"""One served skill for all tests that watch it or knock at its door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from watched_server import Watched, serving


@pytest.fixture(scope="package")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The trained skill with every guard on; twelve turns a minute from elsewhere."""
    with serving(tmp_path_factory.mktemp("watched"), TURNS_PER_MINUTE="12") as here:
        yield here

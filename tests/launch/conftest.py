"""The mini project, trained once for all tests of the launch code."""

from __future__ import annotations

from pathlib import Path

import pytest

from mini_project import converse, make_mini_project


@pytest.fixture(scope="session")
def mini_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mini project with its model trained."""
    root = make_mini_project(tmp_path_factory.mktemp("mini"))
    assert converse(root, "").returncode == 0
    return root

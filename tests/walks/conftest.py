"""One set of branching conversations for all walks: each sentence is read only once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="package")
def branches(loaded_skill: Any) -> Iterator[Any]:
    """Conversations of the loaded skill that can be branched."""
    from rasa_project.evaluation.branches import branching

    with branching(loaded_skill) as branches:
        yield branches

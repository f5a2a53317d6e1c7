"""Loads the skill for measurements, with Rasa's log turned down."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from rasa_project.local import Skill


def load_quietly(model: Path | None = None) -> Skill:
    """Return the skill of a model, the newest one for None, with Rasa's log turned down."""
    from rasa_project import lean_import

    log_only_what_is_wrong()
    lean_import.install()
    from rasa_project.local import Skill

    return Skill.load(model)


def log_only_what_is_wrong() -> None:
    """Let Rasa log warnings and errors only: its other lines hold what was said."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

"""What the skill says about itself to Wyoming clients."""

from __future__ import annotations

from typing import Any, Dict

from wyoming.info import Attribution, HandleModel, HandleProgram, Info

NAME = "unknot"
"""Name of the program, and so of the entity in Home Assistant (`conversation.unknot`)."""

VERSION = "0.1.0"
"""Told to clients; the version of `pyproject.toml`."""


def info() -> Info:
    """Return what the skill says about itself: a `handle` program and nothing else.

    With an `intent` program as well, Home Assistant would take it for one that controls the house.
    """
    made_by = Attribution(name="Unknot", url="https://rasa.com")
    about = "Coaches people through a back spasm and sends emergencies to help at once."
    common: Dict[str, Any] = dict(
        name=NAME, attribution=made_by, installed=True, description=about, version=VERSION
    )
    return Info(handle=[HandleProgram(**common, models=[HandleModel(**common, languages=["en"])])])

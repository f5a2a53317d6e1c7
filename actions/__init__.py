"""Custom actions: each turns a tracker into a call of `rasa_project.care` and its result into events."""

from __future__ import annotations


def warm_up() -> None:
    """Do before the first turn what would make it wait: open the diary. Never raises."""
    from rasa_project.diary.keeper import keeper

    keeper().warm_up()

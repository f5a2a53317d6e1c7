"""Custom actions: each turns a tracker into a call of `rasa_project.care` and its result into events."""

from __future__ import annotations


def warm_up() -> None:
    """Do before it is asked for what would make a turn wait: read content, open the diary.

    What is read now goes on being said, whatever becomes of its file. Never raises.
    """
    from rasa_project.care.check import ACTIONS_NEED, read_ahead
    from rasa_project.diary.keeper import keeper

    keeper().warm_up()
    read_ahead(ACTIONS_NEED)

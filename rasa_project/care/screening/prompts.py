"""The question that is put next, with what a reply's metadata needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rasa_project.care.flags import RedFlagContent
from rasa_project.care.screening.questions import Screening, load_screening
from rasa_project.care.screening.state import ScreeningState

OWN_WORDS = frozenset({"resolved", "long_standing", "faint", "who"})
"""Checks that have a sentence of their own in `says`."""


@dataclass(frozen=True)
class Prompt:
    """One question, ready to be spoken."""

    node: str
    """Id of the question in screening.yml."""

    text: str
    group: str
    """Q1_life_threat … Q9_about_you, also for follow-ups and re-asks; `short_rescreen`."""

    covers: tuple[str, ...]
    """Flag ids it asks about."""

    attempt: int = 1
    follow_up: bool = False
    check: str = ""
    """Kind of re-ask; empty for the question itself."""

    flag: str = ""
    """Flag whose `confirm` it is."""

    person: str = "self"
    """`other`: the answers are about somebody else."""

    who_asked: bool = False
    """The speaker has said whom the exercises are for."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "covers": list(self.covers)}


def prompt_for(state: ScreeningState, content: RedFlagContent) -> Prompt | None:
    """Return the pending question of `state`, or None when none is pending."""
    if state.pending is None:
        return None
    screening = load_screening(content.folder)
    node = screening.node(state.pending)
    covers = (state.check_flag,) if state.check == "confirm" else tuple(node.covers)
    return Prompt(
        node=node.id,
        text=_text(state, screening, content),
        group=node.group,
        covers=covers,
        attempt=state.attempt,
        follow_up=not node.is_main,
        check=state.check,
        flag=state.check_flag,
        person=state.person,
        who_asked=state.who_asked,
    )


def _text(state: ScreeningState, screening: Screening, content: RedFlagContent) -> str:
    assert state.pending is not None
    if state.check == "confirm":
        flag = content.flag(state.check_flag)
        return flag.reask if state.reasked else flag.confirm
    if state.check == "reask":
        return screening.reasks[state.pending]
    if state.check in OWN_WORDS:
        return screening.say(state.check)
    return screening.texts[state.pending]

"""Which picture a front end with one screen should show after a turn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Optional

from rasa_project.care.errors import UnknownReference
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.pictures.book import Drawing, picture

ENDS_IT = frozenset({"escalation", "crisis_support", "ask_adult", "error"})
"""Kinds behind which no earlier step of the same turn may be shown: there is something else to do."""

KEEPS_IT = frozenset(
    {
        "paused",
        "resumed",
        "slower",
        "faster",
        "answer",
        "explain",
        "help",
        "fallback",
        "refuse_dose",
        "refuse_diagnosis",
        "thanks",
    }
)
"""Last kinds of a turn that leave the step before the eye: the exercise has not ended."""

NOTHING_RUNS = frozenset({"nothing_running", "offer_screen"})
"""Ids of a `help` that is said because no exercise is under way."""


@dataclass(frozen=True)
class StepShown:
    """The picture of the step under way."""

    id: str
    """Name of the drawing."""

    frame: Optional[int]
    """Position that shows the step, from 1; None for the whole picture."""

    title: str
    """Name of the exercise."""

    description: str
    """For who cannot see it."""


def picture_after(reply: TurnReply) -> tuple[bool, Optional[StepShown]]:
    """Return whether what is shown changes, and to what; None stands for nothing at all."""
    if reply.ends:
        return True, None
    for message in reversed(reply.messages):
        if message.kind in ENDS_IT:
            return True, None
        shown = _shown(message)
        if shown is not None:
            return True, shown
    last = reply.messages[-1]
    kept = last.kind in KEEPS_IT and last.reply.get("id") not in NOTHING_RUNS
    return not kept, None


def drawing_of(message: Message) -> Optional[Drawing]:
    """Return the drawing that a message carries, None when it carries none that is known."""
    image = message.reply.get("image") or message.image
    if not isinstance(image, str):
        return None
    try:
        return picture(PurePosixPath(image).stem)
    except UnknownReference:
        return None


def _shown(message: Message) -> Optional[StepShown]:
    drawing = drawing_of(message)
    if drawing is None:
        return None
    frame = _frame(message, drawing)
    caption = f"{drawing.frames[frame - 1].caption}. " if frame else ""
    return StepShown(drawing.id, frame, drawing.title, caption + drawing.alt)


def _frame(message: Message, drawing: Drawing) -> Optional[int]:
    """Return the position to show alone; a drawing of one position is shown as it is."""
    number, count = message.reply.get("image_frame"), len(drawing.frames)
    known = isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= count
    return number if known and count > 1 else None

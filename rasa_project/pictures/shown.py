"""Which picture belongs to the step under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from rasa_project.care.coaching import Cursor
from rasa_project.care.steps import adaptations_of, load_coaching
from rasa_project.pictures.book import load_pictures

PICTURES_PATH = "/pictures"
"""Where the skill serves them; `.svg` or `.png` follows the id."""
ALL_FOURS = "_all_fours"


@dataclass(frozen=True)
class Shown:
    """A picture as a reply names it."""

    image: str
    """Path on the skill's own server."""

    frame: Optional[int]
    """Number of the position that shows this step, from 1; None when the whole picture does."""

    alt: str


def shown_at(cursor: Cursor) -> Shown:
    """Return the picture of the step under way, done as this person may do it."""
    circumstances = cursor.circumstances
    changes = adaptations_of(cursor.unit_id, circumstances, load_coaching())
    wanted = next((c.picture for c in changes if c.picture), cursor.unit_id)
    pictures = load_pictures()
    if circumstances.all_fours and wanted + ALL_FOURS in pictures:
        wanted += ALL_FOURS
    drawing = pictures[wanted]
    return Shown(
        f"{PICTURES_PATH}/{drawing.id}.svg", drawing.frame_of_step(cursor.current.number), drawing.alt
    )

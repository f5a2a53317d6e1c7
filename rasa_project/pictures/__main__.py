"""`make pictures`: writes every drawing, and the sheet that shows all of them at once."""

from __future__ import annotations

import sys

from rasa_project.care.errors import UnknotError
from rasa_project.pictures.book import load_pictures
from rasa_project.pictures.drawn import DRAWN_DIR, current, write_all
from rasa_project.pictures.raster import draw_pngs
from rasa_project.settings import PROJECT

SHEET = PROJECT / "docs" / "contact_sheet.png"
"""Every picture at once, for who corrects one."""


def main() -> int:
    """Draw what changed; return the exit code."""
    try:
        pictures = load_pictures()
        written = write_all(pictures)
        print(f"{len(current(pictures))} pictures in {DRAWN_DIR}, {written} of them changed.")
        print(draw_pngs(DRAWN_DIR, SHEET))
    except UnknotError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The drawn files: what they should hold, and writing those that changed."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Mapping

from PIL import Image

from rasa_project.pictures.book import Drawing, load_pictures
from rasa_project.pictures.drawing import GAP, draw_picture, layout_of

DRAWN_DIR = Path(__file__).resolve().parent / "drawn"
"""Committed, so that the skill serves them without drawing anything."""


def current(pictures: Mapping[str, Drawing]) -> dict[str, str]:
    """Return the content of every SVG file by name."""
    return {f"{i}.svg": draw_picture(p.title, p.alt, p.frames) for i, p in pictures.items()}


@lru_cache(maxsize=256)
def one_frame(picture_id: str, number: int) -> str | None:
    """Return the SVG of one position of a picture (numbered from 1), None when there is no such."""
    drawing = load_pictures().get(picture_id)
    if drawing is None or not 1 <= number <= len(drawing.frames):
        return None
    frame = drawing.frames[number - 1]
    alt = f"{frame.caption}. {drawing.alt}"
    return draw_picture(f"{drawing.title}, position {number}", alt, (frame,), first=number)


@lru_cache(maxsize=128)
def one_frame_png(picture_id: str, number: int) -> bytes | None:
    """Return one position (numbered from 1) cut out of a committed PNG, None when there is no such."""
    drawing, whole = load_pictures().get(picture_id), DRAWN_DIR / f"{picture_id}.png"
    if drawing is None or not 1 <= number <= len(drawing.frames) or not whole.is_file():
        return None
    laid = layout_of(drawing.frames)
    left, top = laid.places[number - 1]
    with Image.open(whole) as image:
        scale = image.width / laid.width
        box = (left - GAP / 2, top - GAP / 2, left + laid.cell_w + GAP / 2, top + laid.cell_h + GAP / 2)
        cut = image.crop(tuple(round(edge * scale) for edge in box))
        drawn = io.BytesIO()
        cut.save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


def png_of(picture_id: str, number: int | None) -> bytes | None:
    """Return a picture as PNG, whole or one position of it (numbered from 1); None when there is no such."""
    if number is not None:
        return one_frame_png(picture_id, number)
    whole = DRAWN_DIR / f"{picture_id}.png"
    # The id may come from a stranger: only a known one becomes a path.
    return whole.read_bytes() if picture_id in load_pictures() and whole.is_file() else None


def write_all(pictures: Mapping[str, Drawing], folder: Path = DRAWN_DIR) -> int:
    """Write all SVG files into `folder`, remove what is drawn no more; return how many changed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = current(pictures)
    for file in (*folder.glob("*.svg"), *folder.glob("*.png")):
        if f"{file.stem}.svg" not in wanted:
            file.unlink()
    changed = 0
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed += 1
    return changed

"""A picture as one SVG document: its frames side by side, numbered, for light and dark."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import escape
from typing import Sequence

from rasa_project.pictures.figure import back_line, shapes_of
from rasa_project.pictures.front_figure import front_shapes
from rasa_project.pictures.limbs import Shape
from rasa_project.pictures.props import prop_shapes
from rasa_project.pictures.scene import Frame, FrontPerson
from rasa_project.pictures.shapes import arrow, number, smooth
from rasa_project.pictures.skeleton import place, point
from rasa_project.pictures.style import STYLE

MARGIN = 14.0
GAP = 8.0
CAPTION_SIZE = 8.5
CAPTION_LINE = 10.5
BADGE_R = 8.0
CHARACTER_WIDTH = 0.56
"""Mean width of a character as a share of the letter size, for breaking captions."""
WANTED_SHAPE = 1.9
"""Width to height that pictures come near to: a phone held upright and a screen both take it."""
SEEN_FROM = {"side": "", "above": "from above", "front": "from the front", "behind": "from behind"}


@dataclass(frozen=True)
class Box:
    """A rectangle with y up."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom


@dataclass(frozen=True)
class Drawn:
    """A frame's shapes and the room they take, before it has its place in the picture."""

    frame: Frame
    body: str
    box: Box
    caption: tuple[str, ...]


def draw_frame(frame: Frame) -> Drawn:
    """Return the shapes of one frame."""
    layers: dict[str, list[Shape]] = {"behind": [], "between": [], "front": []}
    for prop in frame.props:
        layers[prop.layer] += prop_shapes(prop)
    ridge: list[complex] = []
    if isinstance(frame.person, FrontPerson):
        far, near = front_shapes(frame.person, frame.seen)
    else:
        bones = place(frame.person)
        far, near = shapes_of(bones)
        ridge = back_line(bones) if frame.show_back else []
    shapes = [*layers["behind"], *far, *layers["between"], *near, *layers["front"]]
    parts = [f'<path class="{s.paint}" d="{s.path}"/>' for s in shapes]
    if ridge:
        parts.append(f'<path class="ridge" d="{smooth(ridge, closed=False)}"/>')
    spots = [p for s in shapes for p in _points(s.path)]
    for sign in frame.arrows:
        ends = [(point(sign.start), point(sign.end), sign.bend)]
        if sign.both_ways:
            ends.append((point(sign.end), point(sign.start), -sign.bend))
        for start, end, bend in ends:
            line, head = arrow(start, end, bend)
            parts.append(f'<path class="go" d="{line}"/><path class="tip" d="{head}"/>')
            spots += [start, end, (start + end) / 2 + bend * 1j * (end - start) / abs(end - start)]
    box = Box(
        min(p.real for p in spots) - MARGIN, min(p.imag for p in spots) - 6,
        max(p.real for p in spots) + MARGIN, max(p.imag for p in spots) + MARGIN,
    )
    return Drawn(frame, "".join(parts), box, tuple(_lines(frame.caption, box.width)))


@dataclass(frozen=True)
class Layout:
    """Where the frames of a picture stand, in its own units."""

    width: float
    height: float
    cell_w: float
    cell_h: float
    figure_h: float
    places: tuple[tuple[float, float], ...]
    """Upper left corner of each frame, from the picture's own."""


def layout_of(frames: Sequence[Frame]) -> Layout:
    """Return where each frame stands in the picture of `frames`."""
    return _layout([draw_frame(f) for f in frames])


def _layout(drawn: Sequence[Drawn]) -> Layout:
    cell_w = max(max(d.box.width for d in drawn), 84)
    lines = max(len(_lines(d.frame.caption, cell_w)) for d in drawn)
    figure_h = max(d.box.height for d in drawn) + 4
    cell_h = figure_h + lines * CAPTION_LINE + 6
    columns = _columns(len(drawn), cell_w, cell_h)
    rows = math.ceil(len(drawn) / columns)
    width = columns * (cell_w + GAP) + GAP
    height = rows * (cell_h + GAP) + GAP
    places = []
    for i in range(len(drawn)):
        in_row = min(columns, len(drawn) - (i // columns) * columns)
        indent = (columns - in_row) * (cell_w + GAP) / 2
        places.append((GAP + indent + (i % columns) * (cell_w + GAP), GAP + (i // columns) * (cell_h + GAP)))
    return Layout(width, height, cell_w, cell_h, figure_h, tuple(places))


def draw_picture(title: str, alt: str, frames: Sequence[Frame], first: int = 1) -> str:
    """Return the SVG document of a picture; `first` is the number of its first frame."""
    drawn = [draw_frame(f) for f in frames]
    laid = _layout(drawn)
    width, height = laid.width, laid.height
    cells = [
        _cell(piece, first + i, *laid.places[i], laid.cell_w, laid.figure_h, laid.cell_h)
        for i, piece in enumerate(drawn)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width * 2)}" height="{number(height * 2)}" role="img" aria-labelledby="title desc">'
        f'<title id="title">{escape(title)}</title><desc id="desc">{escape(alt)}</desc>'
        f"<style>{STYLE}</style>\n" + "\n".join(cells) + "\n</svg>\n"
    )


def _cell(piece: Drawn, count: int, x: float, y: float, width: float, figure_h: float, height: float) -> str:
    # Frames of one picture share the line of the floor, and stand in the middle of their cell.
    dx = x + (width - piece.box.width) / 2 - piece.box.left
    dy = y + figure_h + piece.box.bottom
    lines = _lines(piece.frame.caption, width)
    top = y + figure_h + CAPTION_LINE
    text = "".join(
        f'<text class="caption" x="{number(x + width / 2)}" y="{number(top + i * CAPTION_LINE)}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    seen = SEEN_FROM[piece.frame.seen]
    view = f'<text class="view" x="{number(x + width - 6)}" y="{number(y + 12)}">{seen}</text>' if seen else ""
    return (
        f'<g><rect class="card" x="{number(x)}" y="{number(y)}" width="{number(width)}" '
        f'height="{number(height)}" rx="7"/><g transform="translate({number(dx)} {number(dy)})">{piece.body}</g>'
        f'<circle class="badge" cx="{number(x + 12)}" cy="{number(y + 12)}" r="{number(BADGE_R)}"/>'
        f'<text class="number" x="{number(x + 12)}" y="{number(y + 15.6)}">{count}</text>{view}{text}</g>'
    )


def _columns(count: int, width: float, height: float) -> int:
    """Return how many frames stand beside each other."""

    def off(columns: int) -> float:
        rows = math.ceil(count / columns)
        empty = columns * rows - count
        return abs(math.log(columns * width / (rows * height) / WANTED_SHAPE)) + 0.35 * empty

    return min(range(1, count + 1), key=off)


def _lines(caption: str, width: float) -> list[str]:
    """Return a caption in as few lines as fit, all of about the same length."""
    most = max(12, int((width - 6) / (CAPTION_SIZE * CHARACTER_WIDTH)))
    lines = _broken(caption, most)
    while most > 12 and len(_broken(caption, most - 1)) == len(lines):
        most -= 1
    return _broken(caption, most)


def _broken(caption: str, most: int) -> list[str]:
    lines = [""]
    for word in caption.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


_PAIR = re.compile(r"(-?[\d.]+) (-?[\d.]+)")


def _points(path: str) -> list[complex]:
    """Return all points of a path with y up; radii of arcs are left out."""
    bare = re.sub(r"A-?[\d.]+ -?[\d.]+ \d \d \d ", "L", path)
    return [complex(float(x), -float(y)) for x, y in _PAIR.findall(bare)]


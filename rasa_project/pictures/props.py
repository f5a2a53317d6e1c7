"""Mat, chair, wall, bed, table, ball, pillow and roller as filled shapes."""

from __future__ import annotations

from typing import Callable, Mapping

from rasa_project.pictures.limbs import Shape
from rasa_project.pictures.scene import Prop
from rasa_project.pictures.shapes import capsule, circle, rounded_box, smooth, turned_box
from rasa_project.pictures.skeleton import direction, point

SEAT_HEIGHT = 46.0
"""A chair on which the thighs lie level; the top of its seat."""
TABLE_HEIGHT, WORKTOP_HEIGHT = 74.0, 90.0
BED_HEIGHT = 48.0
MAT_THICK = 2.5
"""Mats lie below zero, so that whoever lies on one lies at the height of the floor."""


def prop_shapes(prop: Prop) -> list[Shape]:
    """Return what a prop looks like."""
    return _DRAWN[prop.what](prop)


def _floor(prop: Prop) -> list[Shape]:
    width = prop.size[0] if prop.size else 100
    return [Shape(rounded_box(point(prop.at) - 1.6j, width, 1.6, 0.8), "ground")]


def _mat(prop: Prop) -> list[Shape]:
    width = prop.size[0] if prop.size else 190
    return [Shape(rounded_box(point(prop.at) - 1j * MAT_THICK, width, MAT_THICK, 1.2), "mat")]


def _chair(prop: Prop) -> list[Shape]:
    depth, back_top = 42.0, SEAT_HEIGHT + 46
    way = -1 if prop.faces == "right" else 1
    front, floor = prop.at[0], prop.at[1]
    back = front + way * depth

    def bar(x1: float, x2: float, y1: float, y2: float) -> str:
        return rounded_box(complex(min(x1, x2), floor + y1), abs(x2 - x1), y2 - y1, 1.8)

    return [
        Shape(bar(back, back - way * 4, 0, back_top), "wood"),
        Shape(bar(front + way * 2, front + way * 6, 0, SEAT_HEIGHT - 3), "wood"),
        Shape(bar(front, back, SEAT_HEIGHT - 5, SEAT_HEIGHT), "wood"),
    ]


def _chair_front(prop: Prop) -> list[Shape]:
    x, y = prop.at
    boxes = [(-22, SEAT_HEIGHT, 4, 46), (18, SEAT_HEIGHT, 4, 46), (-22, SEAT_HEIGHT + 34, 44, 12),
             (-22, 0, 4, SEAT_HEIGHT), (18, 0, 4, SEAT_HEIGHT), (-23, SEAT_HEIGHT - 5, 46, 6)]
    return [Shape(rounded_box(complex(x + bx, y + by), w, h, 1.8), "wood") for bx, by, w, h in boxes]


def _wall(prop: Prop) -> list[Shape]:
    height = prop.size[1] if prop.size else 190
    x = prop.at[0] if prop.faces == "right" else prop.at[0] + 0
    left = x - 8 if prop.faces == "right" else x
    return [Shape(rounded_box(complex(left, prop.at[1]), 8, height, 0.5), "wall")]


def _bed(prop: Prop) -> list[Shape]:
    width = prop.size[0] if prop.size else 200
    x, y = prop.at
    return [
        Shape(rounded_box(complex(x + 6, y), 5, 30, 1), "wood"),
        Shape(rounded_box(complex(x + width - 11, y), 5, 30, 1), "wood"),
        Shape(rounded_box(complex(x, y + 26), width, 6, 2), "wood"),
        Shape(rounded_box(complex(x, y + 31), width, BED_HEIGHT - 31, 5), "mat"),
    ]


def _bed_front(prop: Prop) -> list[Shape]:
    """Return a bed seen from its long side, a little from above: its top shows."""
    width = prop.size[0] if prop.size else 170
    x, y = prop.at
    top = Shape(rounded_box(complex(x + 3, y + BED_HEIGHT - 10), width - 6, 34, 8), "mat soft")
    return [top, *_bed(prop)]


def _bed_from_above(prop: Prop) -> list[Shape]:
    width, height = prop.size or (200, 95)
    return [Shape(rounded_box(point(prop.at), width, height, 7), "mat soft")]


def _worktop(prop: Prop) -> list[Shape]:
    width = prop.size[0] if prop.size else 66
    x, y = prop.at
    cupboard = x + 4 if prop.faces == "right" else x
    return [
        Shape(rounded_box(complex(cupboard, y), width - 4, WORKTOP_HEIGHT - 3, 1), "wall"),
        Shape(rounded_box(complex(x, y + WORKTOP_HEIGHT - 4), width, 4, 1.5), "wood"),
    ]


def _table(prop: Prop) -> list[Shape]:
    width, height = prop.size[0] if prop.size else 80, TABLE_HEIGHT
    x, y = prop.at
    return [
        Shape(rounded_box(complex(x + 5, y), 4, height - 3, 1), "wood"),
        Shape(rounded_box(complex(x + width - 9, y), 4, height - 3, 1), "wood"),
        Shape(rounded_box(complex(x, y + height - 4), width, 4, 1.5), "wood"),
    ]


def _ball(prop: Prop) -> list[Shape]:
    radius = prop.size[0] / 2 if prop.size else 4.5
    middle = point(prop.at)
    return [Shape(circle(middle, radius), "ball")]


def _roller(prop: Prop) -> list[Shape]:
    radius = prop.size[0] / 2 if prop.size else 7.5
    middle = point(prop.at)
    return [Shape(circle(middle, radius), "roller"), Shape(circle(middle, radius * 0.35), "roller core")]


def _pillow(prop: Prop) -> list[Shape]:
    width, height = prop.size or (42, 11)
    return [Shape(turned_box(point(prop.at), width, height, prop.angle), "pillow")]


def _spine(prop: Prop) -> list[Shape]:
    """Return the bones of a spine from `at` upwards, `size[1]` long."""
    height = prop.size[1] if prop.size else 44
    x, y = prop.at
    rows = int(height // 6)
    return [
        Shape(smooth([complex(x - 2, y + 6 * i), complex(x + 2, y + 6 * i), complex(x + 2, y + 6 * i + 3), complex(x - 2, y + 6 * i + 3)]), "bone")
        for i in range(rows)
    ]


def _sun(prop: Prop) -> list[Shape]:
    middle = point(prop.at)
    rays = [
        capsule(middle + 13 * direction(a), middle + 18 * direction(a), 1.1, 1.1)
        for a in range(0, 360, 45)
    ]
    return [Shape(circle(middle, 9), "sun"), *(Shape(ray, "sun") for ray in rays)]


_DRAWN: Mapping[str, Callable[[Prop], list[Shape]]] = {
    "floor": _floor,
    "mat": _mat,
    "chair": _chair,
    "chair_front": _chair_front,
    "wall": _wall,
    "bed": _bed,
    "bed_front": _bed_front,
    "bed_from_above": _bed_from_above,
    "table": _table,
    "worktop": _worktop,
    "ball": _ball,
    "roller": _roller,
    "pillow": _pillow,
    "spine": _spine,
    "sun": _sun,
}

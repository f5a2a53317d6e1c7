"""Outlines as SVG paths: rounded limbs, smooth closed shapes, arrows.

Points are complex numbers with y up; the paths have y down, as SVG wants it.
"""

from __future__ import annotations

import cmath
import math
from typing import Sequence


def number(value: float) -> str:
    """Return a length for SVG: a tenth of a unit is finer than any screen shows."""
    text = f"{value:.1f}"
    return "0" if text in ("-0.0", "0.0") else text.removesuffix(".0")


def xy(point: complex) -> str:
    """Return a point for SVG."""
    return f"{number(point.real)} {number(-point.imag)}"


def polygon(points: Sequence[complex]) -> str:
    """Return the closed path through `points`, straight from one to the next."""
    return "M" + "L".join(xy(p) for p in points) + "Z"


def smooth(points: Sequence[complex], closed: bool = True) -> str:
    """Return a path that runs smoothly through `points` (Catmull-Rom as Béziers)."""
    if closed and _area(points) < 0:
        # All outlines run the same way round, so that several in one path add up.
        points = points[::-1]
    count = len(points)
    steps = range(count if closed else count - 1)
    path = f"M{xy(points[0])}"
    for i in steps:
        before = points[(i - 1) % count] if closed or i else points[0]
        here, there = points[i], points[(i + 1) % count]
        after = points[(i + 2) % count] if closed or i + 2 < count else there
        first, second = here + (there - before) / 6, there - (after - here) / 6
        path += f"C{xy(first)} {xy(second)} {xy(there)}"
    return path + ("Z" if closed else "")


def _area(points: Sequence[complex]) -> float:
    """Return twice the area within `points`, minus when they run clockwise."""
    pairs = zip(points, [*points[1:], points[0]])
    return sum(a.real * b.imag - b.real * a.imag for a, b in pairs)


def capsule(start: complex, end: complex, start_r: float, end_r: float) -> str:
    """Return a limb: two circles and what lies between them."""
    way = end - start
    distance = abs(way)
    if distance <= abs(start_r - end_r):
        return circle(start if start_r >= end_r else end, max(start_r, end_r))
    # The straight sides touch both circles.
    tilt = math.acos((start_r - end_r) / distance)
    along = cmath.phase(way)
    left, right = cmath.rect(1, along + tilt), cmath.rect(1, along - tilt)
    big_start = int(start_r > end_r)
    return (
        f"M{xy(start + start_r * right)}"
        f"L{xy(end + end_r * right)}"
        f"A{number(end_r)} {number(end_r)} 0 {1 - big_start} 0 {xy(end + end_r * left)}"
        f"L{xy(start + start_r * left)}"
        f"A{number(start_r)} {number(start_r)} 0 {big_start} 0 {xy(start + start_r * right)}Z"
    )


def circle(middle: complex, radius: float) -> str:
    """Return a circle as a path."""
    r = number(radius)
    return (
        f"M{xy(middle - radius)}A{r} {r} 0 1 0 {xy(middle + radius)}"
        f"A{r} {r} 0 1 0 {xy(middle - radius)}Z"
    )


def rounded_box(corner: complex, width: float, height: float, radius: float) -> str:
    """Return a rectangle with round corners; `corner` is the lower left one."""
    r = min(radius, width / 2, height / 2)
    x, y = corner.real, corner.imag
    arc = f"A{number(r)} {number(r)} 0 0 1 "
    return (
        f"M{xy(complex(x + r, y + height))}L{xy(complex(x + width - r, y + height))}"
        f"{arc}{xy(complex(x + width, y + height - r))}L{xy(complex(x + width, y + r))}"
        f"{arc}{xy(complex(x + width - r, y))}L{xy(complex(x + r, y))}"
        f"{arc}{xy(complex(x, y + r))}L{xy(complex(x, y + height - r))}"
        f"{arc}{xy(complex(x + r, y + height))}Z"
    )


def turned_box(middle: complex, width: float, height: float, angle: float) -> str:
    """Return a soft rectangle around `middle`, turned by `angle` degrees."""
    spin = cmath.rect(1, math.radians(angle))
    w, h = width / 2, height / 2
    # More points along the sides than at the corners keep a pillow plump and not pointed.
    outline = [
        complex(-w, -h * 0.5), complex(-w * 0.86, -h), complex(0, -h * 1.06), complex(w * 0.86, -h),
        complex(w, -h * 0.5), complex(w, h * 0.5), complex(w * 0.86, h), complex(0, h * 1.06),
        complex(-w * 0.86, h), complex(-w, h * 0.5),
    ]
    return smooth([middle + spin * p for p in outline])


def arrow(start: complex, end: complex, bend: float, head: float = 7.0) -> tuple[str, str]:
    """Return the line and the head of an arrow, bent to the left of its way by `bend`."""
    control = (start + end) / 2 + 2 * bend * 1j * (end - start) / abs(end - start)
    last = end - control
    last /= abs(last)
    neck = end - head * 0.8 * last
    line = f"M{xy(start)}Q{xy(control)} {xy(neck)}"
    return line, polygon([end, end - head * last + head * 0.55j * last, end - head * last - head * 0.55j * last])

"""The person of a frame as filled shapes, drawn from the farthest part to the nearest."""

from __future__ import annotations

from rasa_project.pictures import body
from rasa_project.pictures.front_figure import face_on_head
from rasa_project.pictures.limbs import (
    ANKLE_R, ELBOW_R, KNEE_R, SHOULDER_R, SLEEVE, THIGH_R, WRIST_R, Shape,
)
from rasa_project.pictures.shapes import capsule, circle, smooth
from rasa_project.pictures.skeleton import Limb, Skeleton, direction


def shapes_of(bones: Skeleton) -> tuple[list[Shape], list[Shape]]:
    """Return the far and the near shapes; a prop between the legs goes between the two."""
    far = [*_leg(bones.far_leg, bones.turn, "far"), *_arm(bones.far_arm, bones.turn, "far")]
    trunk, shorts = _trunk(bones)
    near = [*_neck(bones), trunk, *_head(bones), *_leg(bones.near_leg, bones.turn, "near", shorts)]
    return far, [*near, *_arm(bones.near_arm, bones.turn, "near")]


def _leg(leg: Limb, turn: int, which: str, shorts: str = "") -> list[Shape]:
    # One path for all of one colour: no seam at the knee.
    shin = capsule(leg.middle, leg.end, KNEE_R, ANKLE_R)
    thigh = capsule(leg.root, leg.middle, THIGH_R, KNEE_R)
    return [Shape(_foot(leg, turn), f"shoe {which}"), Shape(shin + thigh + shorts, f"legs {which}")]


def _foot(leg: Limb, turn: int) -> str:
    toes = direction(leg.tip)
    up = toes * (1j if turn > 0 else -1j)
    outline = [(-6.5, -1), (-5.5, -6), (6, -6), (15, -6), (17.5, -4.4), (15, -1.8), (6, 1.6), (3.5, 4), (-4, 4)]
    return smooth([leg.end + x * toes + y * up for x, y in outline])


def _arm(arm: Limb, turn: int, which: str) -> list[Shape]:
    hem = arm.root + SLEEVE * (arm.middle - arm.root)
    hem_r = SHOULDER_R + 0.8 + SLEEVE * (ELBOW_R - SHOULDER_R)
    tip = direction(arm.tip)
    hand = capsule(arm.end + 2.2 * tip, arm.end + 7.0 * tip, 3.7, 2.2)
    return [
        Shape(
            hand
            + capsule(arm.middle, arm.end, ELBOW_R, WRIST_R)
            + capsule(arm.root, arm.middle, SHOULDER_R, ELBOW_R),
            f"skin {which}",
        ),
        Shape(capsule(arm.root, hem, SHOULDER_R + 0.6, hem_r), f"shirt {which}"),
    ]


def spine(bones: Skeleton, share: float) -> tuple[complex, complex]:
    """Return a point of the trunk's middle line (0 hip to 1 neck) and the way it runs there."""
    control = 2 * bones.waist - (bones.hip + bones.neck) / 2
    a, b, c = bones.hip, control, bones.neck
    point = (1 - share) ** 2 * a + 2 * share * (1 - share) * b + share**2 * c
    way = (1 - share) * (b - a) + share * (c - b)
    return point, way / abs(way)


_BACK = ((0.0, 11.4), (0.18, 10.6), (0.4, 8.6), (0.6, 9.4), (0.8, 10.4), (0.93, 8.0), (1.0, 5.2))
_FRONT = ((0.0, 9.6), (0.18, 9.8), (0.4, 9.6), (0.6, 10.6), (0.8, 10.2), (0.93, 6.4), (1.0, 4.6))
"""Half depths of the trunk from hip to neck, behind and before its middle line."""


def _outline(bones: Skeleton, profile: tuple[tuple[float, float], ...], side: int) -> list[complex]:
    points = []
    for share, depth in profile:
        middle, way = spine(bones, share)
        if side > 0 and 0.1 < share < 0.7:
            depth += bones.belly * (1 - abs(share - 0.4) / 0.3) if abs(share - 0.4) < 0.3 else 0
        # Before the body is to the right of its way up when it faces right.
        points.append(middle + side * bones.turn * -1j * way * depth)
    return points


def back_line(bones: Skeleton) -> list[complex]:
    """Return points along the back's outline, from the tail bone to below the shoulders."""
    return _outline(bones, tuple((s, d - 2.4) for s, d in _BACK[:5]), -1)


def _trunk(bones: Skeleton) -> tuple[Shape, str]:
    """Return the shirt, and the outline of the shorts for the leg to go on from."""
    tail, way = spine(bones, 0)
    behind, before = _outline(bones, _BACK, -1), _outline(bones, _FRONT, 1)
    seat = tail - 8.5 * way
    shirt = smooth([*before, *reversed(behind), seat])
    low_back, low_front = behind[:2], before[:2]
    shorts = smooth([*low_front, *reversed(low_back), seat])
    return Shape(shirt, "shirt near"), shorts + circle(bones.hip, 9.4)


def _neck(bones: Skeleton) -> list[Shape]:
    return [Shape(capsule(bones.neck - 3 * direction(bones.head_to), bones.head, 5.0, 4.8), "skin near")]


def _head(bones: Skeleton) -> list[Shape]:
    if bones.face_to_viewer:
        return face_on_head(bones.head, bones.head_to, 0, "front")
    up = direction(bones.head_to)
    face = up * (-1j if bones.turn > 0 else 1j)

    def at(x: float, y: float) -> complex:
        return bones.head + x * face + y * up

    skull = [
        (0, 12), (6.2, 10.2), (9.6, 5), (9.9, 1.2), (13, -2.6), (10.2, -4.0), (9.8, -8), (7.2, -11.4),
        (1, -10.6), (-5.5, -9), (-9.6, -3), (-10.2, 3), (-6.6, 9.6),
    ]
    hair = [
        (9.4, 6.6), (6.8, 11), (0, 13.4), (-7.4, 10.8), (-11.4, 3.4), (-10.6, -4), (-6.4, -9.6),
        (-3.6, -4), (-1.4, 1.6), (2.5, 5.4),
    ]
    return [
        Shape(smooth([at(*p) for p in skull]), "skin near"),
        Shape(smooth([at(*p) for p in hair]), "hair"),
        Shape(circle(at(-1.6, -1.6), 2.1), "skin near bare"),
        Shape(circle(at(6.2, 0.8), 1.1), "eye"),
    ]


def lowest_point(bones: Skeleton) -> float:
    """Return the height of the lowest skin, in centimetres above the floor."""
    lows = [min(p.imag for p in (*_outline(bones, _BACK, -1), *_outline(bones, _FRONT, 1)))]
    lows.append(bones.head.imag - body.HEAD_WIDTH)
    for leg in (bones.near_leg, bones.far_leg):
        toes = direction(leg.tip)
        up = toes * (1j if bones.turn > 0 else -1j)
        lows += [(leg.end + x * toes - body.FOOT_SOLE * up).imag for x in (-6, 15)]
        lows += [leg.middle.imag - KNEE_R]
    for arm in (bones.near_arm, bones.far_arm):
        tip = direction(arm.tip)
        lows += [arm.middle.imag - ELBOW_R, arm.end.imag - WRIST_R, (arm.end + 7 * tip).imag - 2.2]
    return min(lows)

"""A person seen face on, from behind, or from above when lying on the back."""

from __future__ import annotations

import math

from rasa_project.pictures import body
from rasa_project.pictures.limbs import (
    ANKLE_R, ELBOW_R, KNEE_R, SHOULDER_R, SLEEVE, THIGH_R, WRIST_R, Shape,
)
from rasa_project.pictures.scene import FrontLimb, FrontPerson, Part, View
from rasa_project.pictures.shapes import capsule, circle, smooth
from rasa_project.pictures.skeleton import direction, point

HAND_LENGTH, FOOT_LENGTH = 7.0, 14.0
NARROWEST = 0.62
"""Width of a chest turned a quarter, as a share of one seen face on."""


def front_shapes(person: FrontPerson, view: View) -> tuple[list[Shape], list[Shape]]:
    """Return the shapes under and over whatever is put between."""
    hip = point(person.hip)
    up = direction(person.back)
    right = -1j * up
    chest = hip + (body.LOWER_BACK + body.UPPER_BACK) * person.back_seen * up
    width = 1 - (1 - NARROWEST) * abs(person.turned)
    middle = chest + 4 * person.turned * right
    shoulders = body.SHOULDERS_APART * width
    roots = {
        "left_arm": middle - shoulders * right - body.SHOULDER_DROP * up,
        "right_arm": middle + shoulders * right - body.SHOULDER_DROP * up,
        "left_leg": hip - body.HIPS_APART * right,
        "right_leg": hip + body.HIPS_APART * right,
    }
    under: list[Shape] = []
    over: list[Shape] = []
    for name in ("left_leg", "right_leg", "left_arm", "right_arm"):
        limb: FrontLimb = getattr(person, name)
        draw = _front_leg if name.endswith("leg") else _front_arm
        (over if limb.over else under).extend(draw(roots[name], limb))
    trunk = _trunk(hip, middle, up, right, shoulders, person.back_seen)
    neck = [Shape(capsule(middle - 3 * up, middle + 9 * direction(person.head), 5.2, 5.0), "skin near")]
    middle_of_head = middle + body.NECK * direction(person.head)
    head = face_on_head(middle_of_head, person.head, person.looks, view)
    return under, [*trunk, *neck, *head, *over] if view != "behind" else [*neck, *trunk, *head, *over]


def _end(root: complex, part: Part, length: float) -> complex:
    return root + length * part.seen * direction(part.to)


def _front_leg(root: complex, leg: FrontLimb) -> list[Shape]:
    knee = _end(root, leg.first, body.THIGH)
    ankle = _end(knee, leg.second, body.SHIN)
    foot = leg.end or Part(to=leg.second.to, seen=0.7)
    toes = _end(ankle, foot, FOOT_LENGTH)
    # What points at the viewer lies over what it hangs from.
    shin = capsule(knee, ankle, KNEE_R, ANKLE_R)
    thigh = capsule(root, knee, THIGH_R, KNEE_R + 0.6)
    shoe = Shape(capsule(ankle + 1.5 * direction(foot.to), toes, 4.6, 4.9), "shoe near")
    return [shoe, Shape(shin + thigh, "legs near")]


def _front_arm(root: complex, arm: FrontLimb) -> list[Shape]:
    elbow = _end(root, arm.first, body.UPPER_ARM)
    wrist = _end(elbow, arm.second, body.FOREARM)
    hand = arm.end or Part(to=arm.second.to, seen=1)
    hem = root + SLEEVE * (elbow - root)
    tip = direction(hand.to)
    return [
        Shape(
            capsule(wrist + 2.2 * tip, wrist + HAND_LENGTH * hand.seen * tip, 3.8, 2.6)
            + capsule(elbow, wrist, ELBOW_R, WRIST_R)
            + capsule(root, elbow, SHOULDER_R, ELBOW_R),
            "skin near",
        ),
        Shape(capsule(root, hem, SHOULDER_R + 0.7, ELBOW_R + 1.4), "shirt near"),
    ]


def _trunk(
    hip: complex, neck: complex, up: complex, right: complex, shoulders: float, seen: float
) -> list[Shape]:
    spine = neck - hip
    rows = ((0, 16.5), (0.3, 14.0), (0.55, 14.5), (0.82, shoulders - 0.5), (0.93, shoulders - 3), (1.0, 7))
    middles = [hip + share * spine for share, _ in rows]
    lefts = [m - half * right for m, (_, half) in zip(middles, rows)]
    rights = [m + half * right for m, (_, half) in zip(middles, rows)]
    seat_l, seat_r = hip - 9 * seen * up - 13 * right, hip - 9 * seen * up + 13 * right
    shirt = smooth([*lefts, *reversed(rights), seat_r, seat_l])
    shorts = smooth([lefts[0] + 0.5 * up, hip + 1.5 * up, rights[0] + 0.5 * up, seat_r, hip - 10 * seen * up, seat_l])
    return [Shape(shirt, "shirt near"), Shape(shorts, "legs near")]


def face_on_head(middle: complex, crown: float, looks: float, view: View) -> list[Shape]:
    """Return a head around `middle`; `crown` is where its top points, `looks` as in the content."""
    up = direction(crown)
    right = -1j * up

    def at(x: float, y: float) -> complex:
        return middle + x * right + y * up

    skull = [(0, 12), (7, 9.4), (9.4, 2), (8.4, -5), (4.4, -10.4), (0, -12), (-4.4, -10.4), (-8.4, -5), (-9.4, 2), (-7, 9.4)]
    shapes = [Shape(smooth([at(*p) for p in skull]), "skin near")]
    if view == "behind":
        hair = [(0, 13.2), (8, 10), (10.2, 2), (8.6, -6), (3, -8.6), (-3, -8.6), (-8.6, -6), (-10.2, 2), (-8, 10)]
        return [*shapes, Shape(smooth([at(*p) for p in hair]), "hair")]
    look = 6.2 * looks
    fringe = [
        (0, 13.4), (7.8, 10.6), (10.4, 3.0), (9.4, -1.0 + 5 * max(0, looks)), (6.8 + look * 0.3, 5.0),
        (look * 0.6, 7.6), (-6.8 + look * 0.3, 5.0), (-9.4, -1.0 - 5 * min(0, looks)), (-10.4, 3.0), (-7.8, 10.6),
    ]
    eye = 3.6 * math.cos(looks)
    shapes.append(Shape(smooth([at(*p) for p in fringe]), "hair"))
    for side in (-1, 1):
        if abs(look + side * eye) < 8.6:
            shapes.append(Shape(circle(at(look + side * eye, 0.6), 1.1), "eye"))
    nose = look * 1.45
    shapes.append(Shape(smooth([at(nose - 0.8, -0.6), at(nose + 0.8, -0.6), at(nose + 1.7, -4), at(nose - 1.7, -4)]), "nose"))
    return shapes

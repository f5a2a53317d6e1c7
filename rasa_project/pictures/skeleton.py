"""A person of the content placed joint by joint: limbs of fixed length, turned one after the other.

Points are complex numbers, in centimetres, x to the right and y up.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from typing import Iterator

from rasa_project.pictures import body
from rasa_project.pictures.scene import Arm, Leg, Person, Spot

FAR_SHIFT = 5.0
"""How far a far limb in the same pose is drawn before the near one, so that both are seen."""
REACH_SLACK = 1.0
"""A target this much out of reach is met by a straight limb without an error."""


class Unreachable(ValueError):
    """A hand or a foot was put where no arm or leg gets to."""


@dataclass(frozen=True)
class Limb:
    """Root, middle and end joint, and the direction of hand or foot in degrees."""

    root: complex
    middle: complex
    end: complex
    tip: float


@dataclass(frozen=True)
class Skeleton:
    """All joints of a person seen from the side."""

    turn: int
    """+1 when facing right, -1 when facing left."""
    hip: complex
    waist: complex
    neck: complex
    head: complex
    head_to: float
    near_arm: Limb
    far_arm: Limb
    near_leg: Limb
    far_leg: Limb
    belly: float = 0
    face_to_viewer: bool = False


def direction(degrees: float) -> complex:
    """Return the unit vector of a direction."""
    return cmath.rect(1, math.radians(degrees))


def degrees_of(vector: complex) -> float:
    """Return the direction of a vector."""
    return math.degrees(cmath.phase(vector))


def point(spot: Spot) -> complex:
    """Return a spot of the content as a complex number."""
    return complex(*spot)


def between(from_deg: float, to_deg: float) -> float:
    """Return how far it is from one direction to another, -180 to 180."""
    return (to_deg - from_deg + 180) % 360 - 180


def place(person: Person) -> Skeleton:
    """Return the joints of `person`.

    Raises:
        Unreachable: a hand or a foot is put too far away.
    """
    turn = 1 if person.facing == "right" else -1
    hip = point(person.hip)
    waist = hip + body.LOWER_BACK * direction(person.lower_back)
    up = direction(person.upper_back)
    neck = waist + body.UPPER_BACK * up
    head = neck + body.NECK * direction(person.head)
    shoulder = neck - body.SHOULDER_DROP * up
    shift = FAR_SHIFT * turn
    return Skeleton(
        turn=turn,
        hip=hip,
        waist=waist,
        neck=neck,
        head=head,
        head_to=person.head,
        near_arm=_arm(person.near_arm, shoulder, turn, "near"),
        far_arm=_arm(person.far_arm, shoulder, turn, "far")
        if person.far_arm
        else _shifted(_arm(person.near_arm, shoulder, turn, "near"), shift * 0.7),
        near_leg=_leg(person.near_leg, hip, turn, "near"),
        far_leg=_leg(person.far_leg, hip, turn, "far")
        if person.far_leg
        else _shifted(_leg(person.near_leg, hip, turn, "near"), shift),
        belly=person.belly,
        face_to_viewer=person.face_to_viewer,
    )


def bends(person: Person, bones: Skeleton) -> Iterator[tuple[body.Range, float]]:
    """Yield each joint's range with how far it is bent here, in degrees."""
    turn = bones.turn
    back = turn * between(person.upper_back, person.lower_back)
    yield body.BACK_RANGE, back
    yield body.NECK_RANGE, turn * between(person.head, person.upper_back)
    for leg in (bones.near_leg, bones.far_leg):
        thigh, shin = degrees_of(leg.middle - leg.root), degrees_of(leg.end - leg.middle)
        yield body.HIP_RANGE, turn * between(person.lower_back + 180, thigh)
        yield body.KNEE_RANGE, turn * between(shin, thigh)
        yield body.ANKLE_RANGE, turn * between(shin, leg.tip) - 90
    for arm in (bones.near_arm, bones.far_arm):
        upper, fore = degrees_of(arm.middle - arm.root), degrees_of(arm.end - arm.middle)
        raised = turn * between(person.upper_back + 180, upper)
        yield body.SHOULDER_RANGE, raised + 360 if raised < -120 else raised
        yield body.ELBOW_RANGE, turn * between(upper, fore)
        yield body.WRIST_RANGE, turn * between(fore, arm.tip)


def reach(root: complex, target: complex, first: float, second: float, bend: int) -> complex:
    """Return the middle joint of a limb from `root` to `target`; `bend` +1 puts it to the left.

    Raises:
        Unreachable: the two parts together are too short, or too long to fold.
    """
    way = target - root
    distance = abs(way)
    if distance > first + second + REACH_SLACK or distance < abs(first - second):
        raise Unreachable(
            f"({target.real:.0f}, {target.imag:.0f}) is {distance:.0f} cm from the joint at "
            f"({root.real:.0f}, {root.imag:.0f}); the limb reaches "
            f"{abs(first - second):.0f} to {first + second:.0f}"
        )
    distance = min(distance, first + second)
    cosine = (first**2 + distance**2 - second**2) / (2 * first * distance)
    corner = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
    return root + first * direction(degrees_of(way) + bend * corner)


def _arm(arm: Arm, shoulder: complex, turn: int, which: str) -> Limb:
    upper, fore = body.UPPER_ARM * arm.seen, body.FOREARM * arm.seen
    if arm.hand_at is None:
        elbow = shoulder + upper * direction(arm.upper)
        wrist = elbow + fore * direction(arm.fore)
        return Limb(shoulder, elbow, wrist, arm.fore if arm.hand is None else arm.hand)
    palm = point(arm.hand_at)
    try:
        if arm.hand is None:
            # The palm goes on from the forearm.
            elbow = reach(shoulder, palm, upper, fore + body.PALM, -turn)
            along = (palm - elbow) / abs(palm - elbow)
            return Limb(shoulder, elbow, elbow + fore * along, degrees_of(along))
        wrist = palm - body.PALM * direction(arm.hand)
        elbow = reach(shoulder, wrist, upper, fore, -turn)
    except Unreachable as error:
        raise Unreachable(f"{which}_arm: hand_at {error}") from None
    return Limb(shoulder, elbow, wrist, arm.hand)


def _leg(leg: Leg, hip: complex, turn: int, which: str) -> Limb:
    if leg.foot_at is None:
        knee = hip + body.THIGH * direction(leg.thigh)
        foot = leg.shin + 90 * turn if leg.foot is None else leg.foot
        return Limb(hip, knee, knee + body.SHIN * direction(leg.shin), foot)
    flat = 0.0 if turn > 0 else 180.0
    foot = flat if leg.foot is None else leg.foot
    ankle = point(leg.foot_at) + body.FOOT_SOLE * direction(foot + 90 * turn)
    try:
        knee = reach(hip, ankle, body.THIGH, body.SHIN, turn)
    except Unreachable as error:
        raise Unreachable(f"{which}_leg: foot_at {error}") from None
    return Limb(hip, knee, ankle, foot)


def _shifted(limb: Limb, by: float) -> Limb:
    return Limb(limb.root + by, limb.middle + by, limb.end + by, limb.tip)

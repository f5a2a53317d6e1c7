"""Measures and joint limits of the drawn person: an adult of about 1.72 m, in centimetres."""

from __future__ import annotations

from dataclasses import dataclass

FOOT_SOLE = 6.0
"""Height of the ankle above the sole."""
FOOT_HEEL, FOOT_TOE = 6.5, 17.5
"""How far the sole reaches behind and before the ankle."""
SHIN = 41.0
THIGH = 42.0
LOWER_BACK = 24.0
"""Hip joint to the middle of the back."""
UPPER_BACK = 26.0
"""Middle of the back to the base of the neck."""
SHOULDER_DROP = 5.0
"""How far the shoulder joint lies below the base of the neck."""
NECK = 18.5
"""Base of the neck to the middle of the head."""
HEAD_WIDTH, HEAD_HEIGHT = 10.5, 12.0
"""Half measures of the skull seen from the side."""
UPPER_ARM = 29.0
FOREARM = 25.0
PALM = 4.5
"""Wrist to the middle of the palm; a hand is twice as long."""

HIP_THICK, WAIST_THICK, CHEST_THICK, NECK_BASE_THICK = 11.0, 9.6, 11.2, 6.5
"""Half depths of the trunk seen from the side."""
HIPS_APART, SHOULDERS_APART = 8.5, 17.5
"""Half distances of the joints seen from the front."""


@dataclass(frozen=True)
class Range:
    """How far a joint goes, in degrees of bending; 0 is the upright, straight body."""

    name: str
    least: float
    most: float

    def problem(self, angle: float) -> str | None:
        """Return what is wrong with a bend of `angle` degrees, None when a person can do it."""
        if self.least <= angle <= self.most:
            return None
        return (
            f"{self.name} is bent {angle:.0f} degrees; a person manages "
            f"{self.least:.0f} to {self.most:.0f}"
        )


HIP_RANGE = Range("the hip", -30, 140)
KNEE_RANGE = Range("the knee", -3, 160)
ANKLE_RANGE = Range("the ankle", -60, 35)
"""Toes towards the shin count as plus."""
SHOULDER_RANGE = Range("the shoulder", -70, 185)
ELBOW_RANGE = Range("the elbow", -3, 155)
WRIST_RANGE = Range("the wrist", -95, 95)
BACK_RANGE = Range("the back", -45, 75)
NECK_RANGE = Range("the neck", -55, 65)

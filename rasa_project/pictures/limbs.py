"""What side and front figures share: how thick limbs are, and a filled shape."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One filled outline."""

    path: str
    paint: str
    """Classes of the style sheet."""


THIGH_R, KNEE_R, ANKLE_R = 8.6, 6.2, 4.0
SHOULDER_R, ELBOW_R, WRIST_R = 5.4, 4.3, 3.3
"""Half thicknesses at the joints, in centimetres."""
SLEEVE = 0.62
"""Share of the upper arm that the sleeve covers."""

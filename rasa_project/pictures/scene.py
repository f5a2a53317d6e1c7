"""What `content/pictures.yml` may say: people, props, arrows and captions, frame by frame.

Lengths are centimetres from the frame's own zero on the floor, x to the right and y up.
Directions are degrees as on a clock face laid flat: 0 points right, 90 up, 180 left, -90
down; each says where that part of the body points, whatever the part before it does.
"""

from __future__ import annotations

from typing import Any, Literal, Mapping, Optional, Tuple, Union

from pydantic import Field, root_validator, validator

from rasa_project.care.loading import ContentModel

Spot = Tuple[float, float]
Side = Literal["left", "right"]
View = Literal["side", "above", "front", "behind"]

MAX_FRAMES = 5
"""Ways down and up take five; an exercise two to four."""
MAX_CAPTION_WORDS = 9
"""A caption is read beside the picture at a glance."""
MAX_ALT_WORDS = 70
"""What a screen reader says about a picture before it becomes a lecture."""


class Arm(ContentModel):
    """One arm: two directions, or where the palm is put."""

    upper: Optional[float] = None
    fore: Optional[float] = None
    hand: Optional[float] = None
    """Where the fingers point; as the forearm when left out."""
    hand_at: Optional[Spot] = None
    seen: float = Field(1, gt=0.3, le=1)
    """Share of its length that shows when the elbow points to or from who looks."""

    @root_validator
    def _one_way(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        directions = values.get("upper") is not None and values.get("fore") is not None
        if directions == (values.get("hand_at") is not None):
            raise ValueError("give either upper and fore, or hand_at")
        return values


class Leg(ContentModel):
    """One leg: two directions, or where the sole under the ankle is put."""

    thigh: Optional[float] = None
    shin: Optional[float] = None
    foot: Optional[float] = None
    """Where the toes point; left out, flat on the floor with foot_at, else square to the shin."""
    foot_at: Optional[Spot] = None

    @root_validator
    def _one_way(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        directions = values.get("thigh") is not None and values.get("shin") is not None
        if directions == (values.get("foot_at") is not None):
            raise ValueError("give either thigh and shin, or foot_at")
        return values


class Person(ContentModel):
    """A person seen from the side, or lying on the side and seen from above."""

    facing: Side
    """Where they would look if they were set upright."""
    hip: Spot
    lower_back: float
    upper_back: float
    head: float
    """Where the crown points, seen from the base of the neck."""
    near_arm: Arm
    far_arm: Optional[Arm] = None
    """As the near one when left out."""
    near_leg: Leg
    far_leg: Optional[Leg] = None
    belly: float = Field(0, ge=0, le=6)
    """How far the belly is out, for breathing."""
    face_to_viewer: bool = False
    """The head is turned to the side, so that the whole face is seen."""


class Part(ContentModel):
    """One part of a limb seen from the front: its direction, and how much of its length shows."""

    to: float
    seen: float = Field(1, gt=0, le=1)


class FrontLimb(ContentModel):
    """An arm or a leg seen from the front, from behind or from above."""

    first: Part
    """Upper arm or thigh."""
    second: Part
    """Forearm or shin."""
    end: Optional[Part] = None
    """Hand or foot; as the part before it when left out."""
    over: bool = True
    """Whether it lies before the trunk."""


class FrontPerson(ContentModel):
    """A person seen face on, from behind, or from above when lying on the back."""

    hip: Spot
    back: float
    """Where the trunk points."""
    back_seen: float = Field(1, gt=0, le=1)
    head: float
    turned: float = Field(0, ge=-1, le=1)
    """Chest turned to the picture's left (minus) or right, 1 is a quarter turn."""
    looks: float = Field(0, ge=-1, le=1)
    left_arm: FrontLimb
    """Left and right are those of the picture."""
    right_arm: FrontLimb
    left_leg: FrontLimb
    right_leg: FrontLimb


class Prop(ContentModel):
    """A thing in the picture."""

    what: Literal[
        "mat", "floor", "chair", "chair_front", "wall", "bed", "bed_front", "bed_from_above", "table", "ball", "pillow",
        "roller", "spine", "worktop", "sun",
    ]
    at: Spot
    """Mat, bed, table: left end; chair: front edge of the seat; wall: its face; others: middle."""
    size: Optional[Spot] = None
    """Width and height, where they are not those of the thing itself."""
    faces: Side = "right"
    angle: float = 0
    layer: Literal["behind", "between", "front"] = "behind"
    """Between is over the far limbs and under the near ones."""


class Arrow(ContentModel):
    """Where a movement goes."""

    start: Spot = Field(alias="from")
    end: Spot = Field(alias="to")
    bend: float = 0
    """How far the middle of the arrow lies left of the straight line, in centimetres."""
    both_ways: bool = False


class Frame(ContentModel):
    """One key position."""

    caption: str
    steps: Tuple[int, ...]
    """Steps of the exercise (from 0) that this position shows."""
    seen: View = "side"
    person: Union[Person, FrontPerson]
    show_back: bool = False
    """Whether the line of the back is marked, where the movement is small."""
    props: Tuple[Prop, ...] = ()
    arrows: Tuple[Arrow, ...] = ()

    class Config(ContentModel.Config):
        smart_union = True

    @validator("caption")
    def _caption_is_short(cls, caption: str) -> str:
        count = len(caption.split())
        if count > MAX_CAPTION_WORDS:
            raise ValueError(
                f"the caption has {count} words; {MAX_CAPTION_WORDS} are read at a glance. Shorten it"
            )
        return caption


class Picture(ContentModel):
    """All positions of one exercise or transition."""

    alt: str
    """What the picture shows, for who cannot see it."""
    frames: Tuple[Frame, ...]

    @validator("alt")
    def _alt_is_useful(cls, alt: str) -> str:
        count = len(alt.split())
        if not 8 <= count <= MAX_ALT_WORDS:
            raise ValueError(f"alt has {count} words; 8 to {MAX_ALT_WORDS} tell what is shown")
        return alt

    @validator("frames")
    def _frames_fit(cls, frames: Tuple[Frame, ...]) -> Tuple[Frame, ...]:
        if not 1 <= len(frames) <= MAX_FRAMES:
            raise ValueError(f"has {len(frames)} frames; 1 to {MAX_FRAMES} stay readable")
        return frames


class Variant(ContentModel):
    """An exercise as it is done with an adaptation: some frames of a picture, or its own."""

    of: str
    """Id of the exercise."""
    keep: Tuple[int, ...] = ()
    """Frames of its picture, counted from 1."""
    alt: str
    frames: Tuple[Frame, ...] = ()

    @root_validator
    def _one_way(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        if bool(values.get("keep")) == bool(values.get("frames")):
            raise ValueError("give either keep or frames")
        return values


class PictureBook(ContentModel):
    """`content/pictures.yml` as a whole."""

    version: int
    kind: Literal["pictures"]
    reviewed: str
    parts: Any = None
    """Anchors only: props and positions that several frames share."""
    pictures: Mapping[str, Picture]
    variants: Mapping[str, Variant] = {}

"""`content/pictures.yml`, read and checked: every exercise is drawn, and drawn as a body can move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterator, Mapping, Optional

from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.exercises import ExerciseContent, load_exercises
from rasa_project.care.loading import CONTENT_DIR, read_model
from rasa_project.care.steps import load_coaching
from rasa_project.pictures.figure import lowest_point
from rasa_project.pictures.scene import Frame, Person, Picture, PictureBook, Variant
from rasa_project.pictures.skeleton import Unreachable, bends, place

SINKS_CM, HOVERS_CM = 2.0, 2.5
"""How far the lowest skin may lie under and over what carries it; more looks wrong."""
CARRIERS = ("chair", "bed", "bed_front", "roller", "pillow")
"""Props that can carry a whole person, whose lowest point may then be anywhere."""


@dataclass(frozen=True)
class Drawing:
    """One picture, ready to be drawn."""

    id: str
    of: str
    """The exercise or transition shown."""
    title: str
    alt: str
    frames: tuple[Frame, ...]

    def frame_of_step(self, step: Optional[int]) -> Optional[int]:
        """Return the number (from 1) of the first frame that shows a step, None for the whole picture."""
        for number, frame in enumerate(self.frames, start=1):
            if step in frame.steps:
                return number
        return None


@lru_cache(maxsize=4)
def load_pictures(folder: Path = CONTENT_DIR) -> Mapping[str, Drawing]:
    """Return all pictures of `folder` by id, those of adaptations included, read once and checked.

    Raises:
        ContentError: names file, picture, rule and mend of the first thing that is wrong.
    """
    path = folder / "pictures.yml"
    book = read_model(path, PictureBook)
    content = load_exercises(folder)
    for problem in _problems(book, content, folder):
        raise ContentError(f"{path}: {problem}")
    names = {e.id: e.spoken_name for e in (*content.exercises, *content.transitions)}
    drawings = {
        i: Drawing(i, i, names[i], picture.alt, picture.frames) for i, picture in book.pictures.items()
    }
    for i, variant in book.variants.items():
        frames = variant.frames or tuple(book.pictures[variant.of].frames[n - 1] for n in variant.keep)
        drawings[i] = Drawing(i, variant.of, names[variant.of], variant.alt, frames)
    return drawings


def picture(picture_id: str, folder: Path = CONTENT_DIR) -> Drawing:
    """Return one picture.

    Raises:
        UnknownReference: there is none of that id.
    """
    try:
        return load_pictures(folder)[picture_id]
    except KeyError:
        raise UnknownReference(f"There is no picture '{picture_id}' in pictures.yml.") from None


def _problems(book: PictureBook, content: ExerciseContent, folder: Path) -> Iterator[str]:
    steps = {e.id: len(e.steps) for e in (*content.exercises, *content.transitions)}
    for missing in steps.keys() - book.pictures.keys():
        yield f"'{missing}' has no picture. Draw one, or every screen stays empty there."
    for unknown in book.pictures.keys() - steps.keys():
        yield f"'{unknown}' is no exercise and no transition. Correct the id."
    for i, drawn in book.pictures.items():
        yield from _picture_problems(i, drawn.frames, steps[i])
    for i, variant in book.variants.items():
        yield from _variant_problems(i, variant, book, steps)
    for change in load_coaching(folder).adaptations:
        if change.picture and change.picture not in book.variants:
            yield f"coaching.yml shows '{change.picture}', which is no variant. Correct the id or draw it."


def _variant_problems(
    i: str, variant: Variant, book: PictureBook, steps: Mapping[str, int]
) -> Iterator[str]:
    if i in book.pictures:
        yield f"variant '{i}' has the id of a picture. Rename it."
    base: Optional[Picture] = book.pictures.get(variant.of)
    if base is None:
        yield f"variant '{i}' is of '{variant.of}', which has no picture. Correct the id."
        return
    for number in variant.keep:
        if not 1 <= number <= len(base.frames):
            yield f"variant '{i}' keeps frame {number}; count from 1 to {len(base.frames)}."
    yield from _picture_problems(i, variant.frames, steps[variant.of])


def _picture_problems(i: str, frames: tuple[Frame, ...], steps: int) -> Iterator[str]:
    for number, frame in enumerate(frames, start=1):
        for problem in _frame_problems(frame, steps):
            yield f"'{i}' frame {number}: {problem}"


def _frame_problems(frame: Frame, steps: int) -> Iterator[str]:
    for step in frame.steps:
        if not 0 <= step < steps:
            yield f"step {step} does not exist. Count from 0 to {steps - 1}."
    person = frame.person
    if not isinstance(person, Person):
        if frame.seen == "side":
            yield "a person seen from the front is in a frame seen from the side. Say `seen:`."
        return
    try:
        bones = place(person)
    except Unreachable as error:
        yield f"{error}. Move it nearer."
        return
    for joint, angle in bends(person, bones):
        told = joint.problem(angle)
        if told:
            yield f"{told}. Turn that limb."
    if frame.seen != "side":
        return
    low = lowest_point(bones)
    if low < -SINKS_CM:
        yield f"the lowest skin lies {-low:.0f} cm under the floor. Raise the hip or the limb."
    carried = any(p.what in CARRIERS for p in frame.props)
    if low > HOVERS_CM and not carried:
        yield f"the person hovers {low:.0f} cm over the floor. Lower the hip."

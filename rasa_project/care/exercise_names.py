"""Exercises asked for by name ("take me through the pelvic tilt")."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, Mapping, Optional

from rasa_project.care.errors import ContentError
from rasa_project.care.exercises import load_exercises
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.normalise import normalise
from rasa_project.care.patterns import in_whole_words


class ExerciseNames(ContentModel):
    """`content/exercise_names.yml`: exercise id to patterns over the normal form."""

    version: int
    kind: Literal["exercise_names"]
    names: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=4)
def load_exercise_names(folder: Path = CONTENT_DIR) -> ExerciseNames:
    """Return the names of `folder`, read once; each exercise has at least one.

    Raises:
        ContentError: the file breaks its schema or does not match `exercises.yml`.
    """
    path = folder / "exercise_names.yml"
    content = read_model(path, ExerciseNames)
    known = {e.id for e in load_exercises(folder).exercises}
    for wrong in sorted(known ^ set(content.names)):
        raise ContentError(f"{path}: '{wrong}' must be both here and in exercises.yml. Mend it.")
    return content


def exercise_named(text: str, names: Optional[ExerciseNames] = None) -> Optional[str]:
    """Return the id of the exercise that `text` names, None when it names none."""
    said = normalise(text)
    for exercise_id, patterns in (names or load_exercise_names()).names.items():
        if in_whole_words("|".join(patterns)).search(said):
            return exercise_id
    return None

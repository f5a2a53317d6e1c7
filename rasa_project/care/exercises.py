"""Exercises, programmes and transitions of `content/exercises.yml`, typed and cross-checked."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Mapping, Optional

from pydantic import Field, validator

from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model

MAX_STEP_WORDS = 25
"""Most words of one spoken step (`schema.step_rule`): what a listener can follow at once."""

Phase = Literal["acute", "recovering", "chronic"]
Place = Literal["any", "floor", "bed", "chair", "standing", "wall"]
Sides = Literal["none", "each", "alternate"]


def _not_empty(cls: type, value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("is empty; give at least one")
    return value


class Source(ContentModel):
    """Where a fact was read (`source_register`)."""

    title: str
    org: str
    status: str
    note: Optional[str] = None


class Exercise(ContentModel):
    """One exercise as the clinical content describes it."""

    id: str
    spoken_name: str
    goal: str
    phase: tuple[Phase, ...]
    position: Place
    needs_floor: bool
    alternative: Optional[str]
    equipment: tuple[str, ...]
    start: str
    steps: tuple[str, ...]
    hold_seconds: int = Field(ge=0)
    reps: int = Field(ge=1)
    """Times to do it; per side when `sides` is `each` or `alternate`."""
    sides: Sides
    sessions_per_day: str
    cautions: tuple[str, ...]
    not_if: tuple[str, ...]
    stop_if: tuple[str, ...]
    sources: tuple[str, ...]
    seed_note: Optional[str] = None

    _filled = validator("phase", "steps", "sources", allow_reuse=True)(_not_empty)

    @validator("start")
    def _start_is_short(cls, start: str) -> str:
        return _within_limit(start, "the start line")

    @validator("steps", each_item=True)
    def _steps_are_short(cls, step: str) -> str:
        return _within_limit(step, "a step")


class ProgrammeEntry(ContentModel):
    """One row of `programmes`: what belongs together, in this order."""

    items: tuple[str, ...]
    dose: str
    rule: str

    _filled = validator("items", allow_reuse=True)(_not_empty)


class Transition(ContentModel):
    """How to get to or from a place."""

    id: str
    spoken_name: str
    steps: tuple[str, ...]
    not_if: tuple[str, ...]
    otherwise: str = Field(alias="else")
    sources: tuple[str, ...]

    _filled = validator("steps", "sources", allow_reuse=True)(_not_empty)

    @validator("steps", each_item=True)
    def _steps_are_short(cls, step: str) -> str:
        return _within_limit(step, "a step")


class Definitions(ContentModel):
    """The `schema` block: what the fields mean and the rules for all exercises."""

    step_rule: str
    hold_rule: str
    reps_rule: str
    phases: Mapping[Phase, str]
    positions: tuple[Place, ...]
    conditions: Mapping[str, str]
    condition_rule: str
    common_stop: tuple[str, ...]
    common_allowed: str
    never_coach: tuple[str, ...]


class ExerciseContent(ContentModel):
    """`content/exercises.yml` as a whole."""

    version: int
    kind: Literal["exercises"]
    language: str
    clinical_status: str
    precondition: str
    definitions: Definitions = Field(alias="schema")
    programme_for_flag: Mapping[str, str]
    programmes: Mapping[str, ProgrammeEntry]
    transitions: tuple[Transition, ...]
    exercises: tuple[Exercise, ...]
    seed_disagreements: tuple[Mapping[str, str], ...]
    source_register: Mapping[str, Source]

    @property
    def conditions(self) -> frozenset[str]:
        """Ids of all conditions that an item may be excluded for."""
        return frozenset(self.definitions.conditions)

    def exercise(self, exercise_id: str) -> Exercise:
        """Return the exercise of that id.

        Raises:
            UnknownReference: the content has no such exercise.
        """
        return _by_id(self.exercises, exercise_id, "exercise")

    def transition(self, transition_id: str) -> Transition:
        """Return the transition of that id.

        Raises:
            UnknownReference: the content has no such transition.
        """
        return _by_id(self.transitions, transition_id, "transition")

    def is_transition(self, unit_id: str) -> bool:
        """Return whether `unit_id` names a transition and not an exercise."""
        return any(unit_id == t.id for t in self.transitions)


@lru_cache(maxsize=4)
def load_exercises(folder: Path = CONTENT_DIR) -> ExerciseContent:
    """Return the exercises of `folder`, read once and cross-checked.

    Raises:
        ContentError: the file breaks its schema, or an id in it leads nowhere.
    """
    path = folder / "exercises.yml"
    content = read_model(path, ExerciseContent)
    for broken in broken_references(content):
        raise ContentError(f"{path}: {broken}")
    return content


def broken_references(content: ExerciseContent) -> tuple[str, ...]:
    """Return one sentence for each id that is used and not defined, or defined twice."""
    found: list[str] = []
    ids = [e.id for e in content.exercises] + [t.id for t in content.transitions]
    found += [f"'{i}' is defined twice. Rename one." for i in sorted(set(ids)) if ids.count(i) > 1]
    known = set(e.id for e in content.exercises)
    for exercise in content.exercises:
        if exercise.alternative is not None and exercise.alternative not in known:
            found.append(
                f"exercise '{exercise.id}': alternative '{exercise.alternative}' is no exercise. "
                "Name one of the file, or null."
            )
        found += _unknown(exercise.not_if, content.conditions, exercise.id, "not_if")
        found += _unknown_sources(exercise.sources, content, exercise.id)
    for transition in content.transitions:
        found += _unknown(transition.not_if, content.conditions, transition.id, "not_if")
        found += _unknown_sources(transition.sources, content, transition.id)
    for name, programme in content.programmes.items():
        found += _unknown(programme.items, known, name, "items")
    return tuple(found)


def words_in(text: str) -> int:
    """Return how many words `text` has for the ear."""
    return len(text.split())


def is_seed_document(source: str) -> bool:
    """Return whether a source is one of the seed documents (`NNN_….txt`), which need no register."""
    return source.endswith(".txt") and source[:3].isdigit()


def _unknown(ids: tuple[str, ...], known: Any, owner: str, field: str) -> list[str]:
    return [
        f"'{owner}': {field} names '{i}', which is not defined. Correct the id or define it."
        for i in ids
        if i not in known
    ]


def _unknown_sources(sources: tuple[str, ...], content: ExerciseContent, owner: str) -> list[str]:
    listed = tuple(s for s in sources if not is_seed_document(s))
    return _unknown(listed, content.source_register, owner, "sources")


def _within_limit(text: str, what: str) -> str:
    count = words_in(text)
    if count > MAX_STEP_WORDS:
        raise ValueError(
            f"{what} has {count} words; {MAX_STEP_WORDS} is the most a listener can follow. "
            "Split it in two"
        )
    return text


def _by_id(entries: tuple[Any, ...], wanted: str, kind: str) -> Any:
    for entry in entries:
        if entry.id == wanted:
            return entry
    raise UnknownReference(f"There is no {kind} '{wanted}' in exercises.yml.")

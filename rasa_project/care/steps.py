"""An exercise or transition unfolded into the steps a person hears one at a time.

First come its instructions as the content has them, then what repetitions and sides
still ask for: one counted step for quick movements, one step a round for longer holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Mapping, Optional

from rasa_project.care.errors import ContentError
from rasa_project.care.exercises import Exercise, ExerciseContent, Phase, load_exercises
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.spoken_numbers import time_words

COARSE_FROM_S, VERY_COARSE_FROM_S = 20, 120
"""From these lengths on a hold is told in fives and in half minutes."""

StepKind = Literal["transition", "instruction", "reps", "other_side", "round"]


class Timed(ContentModel):
    """A step at which the clock runs."""

    seconds: Optional[int] = None
    """Length; the exercise's `hold_seconds` when left out."""
    say: Optional[str] = None
    """The step with `{time}` in place of its length; the step itself when left out."""
    halve: bool = True
    """Whether half amounts halve it: not one slow breath, and not what is no hold."""
    rest: bool = False
    """A rest or walk whose end the user chooses, not a hold to come out of."""
    done: Optional[str] = None


class Practice(ContentModel):
    """How repetitions after the first are spoken."""

    kind: Literal["counted", "rounds"]
    cue: str
    release: str


class ExerciseSpeech(ContentModel):
    """What `coaching.yml` says about one exercise."""

    say_start: bool = False
    needs: Optional[str] = None
    about: str
    timed: Mapping[int, Timed] = {}
    practice: Optional[Practice] = None


class Adaptation(ContentModel):
    """What changes in an exercise for a condition, a place or a phase."""

    exercise: str
    origin: str
    when: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    note: Optional[str] = None
    needs: Optional[str] = None
    drop: tuple[int, ...] = ()
    replace: Mapping[int, str] = {}
    practice: Optional[Practice] = None
    picture: Optional[str] = None
    """Id of the picture that shows it done this way; the exercise's own when left out."""

    class Config(ContentModel.Config):
        fields = {"origin": "from"}


class DerivedSentence(ContentModel):
    """A sentence with the place in `exercises.yml` it says aloud."""

    origin: str
    say: str

    class Config(ContentModel.Config):
        fields = {"origin": "from"}


class CoachingContent(ContentModel):
    """`content/coaching.yml` as a whole."""

    version: int
    kind: Literal["coaching"]
    reviewed: str
    rest_between_reps_s: int
    rest_between_rounds_s: int
    move_s: int
    before_first: DerivedSentence
    mild_ache: DerivedSentence
    programme_notes: Mapping[str, DerivedSentence]
    exercises: Mapping[str, ExerciseSpeech]
    adaptations: tuple[Adaptation, ...]


@dataclass(frozen=True)
class Circumstances:
    """What the spoken form of an exercise depends on."""

    amount: float = 1.0
    """Share of repetitions and holds to do."""

    pace: float = 1.0
    """Factor on holds, which never get longer than the exercise's own."""

    conditions: frozenset[str] = frozenset()
    phase: Phase = "recovering"
    place: str = "up"
    """Where it is done: floor, bed or up."""

    all_fours: bool = False
    """For a transition: the floor exercise next to it is done on hands and knees."""


@dataclass(frozen=True)
class Step:
    """One thing the user is asked to do before saying "next"."""

    kind: StepKind
    say: str
    """One or two sentences, without name or count."""

    hold_s: int = 0
    """Seconds the clock runs at this step; 0 when the user sets the time."""

    rest: bool = False
    """The time is an offer, not a hold to come out of."""

    done: str = ""
    """Said when the time is up; empty for the general phrase."""

    cue: str = ""
    release: str = ""
    first_number: int = 0
    """Number of the first repetition (or round) of this step, counted over the exercise."""

    total: int = 0
    """Repetitions or rounds of the whole exercise."""

    sides: Literal["none", "each", "alternate"] = "none"

    number: Optional[int] = None
    """Which step of the content it is, from 0; None for repetitions."""


@lru_cache(maxsize=4)
def load_coaching(folder: Path = CONTENT_DIR) -> CoachingContent:
    """Return the coaching content of `folder`, read once and checked against its exercises.

    Raises:
        ContentError: the file breaks its schema or contradicts `exercises.yml`.
    """
    path = folder / "coaching.yml"
    coaching = read_model(path, CoachingContent)
    content = load_exercises(folder)
    missing = {e.id for e in content.exercises} ^ set(coaching.exercises)
    if missing:
        raise ContentError(
            f"{path}: exercises {', '.join(sorted(missing))} must stand in both this file and "
            "exercises.yml. Add or remove them."
        )
    for exercise in content.exercises:
        _check_timed(path, exercise, coaching.exercises[exercise.id])
    for adaptation in coaching.adaptations:
        _check_adaptation(path, adaptation, content)
    return coaching


def steps_of(
    unit_id: str,
    circumstances: Circumstances,
    content: Optional[ExerciseContent] = None,
    coaching: Optional[CoachingContent] = None,
) -> tuple[Step, ...]:
    """Return the steps of an exercise or transition, at least one.

    Raises:
        UnknownReference: `unit_id` is neither.
    """
    content = content or load_exercises()
    coaching = coaching or load_coaching()
    if content.is_transition(unit_id):
        return _transition_steps(unit_id, circumstances, content)
    exercise = content.exercise(unit_id)
    speech = coaching.exercises[unit_id]
    changes = adaptations_of(unit_id, circumstances, coaching)
    practice = speech.practice
    for change in changes:
        practice = change.practice or practice
    return (
        *_instructions(exercise, speech, changes, circumstances),
        *_practice(exercise, speech, practice, circumstances),
    )


def adaptations_of(
    exercise_id: str, circumstances: Circumstances, coaching: CoachingContent
) -> tuple[Adaptation, ...]:
    """Return the adaptations that hold for an exercise here and now."""
    return tuple(
        a
        for a in coaching.adaptations
        if a.exercise == exercise_id
        and (not a.when or circumstances.conditions & set(a.when))
        and (not a.places or circumstances.place in a.places)
        and (not a.phases or circumstances.phase in a.phases)
    )


def share(number: int, amount: float) -> int:
    """Return `amount` of `number`, rounded up, at least 1; 0 stays 0."""
    return max(1, math.ceil(number * amount)) if number else 0


def _held(full_s: int, circumstances: Circumstances) -> int:
    """Return how long a hold is now: its share at this pace, never above its target."""
    seconds = share(full_s, circumstances.amount) * circumstances.pace
    step = 1 if seconds < COARSE_FROM_S else 5 if seconds < VERY_COARSE_FROM_S else 30
    return min(full_s, max(1, round(seconds / step) * step)) if full_s else 0


def _instructions(
    exercise: Exercise,
    speech: ExerciseSpeech,
    changes: tuple[Adaptation, ...],
    circumstances: Circumstances,
) -> list[Step]:
    dropped = {i for change in changes for i in change.drop}
    replaced = {i: say for change in changes for i, say in change.replace.items()}
    steps: list[Step] = []
    for number, text in enumerate(exercise.steps):
        if number in dropped:
            continue
        say = replaced.get(number, text)
        timed = speech.timed.get(number)
        if timed is None:
            steps.append(Step("instruction", say, number=number))
            continue
        full = timed.seconds or exercise.hold_seconds
        seconds = _held(full, circumstances) if timed.halve else full
        if timed.say and number not in replaced:
            say = timed.say.replace("{time}", time_words(seconds))
        steps.append(
            Step("instruction", say, seconds, timed.rest, timed.done or "", number=number)
        )
    return steps


def _practice(
    exercise: Exercise,
    speech: ExerciseSpeech,
    practice: Optional[Practice],
    circumstances: Circumstances,
) -> list[Step]:
    if practice is None:
        return []
    total = share(exercise.reps, circumstances.amount)
    as_it_is = any(not timed.halve for timed in speech.timed.values())
    full = exercise.hold_seconds
    hold = full if as_it_is else _held(full, circumstances)
    parts = dict(
        hold_s=hold, cue=practice.cue, release=practice.release, total=total, sides=exercise.sides
    )
    if practice.kind == "counted":
        return [Step("reps", "", first_number=2, **parts)] if total > 1 else []
    steps: list[Step] = []
    if exercise.sides == "each":
        steps.append(Step("other_side", "", first_number=1, **parts))
    return steps + [Step("round", "", first_number=n, **parts) for n in range(2, total + 1)]


def _transition_steps(
    unit_id: str, circumstances: Circumstances, content: ExerciseContent
) -> tuple[Step, ...]:
    steps = tuple(
        Step("transition", text, number=number)
        for number, text in enumerate(content.transition(unit_id).steps)
    )
    if circumstances.all_fours and unit_id == "get_to_floor":
        steps = steps[:-1]  # the last one goes on from all fours to lying
    if circumstances.all_fours and unit_id == "get_up_from_floor":
        steps = steps[2:]  # the first two go from lying to all fours
    return steps


def _check_timed(path: Path, exercise: Exercise, speech: ExerciseSpeech) -> None:
    for number, timed in speech.timed.items():
        if number >= len(exercise.steps):
            raise ContentError(
                f"{path}: '{exercise.id}': timed step {number} does not exist. "
                f"Count from 0 to {len(exercise.steps) - 1}."
            )
        seconds = timed.seconds or exercise.hold_seconds
        said = (timed.say or exercise.steps[number]).replace("{time}", time_words(seconds))
        if said != exercise.steps[number]:
            raise ContentError(
                f"{path}: '{exercise.id}': timed step {number} says '{said}', but exercises.yml "
                f"says '{exercise.steps[number]}'. Make them the same."
            )


def _check_adaptation(path: Path, adaptation: Adaptation, content: ExerciseContent) -> None:
    exercise = content.exercise(adaptation.exercise)
    for number in (*adaptation.drop, *adaptation.replace):
        if number >= len(exercise.steps):
            raise ContentError(
                f"{path}: adaptation of '{exercise.id}': step {number} does not exist. "
                f"Count from 0 to {len(exercise.steps) - 1}."
            )
    for condition in adaptation.when:
        if condition not in content.conditions:
            raise ContentError(
                f"{path}: adaptation of '{exercise.id}': '{condition}' is no condition of "
                "exercises.yml. Correct the id."
            )

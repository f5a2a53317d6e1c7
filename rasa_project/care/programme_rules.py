"""Machine form of the programme tables (`content/programme_rules.yml`), cross-checked."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Iterator, Literal, Mapping, Optional

from rasa_project.care.errors import ContentError
from rasa_project.care.exercises import ExerciseContent, Phase, Place, load_exercises
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model

Position = Literal["floor", "bed", "chair", "standing"]
Need = Literal["clinician_agreed", "under_seventy"]


class _Derived(ContentModel):
    """An entry that names the sentence of `exercises.yml` it was made from."""

    origin: str

    class Config(ContentModel.Config):
        fields = {"origin": "from"}


class CarefulOrder(_Derived):
    """Programmes from the most to the least careful."""

    programmes: tuple[str, ...]


class PhaseLimits(_Derived):
    """Numbers that part the phases."""

    comfort_from_pain_0_10: int
    acute_from_pain_0_10: int
    easing_counts_from_days: int
    chronic_from_days: int


class PhaseProgrammes(_Derived):
    """Programme of each phase by the user's position."""

    acute: Mapping[Position, str]
    recovering: Mapping[Position, str]
    chronic: Mapping[Position, str]

    def of(self, phase: Phase, position: Position) -> str:
        """Return the id of the programme for `phase` at `position`."""
        table: Mapping[Position, str] = getattr(self, phase)
        return table[position]


class LastResort(_Derived):
    """What is left for everyone."""

    items: tuple[str, ...]


class FlagRule(ContentModel):
    """What a see_clinician_soon flag changes."""

    programme: Optional[str] = None
    phases: tuple[Phase, ...] = ()
    """The only phases its programme may be of; the nearest is taken."""
    half: bool = False
    """Half the repetitions in the first session, whatever else holds."""
    conditions: tuple[str, ...] = ()
    unless_known: tuple[str, ...] = ()
    """`conditions` are assumed only while none of these is known."""


class ConditionRule(ContentModel):
    """What a condition changes beyond the `not_if` lists."""

    nothing: bool = False
    programme: Optional[str] = None
    implies: tuple[str, ...] = ()
    instead_of_floor: Optional[Position] = None


class ItemRule(ContentModel):
    """When one item of a programme is allowed; an empty field allows all."""

    phases: tuple[Phase, ...] = ()
    positions: tuple[Position, ...] = ()
    needs: tuple[Need, ...] = ()


class ProgrammeRule(_Derived):
    """Machine form of one programme's `rule` sentence."""

    one_of: tuple[str, ...] = ()
    """Only the first of these that is allowed stays."""
    only_if: Mapping[str, ItemRule] = {}
    first_day_items: Optional[int] = None
    new_items_a_day: int = 0
    always: tuple[str, ...] = ()
    """Items that do not count towards `first_day_items`."""


class BuildUp(_Derived):
    """What is done before an exercise, and on how many days."""

    first: str
    days: int


class ProgrammeRules(ContentModel):
    """`content/programme_rules.yml` as a whole."""

    reviewed: str
    most_careful_first: CarefulOrder
    phases: PhaseLimits
    programme_of_phase: PhaseProgrammes
    comfort_programme: str
    modified_programme: str
    nothing_left: LastResort
    no_alternative: str
    flags: Mapping[str, FlagRule]
    conditions: Mapping[str, ConditionRule]
    places: Mapping[Position, tuple[Place, ...]]
    also_on_bed: tuple[str, ...]
    also_on_floor: tuple[str, ...]
    floor_on_all_fours_only: tuple[str, ...]
    on_all_fours: tuple[str, ...]
    build_up: Mapping[str, BuildUp]
    programmes: Mapping[str, ProgrammeRule]

    def careful_rank(self, programme_id: str) -> int:
        """Return the place of a programme in the careful order, 0 = most careful."""
        return self.most_careful_first.programmes.index(programme_id)


@lru_cache(maxsize=4)
def load_programme_rules(folder: Path = CONTENT_DIR) -> ProgrammeRules:
    """Return the programme rules of `folder`, read once and checked against its exercises.

    Raises:
        ContentError: the file breaks its schema, or names what `exercises.yml` does not have.
    """
    path = folder / "programme_rules.yml"
    rules = read_model(path, ProgrammeRules)
    for broken in _broken(rules, load_exercises(folder)):
        raise ContentError(f"{path}: {broken}")
    return rules


def _broken(rules: ProgrammeRules, content: ExerciseContent) -> Iterator[str]:
    programmes = set(content.programmes)
    exercises = {e.id for e in content.exercises}
    mend = "exercises.yml does not define it. Correct the id."
    if set(rules.most_careful_first.programmes) != programmes:
        yield "most_careful_first must rank every programme of exercises.yml once. Add or remove."
    for name in _programmes_named(rules):
        if name not in programmes:
            yield f"programme '{name}': {mend}"
    for name in _exercises_named(rules):
        if name not in exercises:
            yield f"exercise '{name}': {mend}"
    for name in _conditions_named(rules):
        if name not in content.conditions:
            yield f"condition '{name}': {mend}"
    for flag in set(content.programme_for_flag) - {"none"} - set(rules.flags):
        yield f"flags: '{flag}' of programme_for_flag is missing. Add its rule."
    for exercise_id in (*rules.also_on_bed, *rules.also_on_floor):
        exercise = content.exercise(exercise_id)
        said = " ".join((*exercise.equipment, *exercise.cautions))
        if not any(word in said for word in ("bed", "mat", "pillow")):
            yield (
                f"'{exercise_id}': its equipment and cautions name no bed, mat or pillow, so the "
                "place may not be changed. Take it off the list."
            )


def _programmes_named(rules: ProgrammeRules) -> Iterator[str]:
    for phase in ("acute", "recovering", "chronic"):
        yield from getattr(rules.programme_of_phase, phase).values()
    yield from (rules.comfort_programme, rules.modified_programme)
    yield from (f.programme for f in rules.flags.values() if f.programme)
    yield from (c.programme for c in rules.conditions.values() if c.programme)
    yield from rules.programmes


def _exercises_named(rules: ProgrammeRules) -> Iterator[str]:
    yield from (*rules.nothing_left.items, rules.no_alternative)
    yield from (*rules.also_on_bed, *rules.also_on_floor, *rules.on_all_fours)
    for exercise_id, build_up in rules.build_up.items():
        yield from (exercise_id, build_up.first)
    for rule in rules.programmes.values():
        yield from (*rule.one_of, *rule.only_if, *rule.always)


def _conditions_named(rules: ProgrammeRules) -> Iterator[str]:
    for flag in rules.flags.values():
        yield from (*flag.conditions, *flag.unless_known)
    yield from rules.floor_on_all_fours_only
    for condition, rule in rules.conditions.items():
        yield condition
        yield from rule.implies

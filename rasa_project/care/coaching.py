"""Where somebody is in their exercises, and every way to move on from there.

A `Cursor` is a value: each method returns a new one. It lives in a Rasa slot as plain
JSON and carries the request its programme was made from, so that a condition told in
the middle changes what comes next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, Mapping, Optional

from rasa_project.care.exercises import Phase, load_exercises
from rasa_project.care.programme_rules import Position, load_programme_rules
from rasa_project.care.programme_request import Programme, Request, Spot
from rasa_project.care.programmes import choose_programme, units_of
from rasa_project.care.steps import Circumstances, Step, steps_of

State = Literal["running", "paused", "finished", "ended"]
PACE_FACTOR = 1.25
"""How much longer every pause becomes with each "slower"."""
SLOWEST, FASTEST = 2.0, 0.5
"""Bounds of the pace: twice as long, half as long."""
HALFWAY_DOWN_STEP = 2
"""From this step of the way down on, the user is on the floor."""
MOST_HURTS = 2
"""Hurting twice in a session ends it (triage policy, row 12)."""


@dataclass(frozen=True)
class Cursor:
    """One person's place in today's programme."""

    programme_id: str
    units: tuple[str, ...]
    """Exercise and transition ids in order."""

    request: Request
    phase: Phase
    conditions: frozenset[str]
    amount: float = 1.0
    at: int = 0
    """Index of the unit under way."""

    step: int = 0
    """Step of that unit, from 0."""

    pace: float = 1.0
    """Factor on pauses and holds (a hold never exceeds its target); above 1 is slower."""

    state: State = "running"
    """`finished`: all done. `ended`: it hurt twice, or nothing that fits is left."""

    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    """Exercises stopped because they hurt; not offered again today."""

    hurt_count: int = 0

    # What is under way

    @property
    def unit_id(self) -> str:
        """Id of the exercise or transition under way."""
        return self.units[self.at]

    @property
    def exercise_id(self) -> str:
        """Same as `unit_id`: what the slot `exercise_id` holds."""
        return self.unit_id

    @property
    def over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.state in ("finished", "ended")

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the unit under way."""
        return steps_of(self.unit_id, self.circumstances)

    @property
    def current(self) -> Step:
        """The step under way."""
        return self.steps[self.step]

    @property
    def at_start(self) -> bool:
        """Whether there is no step before this one."""
        return self.at == 0 and self.step == 0

    @property
    def remaining(self) -> int:
        """How many exercises come after this one; transitions do not count."""
        return sum(1 for u in self.units[self.at + 1 :] if not _is_transition(u))

    @property
    def place(self) -> Spot:
        """Where the user is at this unit: floor, bed or up."""
        return _place_at(self, self.at)

    def at_exercise(self) -> "Cursor":
        """Return the place on arrival where a way leads; unchanged at an exercise or at the end."""
        for at in range(self.at, len(self.units)):
            if not _is_transition(self.units[at]):
                return self if at == self.at else replace(self, at=at, step=0)
        return self

    @property
    def circumstances(self) -> Circumstances:
        """What the spoken form of the unit under way depends on."""
        return Circumstances(
            amount=self.amount,
            pace=self.pace,
            conditions=self.conditions,
            phase=self.phase,
            place=self.place,
            all_fours=self._beside_all_fours(),
        )

    # Moving

    def advance(self) -> "Cursor":
        """Go to the next step; after the last one the cursor is `finished`."""
        if self.over:
            return self
        if self.step + 1 < len(self.steps):
            return replace(self, step=self.step + 1, state="running")
        return replace(self, done=_with(self.done, self.unit_id))._next_unit()

    def back(self) -> "Cursor":
        """Go to the step before, also into the unit before; the very first step stays."""
        if self.state == "finished":
            return replace(self, state="running")
        if self.over or self.at_start:
            return replace(self, state="running") if not self.over else self
        if self.step:
            return replace(self, step=self.step - 1, state="running")
        before = replace(self, at=self.at - 1, step=0, state="running")
        return replace(before, step=len(before.steps) - 1)

    def again(self) -> "Cursor":
        """Start the exercise under way from its first step."""
        return self if self.over else replace(self, step=0, state="running")

    def skip(self) -> "Cursor":
        """Leave the exercise under way and go to the next."""
        if self.over:
            return self
        return replace(self, skipped=_with(self.skipped, self.unit_id))._next_unit()

    def alternative(self) -> "Cursor":
        """Put in place of the exercise its alternative if that fits this person, else skip it.

        At the way down to the floor it means that the floor is out of reach: what is left
        is done on a chair.
        """
        if self.over:
            return self
        if self.unit_id == "get_to_floor":
            return self.with_position("chair")
        if _is_transition(self.unit_id):
            return self.skip()
        wanted = load_exercises().exercise(self.unit_id).alternative
        if wanted is None or wanted in {*self.units, *self.stopped, *self.skipped, *self.done}:
            return self.skip()
        if choose_programme(self._request_here(), only=(wanted,)).items != (wanted,):
            return self.skip()
        skipped = replace(self, skipped=_with(self.skipped, self.unit_id))
        return skipped._going_on_with((wanted, *self._exercises_left()))

    def starting_with(self, exercise_id: str) -> "Cursor":
        """Put an exercise asked for by name first; unchanged when it does not suit today."""
        request = self._request_here()
        if self.over or choose_programme(request, only=(exercise_id,)).items != (exercise_id,):
            return self
        left = [u for u in (self.unit_id, *self._exercises_left()) if not _is_transition(u)]
        return self._going_on_with((exercise_id, *(u for u in left if u != exercise_id)))

    def pause(self) -> "Cursor":
        """Wait; what is over stays over."""
        return self if self.over else replace(self, state="paused")

    def resume(self) -> "Cursor":
        """Go on at the same step."""
        return self if self.over else replace(self, state="running")

    def slower(self) -> "Cursor":
        """Make every pause longer from now on."""
        return replace(self, pace=min(SLOWEST, self.pace * PACE_FACTOR))

    def faster(self) -> "Cursor":
        """Make every pause shorter from now on."""
        return replace(self, pace=max(FASTEST, self.pace / PACE_FACTOR))

    def hurts(self) -> "Cursor":
        """Stop this exercise: the first time comfort positions follow, the second ends it."""
        if self.over:
            return self
        stopped = self
        if not _is_transition(self.unit_id):
            stopped = replace(self, stopped=_with(self.stopped, self.unit_id))
        stopped = replace(stopped, hurt_count=self.hurt_count + 1)
        if stopped.hurt_count >= MOST_HURTS:
            return replace(stopped, state="ended")
        request = replace(self._request_here(), comfort_only=True)
        if self.unit_id == "get_to_floor" and self.step < HALFWAY_DOWN_STEP:
            request = replace(request, position="bed", now_at="up")
        comfort = choose_programme(request)
        items = tuple(i for i in comfort.items if i not in stopped.stopped)
        eased = replace(stopped, request=request)
        return eased._rebuilt(comfort, items or load_programme_rules().nothing_left.items)

    def with_conditions(self, conditions: frozenset[str]) -> "Cursor":
        """Take conditions told in mid-session into account at once.

        What is left is chosen anew; the exercise under way goes on only if it still fits.
        With a condition that allows nothing the cursor is `ended`.
        """
        if self.over or conditions <= self.request.conditions:
            return self
        request = self._request_here()
        return self._chosen_anew(replace(request, conditions=request.conditions | conditions))

    def with_flags(self, flags: frozenset[str], conditions: frozenset[str]) -> "Cursor":
        """Take red flags in force at `see_clinician_soon` into account at once, with their conditions.

        The set that the content names for them is chosen; see `with_conditions`.
        """
        if self.over or (flags <= self.request.flags and conditions <= self.request.conditions):
            return self
        request = self._request_here()
        return self._chosen_anew(
            replace(
                request, flags=request.flags | flags, conditions=request.conditions | conditions
            )
        )

    def with_position(self, position: Position) -> "Cursor":
        """Go on in another place: what is left is chosen anew, with the way there.

        The same place changes nothing. What was done or left out does not come again, and
        the exercise under way goes on at its step where it can be done there. Who is only
        on the way down stands still, and needs no way up.
        """
        if self.over or position == self.request.position:
            return self
        request = replace(self._request_here(), position=position)
        if self.unit_id == "get_to_floor" and self.step < HALFWAY_DOWN_STEP:
            request = replace(request, now_at="up")
        return self._chosen_anew(request)

    # Plain JSON

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, for a slot."""
        plain = {**vars(self), "request": self.request.to_dict()}
        return {
            k: sorted(v) if isinstance(v, frozenset) else list(v) if isinstance(v, tuple) else v
            for k, v in plain.items()
        }

    @classmethod
    def from_dict(cls, plain: Optional[Mapping[str, Any]]) -> Optional["Cursor"]:
        """Return the cursor that `to_dict` wrote; None for None."""
        if not plain:
            return None
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        values["request"] = Request.from_dict(plain["request"])
        values["conditions"] = frozenset(plain["conditions"])
        return cls(**values)

    # Inside

    def _next_unit(self) -> "Cursor":
        if self.at + 1 >= len(self.units):
            return replace(self, state="finished", step=len(self.steps) - 1)
        return replace(self, at=self.at + 1, step=0, state="running")

    def _exercises_left(self) -> tuple[str, ...]:
        return tuple(u for u in self.units[self.at + 1 :] if not _is_transition(u))

    def _chosen_anew(self, request: Request) -> "Cursor":
        """Return the cursor for `request`; the exercise under way goes on if it still fits."""
        changed = replace(self, request=request)
        programme = choose_programme(request)
        if not programme.items:
            return replace(changed, state="ended")
        gone = {*self.done, *self.skipped, *self.stopped}
        items = tuple(i for i in programme.items if i not in gone)
        if self.unit_id in items:
            items = (self.unit_id, *(i for i in items if i != self.unit_id))
        changed = changed._rebuilt(programme, items)
        if changed.over:
            return changed
        if changed.unit_id == self.unit_id and self._same_steps(changed):
            return replace(changed, step=self.step, state=self.state)
        return replace(changed, state=self.state)

    def _same_steps(self, other: "Cursor") -> bool:
        return [s.say for s in self.steps] == [s.say for s in other.steps]

    def _request_here(self) -> Request:
        """The request as of now: whoever lies on the floor need not be told to get there.

        Who is only on the way down stands still, and needs no way up.
        """
        on_the_way = self.unit_id == "get_to_floor" and self.step < HALFWAY_DOWN_STEP
        return replace(self.request, now_at="up" if on_the_way else self.place)

    def _going_on_with(self, items: tuple[str, ...]) -> "Cursor":
        here = replace(self, request=self._request_here())
        return here._rebuilt(choose_programme(here.request), items)

    def _rebuilt(self, programme: Programme, items: tuple[str, ...]) -> "Cursor":
        """Return a cursor at the first of `items`; what was done is remembered in `done`."""
        if items:
            units = units_of(items, self.request)
        else:
            units = ("get_up_from_floor",) if self.request.now_at == "floor" else ()
        if not units:
            return replace(self, state="ended", conditions=programme.conditions)
        return replace(
            self,
            programme_id=programme.id,
            units=units,
            phase=programme.phase,
            conditions=programme.conditions,
            at=0,
            step=0,
            state="running",
        )

    def _beside_all_fours(self) -> bool:
        on_all_fours = load_programme_rules().on_all_fours
        if self.unit_id == "get_to_floor":
            return self.units[self.at + 1] in on_all_fours  # a way down leads to something
        return self.at > 0 and self.units[self.at - 1] in on_all_fours


def start(programme: Programme) -> Cursor:
    """Return a cursor at the first step of `programme`.

    Raises:
        ValueError: the programme has no items; say so instead of starting it.
    """
    if not programme.units:
        raise ValueError("A programme without items cannot be started.")
    return Cursor(
        programme_id=programme.id,
        units=programme.units,
        request=programme.request,
        phase=programme.phase,
        conditions=programme.conditions,
        amount=programme.amount,
    )


def _place_at(cursor: Cursor, index: int) -> Spot:
    """Return where the user is at a unit, by where they started and the way since."""
    request = cursor.request
    place: Spot = request.now_at or ("bed" if request.position == "bed" else "up")
    for unit in cursor.units[: index + 1]:
        if unit == "get_to_floor":
            place = "floor"
        elif unit in ("get_up_from_floor", "log_roll_out_of_bed"):
            place = "up"
        elif not _is_transition(unit):
            exercise = load_exercises().exercise(unit)
            lies = exercise.needs_floor or exercise.position == "bed"
            if lies and place != "floor":
                place = "bed"
    # Half way through the way up the user is still down.
    return "floor" if cursor.units[index] == "get_up_from_floor" else place


def _is_transition(unit_id: str) -> bool:
    return load_exercises().is_transition(unit_id)


def _with(ids: tuple[str, ...], unit_id: str) -> tuple[str, ...]:
    if unit_id in ids or _is_transition(unit_id):
        return ids
    return (*ids, unit_id)

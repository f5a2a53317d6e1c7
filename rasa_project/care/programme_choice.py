"""The pass through the programme tables: conditions, place, phase, set, items, transitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable

from rasa_project.care.exercises import Exercise, ExerciseContent, Phase
from rasa_project.care.programme_request import FULL, HALF, PhaseHints, Programme, Reason, Request
from rasa_project.care.programme_rules import ItemRule, Position, ProgrammeRules


def phase_of(pain_0_10: int, hints: PhaseHints, rules: ProgrammeRules) -> Phase:
    """Return the phase of an episode (`programme_for_flag.none`, `schema.phases`).

    A fresh bout of a recurring trouble counts as fresh while it hurts at 4 or more.
    """
    limits = rules.phases
    days = hints.days
    if pain_0_10 >= limits.comfort_from_pain_0_10:
        return "acute"
    if days is not None and days > limits.chronic_from_days:
        return "chronic"
    if pain_0_10 < limits.acute_from_pain_0_10:
        return "chronic" if hints.recurring or hints.settled else "recovering"
    easing_late = bool(hints.easing) and (days or 0) >= limits.easing_counts_from_days
    return "recovering" if easing_late else "acute"


@dataclass(frozen=True)
class Choice:
    """One pass through the tables for one request."""

    request: Request
    content: ExerciseContent
    rules: ProgrammeRules

    conditions: frozenset[str] = field(init=False)
    position: Position = field(init=False)
    phase: Phase = field(init=False)

    def __post_init__(self) -> None:
        set_once = object.__setattr__
        set_once(self, "conditions", self._conditions())
        set_once(self, "position", self._position())
        set_once(self, "phase", self._phase())

    def make(self, only: tuple[str, ...] = ()) -> Programme:
        """Return the programme; `only` replaces the items of its set."""
        reason = self.nothing_because
        if reason:
            return Programme(
                "", (), (), self.phase, self.request, self.conditions, nothing_because=reason
            )
        programme_id = self._programme_id()
        if only:
            items = self._fill(only, programme_id)
        else:
            items = self._fill(self.content.programmes[programme_id].items, programme_id)
            items = self._trim(items, programme_id)
            if len(items) < 2:
                items = self.rules.nothing_left.items
        units = self.units(items)
        return Programme(
            id=programme_id,
            items=tuple(u for u in units if not self.content.is_transition(u)),
            units=units,
            phase=self.phase,
            request=self.request,
            conditions=self.conditions,
            amount=self._amount(),
        )

    def allowed(self, exercise_id: str, programme_id: str) -> bool:
        """Return whether an exercise suits this person within a programme."""
        exercise = self.content.exercise(exercise_id)
        items = self.content.programmes[programme_id].items
        return (
            self._built_up_to(exercise_id) == exercise_id
            and (exercise_id in items or not self._keeps_to_its_set(programme_id))
            and self.phase in exercise.phase
            and not self.conditions & set(exercise.not_if)
            and self._place_fits(exercise)
            and self._programme_allows(exercise_id, programme_id)
        )

    def units(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Return `items` in an order that gets nobody down twice, with the ways between."""
        return self._with_transitions(self._lying_together(items))

    def _keeps_to_its_set(self, programme_id: str) -> bool:
        """Whether nothing beyond the set's own items will do: comfort, and what is unknown."""
        unknown = self.request.modified_set or self.request.long_standing
        return programme_id == self.rules.comfort_programme or bool(unknown)

    @property
    def nothing_because(self) -> Reason:
        """Why nothing at all is allowed, or empty."""
        rules = self.rules.conditions
        if any(rules[c].nothing for c in self.conditions if c in rules):
            return "condition"
        unruled = self.request.flags - self.request.long_standing - set(self.rules.flags)
        return "flag" if unruled else ""

    def _conditions(self) -> frozenset[str]:
        told = set(self.request.conditions)
        found = set(told)
        for flag in self.request.flags & set(self.rules.flags):
            rule = self.rules.flags[flag]
            if not told & set(rule.unless_known):
                found |= set(rule.conditions)
        if self.request.pain_0_10 >= self.rules.phases.comfort_from_pain_0_10:
            found.add("severe_acute_pain")
        waiting = list(found)
        while waiting:
            implied = self.rules.conditions.get(waiting.pop())
            for condition in implied.implies if implied else ():
                if condition not in found:
                    found.add(condition)
                    waiting.append(condition)
        return frozenset(found)

    def _position(self) -> Position:
        if self.request.position != "floor":
            return self.request.position
        down = self.content.transition("get_to_floor")
        barred = self.conditions & set(down.not_if)
        if not barred:
            return "floor"
        places = {
            self.rules.conditions[c].instead_of_floor for c in barred if c in self.rules.conditions
        }
        # A chair is left more easily than a bed, so it wins when both are named.
        return "chair" if "chair" in places or not places else "bed"

    def _phase(self) -> Phase:
        phase = phase_of(self.request.pain_0_10, self.request.hints, self.rules)
        order: tuple[Phase, ...] = ("acute", "recovering", "chronic")
        for flag in sorted(self.request.flags):
            rule = self.rules.flags.get(flag)
            comfort = "severe_acute_pain" in self.conditions
            if rule and rule.phases and phase not in rule.phases and not comfort:
                phase = min(
                    rule.phases, key=lambda p: abs(order.index(p) - order.index(phase))
                )
        return phase

    def _programme_id(self) -> str:
        candidates = [self.rules.programme_of_phase.of(self.phase, self.position)]
        flag_rules = [self.rules.flags[f] for f in self.request.flags if f in self.rules.flags]
        condition_rules = [
            self.rules.conditions[c] for c in self.conditions if c in self.rules.conditions
        ]
        candidates += [r.programme for r in flag_rules if r.programme]
        candidates += [r.programme for r in condition_rules if r.programme]
        if self.request.comfort_only:
            candidates.append(self.rules.comfort_programme)
        if self.request.modified_set or self.request.long_standing:
            candidates.append(self.rules.modified_programme)
        return min(candidates, key=self.rules.careful_rank)

    def _place_fits(self, exercise: Exercise) -> bool:
        if exercise.position in self.rules.places[self.position]:
            return True
        return self.position == "bed" and exercise.id in self.rules.also_on_bed

    def _programme_allows(self, exercise_id: str, programme_id: str) -> bool:
        rule = self.rules.programmes.get(programme_id)
        item = rule.only_if.get(exercise_id, ItemRule()) if rule else ItemRule()
        return (
            (not item.phases or self.phase in item.phases)
            and (not item.positions or self.position in item.positions)
            and set(item.needs) <= self.request.known
        )

    def _fill(self, wanted: Iterable[str], programme_id: str) -> tuple[str, ...]:
        """Return `wanted` with what does not fit replaced as `condition_rule` says."""
        items: list[str] = []
        for exercise_id in map(self._built_up_to, wanted):
            alternative = self.content.exercise(exercise_id).alternative
            if not self._programme_allows(exercise_id, programme_id):
                continue  # "only if": without it the item is left out, not replaced
            if self.allowed(exercise_id, programme_id):
                chosen = exercise_id
            elif alternative and self.allowed(alternative, programme_id):
                chosen = alternative
            else:
                chosen = self.rules.no_alternative
            if chosen not in items:
                items.append(chosen)
        return tuple(items)

    def _built_up_to(self, exercise_id: str) -> str:
        """Return the exercise, or the one that has to be done for some days before it."""
        build_up = self.rules.build_up.get(exercise_id)
        if build_up and self.request.days_done < build_up.days:
            return build_up.first
        return exercise_id

    def _trim(self, items: tuple[str, ...], programme_id: str) -> tuple[str, ...]:
        """Apply "pick one comfort position" and "add one new item a day"."""
        rule = self.rules.programmes.get(programme_id)
        if rule is None:
            return items
        comfort = [i for i in items if i in rule.one_of]
        items = tuple(i for i in items if i not in comfort[1:])
        if rule.first_day_items is None:
            return items
        steps_up = self.request.steps_up
        added = self.request.days_done if steps_up is None else steps_up
        most = rule.first_day_items + rule.new_items_a_day * added
        counted = [i for i in items if i not in rule.always][:most]
        return tuple(i for i in items if i in counted or i in rule.always)

    def _lying_together(self, items: tuple[str, ...]) -> tuple[str, ...]:
        """Return `items` with the lying ones in a row, so that nobody gets down or up twice."""
        wanted = "bed" if self.position == "bed" else "floor"
        down = [i for i in items if self._place_of(i, items) == wanted]
        if not down:
            return items
        # Who is down already starts there.
        first = 0 if self._start() == wanted else items.index(down[0])
        before = [i for i in items[:first] if i not in down]
        after = [i for i in items[first:] if i not in down]
        # Breathing is done where the user is, so it never parts two exercises.
        between = [i for i in after if i == self.rules.no_alternative]
        if first == 0 and self._start() == wanted:
            before, between = between, []
        later = [i for i in after if i != self.rules.no_alternative]
        return (*before, *down, *between, *later)

    def _is_done_on_floor(self, exercise_id: str, items: tuple[str, ...]) -> bool:
        exercise = self.content.exercise(exercise_id)
        if self.position != "floor":
            return False
        if exercise.needs_floor:
            return True
        # Nobody is sent down to the floor for a rest that a bed serves better.
        somebody_is_down = any(self.content.exercise(i).needs_floor for i in items)
        return (
            somebody_is_down
            and exercise_id in self.rules.also_on_floor
            and not self.conditions & set(self.rules.floor_on_all_fours_only)
        )

    def _with_transitions(self, items: tuple[str, ...]) -> tuple[str, ...]:
        units: list[str] = []
        place = self._start()
        for exercise_id in items:
            wanted = self._place_of(exercise_id, items) or place
            if wanted != place and place == "bed":
                units.append("log_roll_out_of_bed")
            if wanted == "floor" and place != "floor":
                units.append("get_to_floor")
            if wanted != "floor" and place == "floor":
                units.append("get_up_from_floor")
            units.append(exercise_id)
            place = wanted
        if place == "floor":
            units.append("get_up_from_floor")
        return tuple(units)

    def _start(self) -> str:
        """Return where the user is before the first item."""
        return self.request.now_at or ("bed" if self.position == "bed" else "up")

    def _place_of(self, exercise_id: str, items: tuple[str, ...]) -> str:
        """Return where an exercise is done: floor, bed, up; empty = wherever the user is."""
        exercise = self.content.exercise(exercise_id)
        if exercise.position == "any":
            return ""
        if self._is_done_on_floor(exercise_id, items):
            return "floor"
        if exercise.position == "bed" or exercise.needs_floor:
            return "bed"
        return "up"

    def _amount(self) -> float:
        amount = self.request.amount
        if amount is None:
            amount = HALF if self.request.first_session else FULL
        rules = (self.rules.flags[f] for f in self.request.flags if f in self.rules.flags)
        halved = self.request.days_done == 0 and any(r.half for r in rules)
        return min(amount, HALF) if halved else amount

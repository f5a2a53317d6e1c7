"""The programme a person gets suits their pain, place, flags and conditions."""

from __future__ import annotations

import itertools
import json

import pytest

from rasa_project.care.exercises import load_exercises
from rasa_project.care.programme_request import Programme
from rasa_project.care.programme_rules import load_programme_rules
from rasa_project.care.programmes import PhaseHints, Request, choose_programme, fitting

CONTENT = load_exercises()
RULES = load_programme_rules()
POSITIONS = ("floor", "bed", "chair", "standing")
PAINS = (0, 3, 4, 6, 7, 10)
COURSES = (
    PhaseHints(),
    PhaseHints(days=5, easing=True),
    PhaseHints(days=200),
    PhaseHints(recurring=True),
)
NOTHING = {"recent_spine_surgery", "known_aneurysm"}
CONDITIONS = sorted(CONTENT.conditions)


def programme(pain=5, position="floor", course=PhaseHints(), conditions=(), flags=(), **more):
    """Return the programme for one person."""
    return choose_programme(
        Request(pain, position, course, frozenset(conditions), frozenset(flags), **more)
    )


def assert_allowed(chosen: Programme) -> None:
    """Every item fits the phase, every condition, and the place; two items at least."""
    assert len(chosen.items) >= 2
    for item in chosen.items:
        exercise = CONTENT.exercise(item)
        assert not chosen.conditions & set(exercise.not_if), (item, chosen)
        last_resort = chosen.items == RULES.nothing_left.items
        assert chosen.phase in exercise.phase or last_resort, (item, chosen)
    transitions = [u for u in chosen.units if CONTENT.is_transition(u)]
    for transition in transitions:
        barred = chosen.conditions & set(CONTENT.transition(transition).not_if)
        assert not barred, (transition, chosen)


@pytest.mark.parametrize("position", POSITIONS)
def test_no_single_condition_ever_meets_an_exercise_it_excludes(position: str) -> None:
    """Every condition, pain, course and half or full first session."""
    for condition, pain, course in itertools.product(CONDITIONS, PAINS, COURSES):
        chosen = programme(pain, position, course, [condition])
        if condition in NOTHING:
            assert chosen.items == () and chosen.nothing_because == "condition"
        else:
            assert_allowed(chosen)


@pytest.mark.parametrize("position", POSITIONS)
def test_no_pair_of_conditions_ever_meets_an_exercise_either_excludes(position: str) -> None:
    """condition_rule: allowed only if none of the conditions is in its not_if."""
    for pair in itertools.combinations(set(CONDITIONS) - NOTHING, 2):
        for pain, course in itertools.product((3, 6), COURSES):
            assert_allowed(programme(pain, position, course, pair, first_session=False, days_done=9))


def test_all_conditions_at_once_still_leave_breathing_and_side_lying() -> None:
    """condition_rule: fewer than two items left = relaxed_breathing and side_lying_rest."""
    chosen = programme(3, "floor", PhaseHints(days=200), set(CONDITIONS) - NOTHING)
    assert chosen.items == ("relaxed_breathing", "side_lying_rest")


@pytest.mark.parametrize("condition", sorted(NOTHING))
def test_recent_spine_surgery_and_a_known_aneurysm_get_nothing(condition: str) -> None:
    """Until their own team clears them; not even by name."""
    for position in POSITIONS:
        assert programme(2, position, conditions=[condition]).units == ()
    request = Request(2, "floor", conditions=frozenset([condition]))
    assert choose_programme(request, only=("relaxed_breathing",)).items == ()


@pytest.mark.parametrize(
    ("pain", "course", "phase", "on_floor"),
    [
        (7, PhaseHints(days=200), "acute", "comfort_only"),
        (10, PhaseHints(), "acute", "comfort_only"),
        (6, PhaseHints(), "acute", "acute_floor"),
        (6, PhaseHints(days=1, easing=True), "acute", "acute_floor"),
        (6, PhaseHints(days=4, easing=True), "recovering", "recovering_floor"),
        (6, PhaseHints(days=4, easing=False), "acute", "acute_floor"),
        (5, PhaseHints(recurring=True), "acute", "acute_floor"),
        (3, PhaseHints(), "recovering", "recovering_floor"),
        (3, PhaseHints(recurring=True), "chronic", "chronic_build"),
        (2, PhaseHints(settled=True), "chronic", "chronic_build"),
        (5, PhaseHints(days=85), "chronic", "chronic_build"),
    ],
)
def test_pain_and_course_choose_the_set(pain, course, phase, on_floor) -> None:
    """programme_for_flag.none, row by row."""
    chosen = programme(pain, "floor", course)
    assert (chosen.phase, chosen.id) == (phase, on_floor)


@pytest.mark.parametrize(
    ("flag", "pain", "expected"),
    [
        ("osteoporosis_or_steroids", 3, "osteoporosis_set"),
        ("new_onset_over_70", 3, "osteoporosis_set"),
        ("pregnancy", 3, "pregnancy_set"),
        ("leg_pain_one_side", 5, "leg_pain_set"),
        ("pain_on_cough_or_strain", 5, "leg_pain_set"),
        ("inflammatory_pattern", 5, "recovering_floor"),
        ("not_improving", 5, "recovering_floor"),
        ("new_onset_over_50", 5, "acute_floor"),
        ("new_onset_over_50", 2, "recovering_floor"),
        ("leg_pain_one_side", 8, "comfort_only"),
        ("not_improving", 8, "comfort_only"),
    ],
)
def test_a_soon_flag_chooses_its_set(flag: str, pain: int, expected: str) -> None:
    """programme_for_flag; at 7 or more comfort comes first."""
    assert programme(pain, "floor", flags=[flag]).id == expected


def test_a_flag_without_a_set_gets_nothing() -> None:
    """Someone with no clean screen gets no item at all: an unexpected flag is no clean screen."""
    for flag in ("saddle_numbness", "fever_unwell", "child_under_18", "known_neuro_condition_change"):
        chosen = programme(3, flags=[flag])
        assert chosen.items == () and chosen.nothing_because == "flag"


def test_a_long_standing_flag_gets_the_modified_set_and_nothing_beyond_it() -> None:
    """Clinician-soon goes on with the modified set."""
    flags = frozenset(["urinary_incontinence_new"])
    request = Request(3, "chair", flags=flags, long_standing=flags)
    assert choose_programme(request).id == "osteoporosis_set"
    assert choose_programme(request, only=("seated_twist",)).items == ("relaxed_breathing",)


def test_two_sets_give_the_more_careful_one() -> None:
    """Pregnant with one-leg pain: the pregnancy set, filtered by both."""
    chosen = programme(3, flags=["pregnancy", "leg_pain_one_side"])
    assert chosen.id == "pregnancy_set"
    assert {"pregnancy_16w_plus", "leg_pain_one_side"} <= chosen.conditions


def test_an_unknown_week_of_pregnancy_counts_as_past_sixteen() -> None:
    """Unsure is as yes; whoever told the weeks is believed."""
    assert "pregnancy_16w_plus" in programme(3, flags=["pregnancy"]).conditions
    told = programme(3, conditions=["pregnancy_any"], flags=["pregnancy"])
    assert "pregnancy_16w_plus" not in told.conditions


def test_who_cannot_get_down_is_never_sent_to_the_floor() -> None:
    """transitions.get_to_floor.not_if: the bed or the chair instead."""
    for condition in CONTENT.transition("get_to_floor").not_if:
        for course in COURSES:
            assert "get_to_floor" not in programme(3, "floor", course, [condition]).units


def test_severe_pain_rests_on_the_bed_even_when_the_floor_was_wanted() -> None:
    """The legs-up rest may be done on a bed, so nothing is lost."""
    chosen = programme(8, "floor")
    assert chosen.units == ("relaxed_breathing", "rest_90_90", "side_lying_rest")


def test_the_way_down_comes_before_the_first_floor_exercise_and_the_way_up_after_the_last() -> None:
    """And only once: nobody gets down to the floor twice in a session."""
    for pain, course in itertools.product(PAINS, COURSES):
        units = programme(pain, "floor", course, first_session=False, days_done=9).units
        floor = [i for i, u in enumerate(units) if not CONTENT.is_transition(u) and CONTENT.exercise(u).needs_floor]
        assert units.count("get_to_floor") <= 1 and units.count("get_up_from_floor") <= 1
        if "get_to_floor" in units:
            assert units.index("get_to_floor") < min(floor)
            assert units.index("get_up_from_floor") > max(floor)


def test_who_lies_on_the_floor_already_is_not_told_how_to_get_there() -> None:
    """But how to get up again."""
    units = programme(3, "floor", now_at="floor").units
    assert "get_to_floor" not in units and "get_up_from_floor" in units


def test_who_is_on_the_floor_but_needs_a_chair_is_brought_up_first() -> None:
    """Knees told while lying down."""
    units = programme(3, "floor", conditions=["knee_problem"], now_at="floor").units
    assert units[0] == "get_up_from_floor"


def test_bed_programmes_stay_on_the_bed_until_it_is_left_once() -> None:
    """log_roll_out_of_bed before the first upright item, and no lying item after it."""
    for pain, course in itertools.product(PAINS, COURSES):
        units = programme(pain, "bed", course, first_session=False, days_done=9).units
        assert units.count("log_roll_out_of_bed") <= 1
        assert "get_to_floor" not in units


def test_chair_and_standing_programmes_need_neither_floor_nor_bed_while_enough_is_left() -> None:
    """Nobody at a desk is sent to lie down."""
    for position, course in itertools.product(("chair", "standing"), COURSES):
        chosen = programme(3, position, course, first_session=False, days_done=9)
        places = {CONTENT.exercise(i).position for i in chosen.items}
        assert not places & {"floor", "bed"}, chosen


def test_the_first_session_is_half_and_later_ones_are_full() -> None:
    """hold_rule: half on day one."""
    assert programme(3).half
    assert not programme(3, first_session=False).half


def test_one_new_item_a_day_is_added_while_recovering() -> None:
    """recovering_floor.rule; the walk is there from the first day."""
    sizes = [len(programme(2, first_session=d == 0, days_done=d).items) for d in range(6)]
    assert sizes == sorted(sizes) and sizes[0] == 4 and sizes[1] == 5
    assert "walking_twice_daily" in programme(2).items


def test_the_acute_set_has_one_comfort_position() -> None:
    """acute_floor.rule: pick one comfort position first."""
    items = programme(5, "floor").items
    assert "rest_90_90" in items and "side_lying_rest" not in items


def test_bridge_and_back_bend_with_weak_bones_need_a_clinicians_word() -> None:
    """osteoporosis_set.rule."""
    without = programme(2, "floor", PhaseHints(days=200), ["osteoporosis"])
    assert not {"bridge", "standing_back_bend", "rest_90_90"} & set(without.items)
    known = frozenset(["clinician_agreed", "under_seventy"])
    agreed = programme(2, "floor", PhaseHints(days=200), ["osteoporosis"], known=known)
    assert {"bridge", "standing_back_bend"} <= set(agreed.items)


def test_from_sixteen_weeks_the_floor_ends_on_all_fours() -> None:
    """Side-lying stays on the bed; only cat and camel is done on the floor."""
    units = programme(2, "floor", conditions=["pregnancy_16w_plus"]).units
    assert units.index("side_lying_rest") < units.index("get_to_floor")
    assert units[units.index("get_to_floor") + 1] == "cat_camel"


def test_an_exercise_asked_for_by_name_comes_only_if_it_fits() -> None:
    """Else its alternative, else breathing."""
    request = Request(3, "floor")
    assert choose_programme(request, only=("pelvic_tilt",)).items == ("pelvic_tilt",)
    chair = Request(3, "chair")
    assert choose_programme(chair, only=("pelvic_tilt",)).items == ("seated_pelvic_tilt",)
    hip = Request(3, "floor", conditions=frozenset(["hip_replacement"]))
    assert choose_programme(hip, only=("knee_to_chest_single",)).items == ("relaxed_breathing",)
    severe = Request(8, "floor")
    assert choose_programme(severe, only=("bridge",)).items == ("relaxed_breathing",)


def test_comfort_only_keeps_out_every_movement_however_it_is_asked_for() -> None:
    """A screen that ended in comfort_only first is not talked round."""
    request = Request(2, "floor", comfort_only=True)
    assert choose_programme(request).id == "comfort_only"
    assert choose_programme(request, only=("pelvic_tilt",)).items == ("relaxed_breathing",)
    assert not fitting("pelvic_tilt", choose_programme(request))


def test_a_request_survives_the_slot() -> None:
    """Plain JSON and back."""
    request = Request(
        4, "bed", PhaseHints(days=2.5, easing=False), frozenset(["knee_problem"]),
        frozenset(["leg_pain_one_side"]), known=frozenset(["under_seventy"]), now_at="bed",
    )  # fmt: skip
    assert Request.from_dict(json.loads(json.dumps(request.to_dict()))) == request


def test_propping_up_comes_only_after_days_of_lying_on_the_front() -> None:
    """prone_elbows.cautions."""
    first = programme(2, "floor", PhaseHints(days=200))
    later = programme(2, "floor", PhaseHints(days=200), first_session=False, days_done=3)
    assert "prone_lying" in first.items and "prone_elbows" not in first.items
    assert "prone_elbows" in later.items
    named = choose_programme(Request(2, "floor", PhaseHints(days=200)), only=("prone_elbows",))
    assert named.items == ("prone_lying",)

"""The cursor keeps its place through everything a person may say during exercises."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from rasa_project.care.coaching import FASTEST, HALFWAY_DOWN_STEP, SLOWEST, Cursor, start
from rasa_project.care.coaching_facts import (
    getting_up,
    how_long,
    how_many_left,
    how_often,
    what_it_is_for,
)
from rasa_project.care.exercises import load_exercises
from rasa_project.care.programmes import PhaseHints, Request, choose_programme

CONTENT = load_exercises()


def cursor(pain=5, position="floor", days=None, conditions=(), **more) -> Cursor:
    """Return a cursor at the first step of one person's programme."""
    request = Request(pain, position, PhaseHints(days=days), frozenset(conditions), **more)
    return start(choose_programme(request))


def at(unit: str, here: Cursor) -> Cursor:
    """Return the cursor moved on to `unit`."""
    while here.unit_id != unit:
        here = here.advance()
        assert not here.over, unit
    return here


def walk(here: Cursor) -> list[tuple[str, int]]:
    """Return every (unit, step) up to the end."""
    seen = []
    while not here.over:
        seen.append((here.unit_id, here.step))
        here = here.advance()
    return seen


def test_next_goes_through_every_step_of_every_unit_in_order() -> None:
    """And ends finished, with all exercises done and no transition among them."""
    here = cursor()
    seen = walk(here)
    assert [u for u, _ in itertools.groupby(seen, key=lambda s: s[0])] == list(here.units)
    last = here
    while not last.over:
        last = last.advance()
    assert last.state == "finished"
    assert last.done == tuple(u for u in here.units if not CONTENT.is_transition(u))


def test_back_undoes_next_everywhere_but_at_the_very_first_step() -> None:
    """Also from one exercise into the one before."""
    here = cursor()
    assert here.back() == here and here.at_start
    while True:
        following = here.advance()
        if following.over:
            assert (following.back().unit_id, following.back().step) == (here.unit_id, here.step)
            break
        back = following.back()
        assert (back.unit_id, back.step) == (here.unit_id, here.step)
        here = following


def test_next_at_the_end_stays_at_the_end() -> None:
    """A late "next" does not raise."""
    here = cursor(position="standing")
    while not here.over:
        here = here.advance()
    assert here.advance() == here and here.skip() == here and here.hurts() == here


def test_skip_leaves_the_whole_exercise_out() -> None:
    """It is remembered as skipped, not as done."""
    here = cursor(position="chair")
    skipped = here.advance().skip()
    assert skipped.unit_id == here.units[1] and skipped.step == 0
    assert skipped.skipped == (here.units[0],) and skipped.done == ()


def test_cannot_do_that_one_gives_the_alternative_that_fits() -> None:
    """On the acute floor set: the seated rock in place of the pelvic tilt."""
    other = at("knee_to_chest_single", cursor(2, days=5)).alternative()
    ids = [u for u in other.units if not CONTENT.is_transition(u)]
    assert "seated_knee_lift" in ids and "knee_to_chest_single" not in ids


def test_an_alternative_that_does_not_fit_is_skipped() -> None:
    """No chair version for a new hip: on to the next."""
    here = cursor(2, "floor", 200, ["hip_replacement"])
    here = at("standing_forward_back", here)
    other = here.alternative()
    assert "standing_forward_back" in other.skipped
    for unit in other.units:
        if not CONTENT.is_transition(unit):
            assert "hip_replacement" not in CONTENT.exercise(unit).not_if


def test_who_cannot_get_down_goes_on_in_a_chair() -> None:
    """"I can't" at the way down means the floor is out of reach."""
    other = at("get_to_floor", cursor()).alternative()
    assert other.unit_id == "seated_pelvic_tilt" or "seated_pelvic_tilt" in other.units
    assert "get_to_floor" not in other.units
    assert all(CONTENT.is_transition(u) or not CONTENT.exercise(u).needs_floor for u in other.units)


def test_pause_and_resume_keep_the_step() -> None:
    """And pausing twice is still a pause."""
    here = cursor().advance()
    assert here.pause().state == "paused" == here.pause().pause().state
    assert here.pause().resume() == here


def test_slower_and_faster_stay_and_have_bounds() -> None:
    """The pace survives next, skip, and an hour of "slower"."""
    here = cursor().slower()
    assert here.advance().skip().pace == here.pace > 1
    for _ in range(20):
        here = here.slower()
    assert here.pace == SLOWEST
    for _ in range(40):
        here = here.faster()
    assert here.pace == FASTEST


def test_hurting_once_stops_the_exercise_and_only_comfort_follows() -> None:
    """Triage policy row 12."""
    here = at("knee_rolls", cursor())
    eased = here.hurts()
    assert eased.stopped == ("knee_rolls",) and not eased.over
    assert eased.programme_id == "comfort_only"
    exercises = [u for u in eased.units if not CONTENT.is_transition(u)]
    assert set(exercises) <= {"relaxed_breathing", "rest_90_90", "side_lying_rest"}
    assert eased.units[-1] == "get_up_from_floor", "the user is on the floor"
    assert "get_to_floor" not in eased.units


def test_hurting_twice_ends_the_session() -> None:
    """Whatever was done between."""
    here = cursor().hurts().advance().hurts()
    assert here.state == "ended" and here.over


def test_a_comfort_position_that_hurts_is_not_offered_again() -> None:
    """Its like remain."""
    here = at("side_lying_rest", cursor(8, "bed")).hurts()
    assert "side_lying_rest" not in here.units


def test_a_way_down_that_hurts_leads_to_the_bed() -> None:
    """Nobody is sent on down."""
    here = at("get_to_floor", cursor()).hurts()
    assert "get_to_floor" not in here.units and here.place != "floor"


def test_bad_knees_told_in_the_middle_change_what_comes_next_at_once() -> None:
    """On the floor: up first, then the chair."""
    here = at("pelvic_tilt", cursor())
    changed = here.with_conditions(frozenset(["knee_problem"]))
    assert changed.unit_id == "get_up_from_floor"
    rest = [u for u in changed.units if not CONTENT.is_transition(u)]
    assert rest and all(not CONTENT.exercise(u).needs_floor for u in rest)
    assert "relaxed_breathing" not in rest, "done already"


def test_a_condition_that_changes_nothing_keeps_the_step() -> None:
    """Blood thinners do not touch the pelvic tilt."""
    here = at("pelvic_tilt", cursor()).advance()
    told = here.with_conditions(frozenset(["blood_thinners"]))
    assert (told.unit_id, told.step) == (here.unit_id, here.step)
    assert "blood_thinners" in told.conditions


def test_an_aneurysm_told_in_the_middle_ends_the_exercises() -> None:
    """No item at all until a clinician has cleared them."""
    assert cursor().with_conditions(frozenset(["known_aneurysm"])).state == "ended"


@pytest.mark.parametrize("condition", sorted(CONTENT.conditions))
@pytest.mark.parametrize("position", ["floor", "bed", "chair", "standing"])
def test_after_any_condition_told_anywhere_nothing_excluded_is_left(condition, position) -> None:
    """Every unit of three programmes, every condition."""
    for pain, days in ((5, None), (2, 5), (2, 200)):
        here = cursor(pain, position, days, first_session=False, days_done=9)
        for index in range(len(here.units)):
            there = here
            while there.at < index:
                there = there.skip()
            changed = there.with_conditions(frozenset([condition]))
            for unit in () if changed.over else changed.units[changed.at :]:
                if not CONTENT.is_transition(unit):
                    assert not changed.conditions & set(CONTENT.exercise(unit).not_if)


def test_a_named_exercise_comes_first_with_the_way_there() -> None:
    """"Take me through the pelvic tilt": down to the floor, then the tilt."""
    here = cursor().starting_with("pelvic_tilt")
    assert here.units[:2] == ("get_to_floor", "pelvic_tilt")
    assert cursor(8).starting_with("bridge") == cursor(8)


def test_the_last_floor_exercise_skipped_still_leads_up() -> None:
    """Nobody is left lying."""
    here = at("knee_rolls", cursor()).skip()
    assert here.unit_id == "get_up_from_floor"


def test_whoever_stops_on_the_floor_can_be_told_how_to_get_up() -> None:
    """And nobody who is up."""
    assert "Push up with your hands" in getting_up(at("pelvic_tilt", cursor()))
    assert getting_up(cursor()) == "" and getting_up(cursor(position="chair")) == ""


def test_from_sixteen_weeks_nobody_is_told_to_lie_on_their_back() -> None:
    """Down to all fours and no further; no sagging in cat and camel."""
    here = cursor(2, "floor", None, ["pregnancy_16w_plus"])
    said = []
    while not here.over:
        said.append(here.current.say)
        here = here.advance()
    assert not any("onto your back" in s or "belly sink" in s for s in said)
    assert any("all fours" in s for s in said)


def test_weak_bones_never_round_the_back() -> None:
    """Cautions of the seated rock, in instructions and in counting."""
    here = at("seated_pelvic_tilt", cursor(2, "chair", None, ["osteoporosis"]))
    said = " ".join(f"{s.say} {s.cue} {s.release}" for s in here.steps)
    assert "rounds" not in said and "Roll back" not in said


def test_the_questions_about_an_exercise_have_answers() -> None:
    """How many left, how long, how often, what for."""
    here = at("knee_to_chest_single", cursor(2, days=5))
    assert "ten seconds" in how_long(here), "half on day one"
    assert "twice on each side" in how_often(here)
    assert "lower back" in what_it_is_for(here)
    assert "One more" in how_many_left(here)
    assert "last one" in how_many_left(at("walking_twice_daily", here))


def test_a_programme_without_items_cannot_be_started() -> None:
    """The caller has to say why instead."""
    nothing = choose_programme(Request(3, "floor", conditions=frozenset(["known_aneurysm"])))
    with pytest.raises(ValueError, match="without items"):
        start(nothing)


def test_any_talk_at_all_keeps_a_valid_place() -> None:
    """Two thousand seeded moves: plain JSON, a real step, and nothing excluded, always."""
    dice = random.Random(7)
    moves = ["advance", "back", "skip", "alternative", "pause", "resume", "slower", "faster", "again"]
    conditions = sorted(CONTENT.conditions - {"recent_spine_surgery", "known_aneurysm"})
    for _ in range(80):
        here = cursor(
            dice.randint(0, 8),
            dice.choice(["floor", "bed", "chair", "standing"]),
            dice.choice([None, 5, 200]),
            dice.sample(conditions, dice.randint(0, 2)),
        )
        for _ in range(25):
            roll = dice.random()
            if roll < 0.05:
                here = here.with_conditions(frozenset(dice.sample(conditions, 1)))
            elif roll < 0.1:
                here = here.hurts()
            else:
                here = getattr(here, dice.choice(moves))()
            assert Cursor.from_dict(json.loads(json.dumps(here.to_dict()))) == here
            assert here.current in here.steps and here.remaining >= 0
            if not here.over and not CONTENT.is_transition(here.unit_id):
                assert not here.conditions & set(CONTENT.exercise(here.unit_id).not_if)
                assert here.unit_id not in here.stopped


def test_no_slot_means_no_cursor() -> None:
    """An unset slot is not an error."""
    assert Cursor.from_dict(None) is None and Cursor.from_dict({}) is None


def test_the_floor_out_of_reach_keeps_the_exercise_that_needs_no_floor():
    """The place is kept; what is left is done on the chair."""
    cursor = start(choose_programme(Request(pain_0_10=5, position="floor"))).advance()
    assert cursor.unit_id == "relaxed_breathing"
    moved = cursor.with_position("chair")
    assert (moved.unit_id, moved.request.position) == ("relaxed_breathing", "chair")
    assert not {"get_to_floor", "get_up_from_floor"} & set(moved.units)


def test_what_was_done_on_the_floor_is_not_offered_again_on_the_chair():
    cursor = start(choose_programme(Request(pain_0_10=5, position="floor")))
    while cursor.unit_id == "relaxed_breathing":
        cursor = cursor.advance()
    assert "relaxed_breathing" not in cursor.with_position("chair").units


def test_another_place_goes_on_there_without_what_was_done() -> None:
    """From the floor to a chair: the way up comes first, and nothing is done twice."""
    here = at("pelvic_tilt", cursor(position="floor"))
    moved = here.with_position("chair")
    assert moved.units[0] == "get_up_from_floor"
    assert not {"get_to_floor", *here.done} & set(moved.units)
    assert all(CONTENT.exercise(u).position in ("any", "chair", "standing", "wall") for u in moved.units[1:])
    assert moved.request.position == "chair" and moved.done == here.done


def test_who_leaves_the_bed_is_told_how() -> None:
    here = at("pelvic_tilt", cursor(position="bed"))
    assert here.with_position("chair").units[0] == "log_roll_out_of_bed"


def test_half_way_down_the_way_up_comes_first() -> None:
    """At the first steps of the way down nobody is down yet; after them they are."""
    here = at("get_to_floor", cursor(position="floor"))
    assert "get_up_from_floor" not in here.with_position("chair").units
    while here.step < HALFWAY_DOWN_STEP:
        here = here.advance()
    assert here.unit_id == "get_to_floor"
    assert here.with_position("chair").units[0] == "get_up_from_floor"


def test_the_same_place_changes_nothing() -> None:
    here = at("pelvic_tilt", cursor(position="floor"))
    assert here.with_position("floor") is here


def test_the_amount_that_earlier_sessions_led_to_is_the_amount_of_the_programme() -> None:
    assert cursor(first_session=False, amount=0.25).amount == 0.25
    assert cursor(first_session=True).amount == 0.5
    # The flag's own first half outlives a step up.
    over_fifty = Request(2, "floor", flags=frozenset({"new_onset_over_50"}), amount=1.0)
    assert choose_programme(over_fifty).amount == 0.5


@pytest.mark.parametrize("steps_up, items", [(0, 3), (1, 4), (3, 6)])
def test_a_set_grows_by_the_steps_taken_and_not_by_the_days(steps_up: int, items: int) -> None:
    request = Request(2, "floor", PhaseHints(), first_session=False, days_done=9, steps_up=steps_up)
    counted = [i for i in choose_programme(request).items if i != "walking_twice_daily"]
    assert len(counted) == items

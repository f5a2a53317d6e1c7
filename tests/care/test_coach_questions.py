"""Questions about the exercise under way are told apart from everything else people ask."""

from __future__ import annotations

import pytest

from rasa_project.care.coach_questions import (
    asks_what_is_kept,
    changes_place,
    coach_answer,
    coach_question_in,
    hurts_now,
)
from rasa_project.care.coaching import start
from rasa_project.care.exercises import load_exercises
from rasa_project.care.programmes import PhaseHints, Request, choose_programme

ASKED = {
    "how_many_left": [
        "how many are left", "How many more of these?", "how much longer", "how many's left",
        "are we nearly done", "is this the last one", "how many more have i got left",
        "how much more of this", "how many more after this one",
    ],
    "how_often": [
        "how many times", "how many reps is that", "how often do I do this", "do i do it again",
        "how many of these should i do", "how many rounds",
    ],
    "how_long": [
        "how long do I hold this", "how long for", "hold it for how long", "how many seconds",
        "how long should i stay like this", "and how long on each side", "for how long",
    ],
    "which_muscle": [
        "which muscle is this", "what muscle does it stretch", "what's this one for",
        "what does this do", "where should I feel it", "why are we doing this",
    ],
    "how_up": [
        "how do I get up", "how do i get back up off the floor", "i need to get up",
        "i can't get up from here", "what's the safest way up",
    ],
    "what_again": [
        "what was that again", "what do i do now", "which exercise is this", "where were we",
        "what did you say", "what am i meant to do here",
    ],
}  # fmt: skip

NOT_ABOUT_IT = [
    "how long does a spasm last", "how long until it gets better", "how long should i use ice",
    "how often should i take ibuprofen", "what muscles are in the back", "how many days off",
    "how long have i had this", "how long will this take to heal", "next", "it hurts", "skip this",
    "how many sessions have i done", "what is a muscle spasm", "why does it hurt", "my leg is numb",
    "how often should i do this a day", "i got up badly this morning", "that feels better",
]  # fmt: skip


@pytest.mark.parametrize(
    "question, said", [(name, text) for name, texts in ASKED.items() for text in texts]
)
def test_a_question_about_the_exercise_is_heard(question: str, said: str) -> None:
    assert coach_question_in(said) == question


@pytest.mark.parametrize("said", NOT_ABOUT_IT)
def test_what_is_about_something_else_is_left_alone(said: str) -> None:
    assert coach_question_in(said) is None


def test_every_question_has_an_answer_at_every_unit_of_every_programme() -> None:
    """In the middle of a way to the floor too; `what_again` is answered by the step."""
    content = load_exercises()
    for position in ("floor", "bed", "chair", "standing"):
        here = start(choose_programme(Request(2, position, PhaseHints(days=200), days_done=9)))
        while not here.over:
            for question in ASKED:
                answer = coach_answer(question, here)
                assert bool(answer) is (question != "what_again"), (question, here.unit_id)
            here = here.advance()
    assert content.transitions


def test_from_the_floor_and_from_the_bed_the_way_up_is_the_contents_own() -> None:
    floor = start(choose_programme(Request(5, "floor", now_at="floor")))
    up = load_exercises().transition("get_up_from_floor")
    assert coach_answer("how_up", floor).endswith(up.steps[-1])
    bed = start(choose_programme(Request(5, "bed")))
    roll = load_exercises().transition("log_roll_out_of_bed")
    assert coach_answer("how_up", bed).endswith(roll.steps[-1])
    chair = start(choose_programme(Request(5, "chair")))
    assert "not down on the floor" in coach_answer("how_up", chair)


def test_on_the_way_to_an_exercise_that_exercise_is_asked_about() -> None:
    """Getting down is no exercise: its hold, its count and its muscle are those of what follows."""
    here = start(choose_programme(Request(2, "floor", days_done=9, first_session=False)))
    assert here.unit_id == "get_to_floor"
    there = here.at_exercise()
    assert there.unit_id == here.units[1] and there.step == 0
    for question in ("how_many_left", "how_long", "how_often", "which_muscle"):
        assert coach_answer(question, here) == coach_answer(question, there)


def test_on_the_way_up_at_the_end_nothing_is_left_to_ask_about() -> None:
    here = start(choose_programme(Request(2, "floor", days_done=9, first_session=False)))
    while here.at + 1 < len(here.units):
        here = here.advance()
    assert here.unit_id in ("get_up_from_floor", "walking_twice_daily")
    assert coach_answer("how_many_left", here) == "This is the last one."


@pytest.mark.parametrize(
    "said, hurts",
    [
        ("i've got bad knees", False),
        ("my wrists are bad", False),
        ("i'm pregnant by the way", False),
        ("kneeling hurts my bad knees", True),
        ("ow my knees", True),
        ("this is too painful for my wrists", True),
        ("my knees are worse in this one", True),
    ],
)
def test_a_condition_that_hurts_now_is_more_than_told(said: str, hurts: bool) -> None:
    assert hurts_now(said) is hurts


@pytest.mark.parametrize(
    "said, changes",
    [
        ("can we do this in a chair", True),
        ("i'd rather stand", True),
        ("i can't get down to the floor", True),
        ("i'm in bed now", True),
        ("i've moved to the sofa", True),
        ("the floor is cold", False),
        ("okay i'm standing", False),
    ],
)
def test_a_place_counts_only_where_it_is_asked_for(said: str, changes: bool) -> None:
    assert changes_place(said) is changes


@pytest.mark.parametrize(
    "said, kept",
    [
        ("what did you write down", True),
        ("what have you stored about me", True),
        ("what's written down in there", True),
        ("how am i doing", False),
        ("show my progress", False),
        ("what was my score yesterday", False),
    ],
)
def test_what_is_written_down_is_another_question_than_how_it_went(said: str, kept: bool) -> None:
    assert asks_what_is_kept(said) is kept

"""Conditions and places are heard the way people say them, and denials are respected."""

from __future__ import annotations

import pytest

from rasa_project.care.exercise_names import exercise_named
from rasa_project.care.exercises import load_exercises
from rasa_project.care.setup_answers import conditions_in, is_down_already, position_in
from rasa_project.care.setup_words import load_setup_words

SAID = {
    "I've got bad knees": {"knee_problem"},
    "knees": {"knee_problem"},
    "just my left knee really": {"knee_problem"},
    "i can't kneel": {"knee_problem"},
    "no, bad knees": {"knee_problem"},
    "nothing apart from bad knees": {"knee_problem"},
    "apart from my knees no": {"knee_problem"},
    "my knees aren't great": {"knee_problem"},
    "had a knee replacement in march": {"knee_problem"},
    "my wrists": {"wrist_shoulder_problem"},
    "carpal tunnel": {"wrist_shoulder_problem"},
    "I can't put weight on my hands": {"wrist_shoulder_problem"},
    "hip replacement two years ago": {"hip_replacement"},
    "I've had both hips done": {"hip_replacement"},
    "osteoporosis": {"osteoporosis"},
    "the doctor says my bones are thin": {"osteoporosis"},
    "i get dizzy when i stand up": {"dizziness_or_low_bp"},
    "low blood pressure": {"dizziness_or_low_bp"},
    "my balance isn't good": {"poor_balance"},
    "i use a walker": {"poor_balance"},
    "I'm on blood thinners": {"blood_thinners"},
    "i take warfarin": {"blood_thinners"},
    "had a c-section three weeks ago": {"recent_birth", "hernia_or_recent_abdominal_surgery"},
    "i've a hernia": {"hernia_or_recent_abdominal_surgery"},
    "I'm 20 weeks pregnant": {"pregnancy_any", "pregnancy_16w_plus"},
    "five months pregnant": {"pregnancy_any", "pregnancy_16w_plus"},
    "i'm ten weeks pregnant": {"pregnancy_any"},
    "gave birth a month ago": {"recent_birth"},
    "prednisolone every day": {"long_term_steroids"},
    "i had a spinal fusion in june": {"recent_spine_surgery"},
    "they found an aneurysm": {"known_aneurysm"},
    "spinal stenosis": {"spinal_stenosis"},
    "i have a spondylolisthesis": {"spondylolisthesis"},
    "sciatica on the left": {"leg_pain_one_side"},
    "my feet are numb from diabetes": {"reduced_skin_feeling"},
    "i've got neuropathy": {"reduced_skin_feeling"},
    "i can barely move": {"severe_acute_pain"},
    "i'm seventy four": {"over_70_new"},
    "bad knees and a dodgy shoulder": {"knee_problem", "wrist_shoulder_problem"},
    "my knees are fine but my wrists hurt": {"wrist_shoulder_problem"},
    "can i do this with osteoporosis": {"osteoporosis"},
}
NOT_SAID = [
    "no", "nothing like that", "no knee problems", "no osteoporosis or blood thinners",
    "i don't have bad knees", "my balance is good", "not pregnant", "my knees are fine",
    "my dad has bad knees", "what is osteoporosis", "is it sciatica", "how risky is back surgery",
    "knee to chest please", "do i keep my knees bent", "giddy up", "let's go with child's pose",
    "i had back surgery ten years ago", "had a baby two years ago", "i can't move that fast",
    "is it okay if you're pregnant", "chair version please", "",
]  # fmt: skip


@pytest.mark.parametrize(("said", "meant"), SAID.items(), ids=list(SAID))
def test_a_condition_is_heard_however_it_is_said(said: str, meant: set[str]) -> None:
    """From single words to a sentence."""
    assert conditions_in(said) == meant


@pytest.mark.parametrize("said", NOT_SAID)
def test_what_is_denied_asked_or_somebody_elses_is_no_condition(said: str) -> None:
    """Denials, other people, long ago, questions for information, exercise names."""
    assert conditions_in(said) == frozenset()


def test_every_condition_of_the_content_can_be_told() -> None:
    """No id without wordings, no wordings without an id."""
    assert set(load_setup_words().conditions) == load_exercises().conditions


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("the floor is fine", "floor"),
        ("floor", "floor"),
        ("on my yoga mat", "floor"),
        ("either", "floor"),
        ("i don't mind", "floor"),
        ("floor or bed", "floor"),
        ("i can't get down on the floor", "chair"),
        ("not the floor", "chair"),
        ("the floor's too hard", "chair"),
        ("i can't get on the floor so the bed", "bed"),
        ("i'll do it on the sofa", "bed"),
        ("a chair please", "chair"),
        ("i'd rather sit", "chair"),
        ("the floor no the chair", "chair"),
        ("no chair i'm on the floor", "floor"),
        ("standing at my desk", "standing"),
        ("i can't stand for long so a chair", "chair"),
        ("on my feet", "standing"),
        ("sitting on the bed", "bed"),
        ("yes", None),
        ("lying down", None),
        ("what do you mean", None),
    ],
)
def test_the_place_is_heard(said: str, meant: str | None) -> None:
    """A place that was ruled out is not taken, and the last word counts."""
    assert position_in(said) == meant


def test_who_says_they_lie_on_the_floor_is_down_already() -> None:
    """Then nobody tells them how to get there."""
    assert is_down_already("i'm lying on the floor") and is_down_already("stuck on the kitchen floor")
    assert not is_down_already("the floor is fine") and not is_down_already("i can't get on the floor")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("take me through the pelvic tilt", "pelvic_tilt"),
        ("chair pelvic tilt", "seated_pelvic_tilt"),
        ("knee to chest please", "knee_to_chest_single"),
        ("child's pose", "paraspinal_sit_back"),
        ("the cat cow one", "cat_camel"),
        ("bridge", "bridge"),
        ("tennis ball massage", "tennis_ball_wall"),
        ("give me a stretch", None),
    ],
)
def test_an_exercise_is_known_by_its_names(said: str, meant: str | None) -> None:
    """The narrower name before the wider."""
    assert exercise_named(said) == meant


def test_every_spoken_name_leads_to_its_exercise() -> None:
    """What the skill calls an exercise, a user may call it too."""
    confused = {
        e.spoken_name: exercise_named(e.spoken_name)
        for e in load_exercises().exercises
        if exercise_named(e.spoken_name) != e.id
    }
    assert confused == {}

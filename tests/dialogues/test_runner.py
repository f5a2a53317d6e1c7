"""The runner's own reading of replies, without a model."""

from __future__ import annotations

import asyncio

import pytest

from rasa_project.evaluation.dialogues import run_dialogue
from rasa_project.evaluation.outcomes import Thread, fulfils, outcomes
from rasa_project.evaluation.scripts import Dialogue, Expectation, Screen, Turn
from rasa_project.local import Reply


def step(exercise: str, number: int, **more) -> Reply:
    return Reply("Breathe in.", {"kind": "stretch_step", "id": exercise, "step": number, **more})


def question(group: str, *covers: str, **more) -> Reply:
    reply = {"kind": "screening_question", "id": group, "covers": list(covers), **more}
    return Reply("Any numbness?", reply)


def test_going_on_back_and_repeating_are_told_apart():
    """Steps are judged by where the listener was, over exercises, too."""
    thread = Thread().after([step("a", 0)]).after([step("a", 1)]).after([step("b", 0)])
    assert "next_step" in outcomes([step("b", 1)], thread)
    assert "repeat_step" in outcomes([step("b", 0)], thread)
    back = outcomes([step("a", 1)], thread)
    assert "previous_step" in back and "next_step" not in back
    thread = thread.after([step("a", 1)])
    assert "next_step" in outcomes([step("b", 0)], thread)


def test_the_same_question_again_is_a_resumption():
    """A question about other flags of the same group is a new one."""
    thread = Thread().after([question("Q4_legs", "foot_drop")])
    assert "screening_resumes" in outcomes([question("Q4_legs", "foot_drop")], thread)
    other = question("Q4_legs", "bilateral_leg_symptoms", follow_up=True)
    assert "screening_resumes" not in outcomes([other], thread)


def test_an_escalation_one_tier_higher_is_accepted_and_a_lower_one_is_not():
    """The direction of safety is up."""
    same_day = outcomes([Reply("Call.", {"kind": "escalation", "tier": "same_day"})], Thread())
    assert fulfils("escalate_clinician", same_day)
    assert fulfils("escalate_same_day", same_day)
    assert not fulfils("escalate_emergency", same_day)


def test_somebody_elses_emergency_is_not_the_speakers():
    """Third person has an outcome of its own."""
    reply = {"kind": "escalation", "tier": "emergency_now", "third_person": True}
    assert outcomes([Reply("Call.", reply)], Thread()) >= {"third_party_emergency"}
    assert "escalate_emergency" not in outcomes([Reply("Call.", reply)], Thread())


def test_nothing_said_is_silence():
    """An empty text is no answer."""
    assert "silence" in outcomes([], Thread())
    assert "silence" in outcomes([Reply("  ", {"kind": "answer"})], Thread())


class _Actions:
    dead = False


class _Store:
    async def save(self, tracker) -> None:
        """Keep nothing."""


class _Asks:
    """A stand-in that asks a fixed row of questions, then speaks a step: no skill of ours."""

    def __init__(self, *replies: Reply) -> None:
        self.row = list(replies)
        self.heard: list[str] = []
        self.actions = _Actions()

    async def say(self, key, text, metadata=None, channel=None) -> list[Reply]:
        self.heard.append(text)
        return [self.row.pop(0)]

    async def slots(self, key) -> dict:
        return {"pain_0_10": 4}


@pytest.mark.parametrize("at_fault, passes", [({"pain_0_10": 4}, True), ({"pain_0_10": 5}, False)])
def test_a_screen_answers_by_flag_group_words_and_number(at_fault, passes):
    """Each way of naming a question finds it, the rest gets the default."""
    skill = _Asks(
        question("Q1_life_threat", "chest_pain_breathless"),
        question("Q2_saddle", "saddle_numbness"),
        question("Q3_bladder_bowel", "urinary_retention"),
        question("Q3_bladder_bowel", "urinary_retention", attempt=2),
        question("Q4_legs", "foot_drop"),
        Reply("From zero to ten?", {"kind": "setup_question", "id": "pain_0_10"}),
        Reply("Floor or chair?", {"kind": "setup_question", "id": "position"}),
        step("relaxed_breathing", 0),
    )
    screen = Screen(
        default="nope",
        nth={1: "no chest"},
        named={
            "saddle_numbness": ("no numbness",),
            "urinary_retention": ("not sure", "no"),
            "pain_0_10": ("three",),
        },
    )
    dialogue = Dialogue(
        "d", "", (Turn("hi"), Turn(screen=screen)), (Expectation(2, ("stretch_step",), slots=at_fault),)
    )
    result = asyncio.new_event_loop().run_until_complete(run_dialogue(dialogue, skill))
    assert skill.heard == [
        "hi", "no chest", "no numbness", "not sure", "no", "nope", "three", "the floor is fine",
    ]  # fmt: skip
    assert result.passed is passes
    assert "stretch_step" in result.transcript()


@pytest.mark.parametrize("asked_for_after, passes", [(2, True), (3, False)])
def test_what_is_forbidden_may_come_once_it_is_asked_for(asked_for_after, passes):
    """"No stretch before the screen is through", then a stretch, is no contradiction."""
    skill = _Asks(question("Q1_life_threat"), step("relaxed_breathing", 0), step("relaxed_breathing", 1))
    expected = (
        Expectation(1, ("screening_question",), must_not=("stretch_step",)),
        Expectation(asked_for_after, ("stretch_step",)),
    )
    dialogue = Dialogue("d", "", (Turn("hi"), Turn("no"), Turn("next")), expected)
    result = asyncio.new_event_loop().run_until_complete(run_dialogue(dialogue, skill))
    assert result.passed is passes

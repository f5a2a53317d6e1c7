"""What the walks' own account of the lock finds wrong."""

from __future__ import annotations

import pytest

from rasa_project.evaluation.ledger import Ledger, faults_of
from rasa_project.local import Reply

STEP = Reply("Breathe in.", {"kind": "stretch_step", "id": "relaxed_breathing"})
QUESTION = Reply("Is a leg weak?", {"kind": "screening_question", "id": "Q4_legs"})


def test_an_exercise_beside_a_safety_question_is_a_fault():
    """Whoever is asked about their legs is not told to go on in the same breath."""
    assert Ledger().broken_by([STEP, QUESTION]) == "an exercise beside a safety question"
    assert Ledger().broken_by([STEP]) is None
    assert Ledger().broken_by([QUESTION]) is None


@pytest.mark.parametrize("text", ["True weakness in a leg matters.", "None of that is new.", "False alarms happen."])
def test_english_words_are_no_data_artefacts(text):
    assert faults_of([Reply(text, {"kind": "answer"})]) == []


@pytest.mark.parametrize("text", ["Your score is None.", "That is True", "Hold for nan seconds.", "Next: ['floor']"])
def test_a_value_that_was_printed_is_a_data_artefact(text):
    assert any("data artefact" in fault for fault in faults_of([Reply(text, {"kind": "answer"})]))

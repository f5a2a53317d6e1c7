"""What the walks' own account of the lock finds wrong."""

from __future__ import annotations

from rasa_project.evaluation.ledger import Ledger
from rasa_project.local import Reply

STEP = Reply("Breathe in.", {"kind": "stretch_step", "id": "relaxed_breathing"})
QUESTION = Reply("Is a leg weak?", {"kind": "screening_question", "id": "Q4_legs"})


def test_an_exercise_beside_a_safety_question_is_a_fault():
    """Whoever is asked about their legs is not told to go on in the same breath."""
    assert Ledger().broken_by([STEP, QUESTION]) == "an exercise beside a safety question"
    assert Ledger().broken_by([STEP]) is None
    assert Ledger().broken_by([QUESTION]) is None

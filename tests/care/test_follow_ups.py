"""Half a sentence leans on the answer before it; a whole one means itself."""

from __future__ import annotations

import pytest

from rasa_project.care.answers import load_answers, time_in_answer
from rasa_project.care.coach_questions import follow_up_in

BOOK = load_answers()


@pytest.mark.parametrize(
    "text, asked",
    [
        ("tell me more", "more"),
        ("can you tell me a bit more about that", "more"),
        ("what else", "more"),
        ("and for how long?", "how_long"),
        ("how long for", "how_long"),
        ("how long should I leave it on", "how_long"),
        ("and how often", "how_often"),
        ("how many times a day", "how_often"),
        ("but why", "why"),
    ],
)
def test_half_a_sentence_is_a_follow_up(text, asked):
    assert follow_up_in(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "how long do i hold this", "how long does a spasm last", "how many more", "one more time",
        "why do you ask", "more pain now", "next", "", "it hurts more", "what was that",
    ],
)  # fmt: skip
def test_a_whole_sentence_is_none(text):
    assert follow_up_in(text) is None


def test_the_time_comes_with_its_cautions():
    """What is kept are sentences of the answer; the warning about bare skin is one of them."""
    part = time_in_answer(BOOK.answer("ask_how_to_use_ice"), "how_long", BOOK)
    assert part is not None and "twenty minutes" in part.spoken and "Never put ice" in part.spoken


@pytest.mark.parametrize("answer_id", BOOK.answers)
@pytest.mark.parametrize("asked", ["how_long", "how_often"])
def test_a_cut_is_made_of_whole_sentences_of_the_answer(answer_id, asked):
    answer = BOOK.answer(answer_id)
    part = time_in_answer(answer, asked, BOOK)
    if part is not None:
        whole = f"{' '.join(answer.spoken.split())} {BOOK.long_spoken[answer_id]}"
        assert part.spoken and part.spoken.split(". ")[0] in whole

"""Which answer of a family a question gets: n-grams and the reader decide together."""

from __future__ import annotations

import pytest

from rasa_project.care.answers import load_answers
from rasa_project.nlu.answer_selector import NO_ENTRY, reader_answers
from rasa_project.nlu.reader import Reading, load_reader, reading_of


@pytest.mark.parametrize(
    "asked, answer",
    [
        ("how many minutes may the frozen peas stay on", "ask_how_to_use_ice"),
        ("will a lumbar belt round my middle help", "ask_back_brace"),
        ("is it alright to walk up steep hills with this", "ask_uneven_ground_hills"),
    ],
)
def test_a_question_in_new_words_is_read_as_its_answer(asked, answer):
    answers = reading_of(asked).answers
    assert max(answers, key=lambda name: answers[name]) == answer


def test_the_reader_knows_every_answer_of_the_content():
    known = set(reading_of("is walking okay").answers)
    assert set(load_answers().answers) <= known
    assert known - set(load_answers().answers) == {"help", "request_clinician"}


def test_an_answer_newer_than_the_reader_keeps_its_chance():
    reading = Reading({}, {"none": 1.0}, 0.0, {}, {"old": 0.8, "older": 0.1, "help": 0.1})
    row = reader_answers(["brand_new", "old", NO_ENTRY], "help", reading)
    assert row.sum() == pytest.approx(1.0)
    assert list(row.argsort()) == [2, 0, 1]


def test_one_family_does_not_lose_to_another():
    """Within its family the likeliest answer wins, however little of the whole it has."""
    reading = load_reader().read("is walking okay")
    row = reader_answers(["ask_is_it_serious", "ask_when_to_see_doctor"], "ask_when_to_see_doctor", reading)
    assert row.sum() == pytest.approx(1.0) and row.min() > 0

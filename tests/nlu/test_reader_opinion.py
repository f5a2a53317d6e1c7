"""What the reader has read in a sentence becomes one opinion about what it wants."""

from __future__ import annotations

import pytest

from rasa_project.nlu.intent_classifier import mixed
from rasa_project.nlu.reader import Reading
from rasa_project.nlu.reader_opinion import ReaderOpinion

FAMILY_OF = {"ask_ice": "ask_heat_ice", "ask_how_long": "ask_duration"}


def test_an_intent_newer_than_the_reader_keeps_its_chance():
    reading = Reading({}, {"none": 1.0}, 0.0, {"greet": 0.98, "goodbye": 0.02})
    row = ReaderOpinion(["brand_new", "greet", "goodbye", "report_red_flag"], {}).row(reading)
    assert row[0] == 0.25 and row[3] == 0.0
    together = mixed(row * 0 + 0.25, row, 0.2)
    assert together.sum() == pytest.approx(1.0) and together.argmax() == 1


def test_the_answer_that_is_asked_for_tells_its_family():
    reading = Reading(
        {}, {"none": 1.0}, 0.0,
        {"greet": 0.1, "ask_duration": 0.5, "ask_heat_ice": 0.4},
        {"ask_ice": 0.9, "ask_how_long": 0.1},
    )  # fmt: skip
    row = ReaderOpinion(["ask_duration", "ask_heat_ice", "greet"], FAMILY_OF).row(reading)
    assert row[1] > row[0]
    assert row[2] == pytest.approx(0.1) and row.sum() == pytest.approx(1.0)


def test_a_family_s_own_reply_counts_for_the_family():
    reading = Reading(
        {}, {"none": 1.0}, 0.0, {"ask_duration": 0.5, "ask_heat_ice": 0.5}, {"ask_heat_ice": 0.8, "ask_how_long": 0.2}
    )
    row = ReaderOpinion(["ask_duration", "ask_heat_ice"], FAMILY_OF).row(reading)
    assert row[1] > row[0]


def test_without_answers_the_intents_stand_as_they_are():
    reading = Reading({}, {"none": 1.0}, 0.0, {"ask_duration": 0.7, "ask_heat_ice": 0.3})
    assert list(ReaderOpinion(["ask_duration", "ask_heat_ice"], FAMILY_OF).row(reading)) == [0.7, 0.3]


def test_an_urgent_sentence_is_a_report():
    reading = Reading({}, {"none": 0.2, "emergency_now": 0.8}, 0.0, {"greet": 1.0})
    assert ReaderOpinion(["greet", "report_red_flag"], {}).row(reading)[1] == pytest.approx(0.8)

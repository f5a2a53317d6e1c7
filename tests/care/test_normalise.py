"""Words in the one form that everything behind reads."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from rasa_project.care.normalise import normalise, tokens_of
from rasa_project.care.red_flags import load_detector


@pytest.mark.parametrize(
    ("said", "normal"),
    [
        ("My bladder is find.", "my bladder is fine"),
        ("It's find now", "it is fine now"),
        ("i feel find", "i feel fine"),
        ("I can't find it", "i can not find it"),
        ("where do i find that", "where do i find that"),
    ],
)
def test_a_word_that_cannot_stand_there_is_read_as_the_one_it_sounds_like(said, normal):
    assert normalise(said) == normal


@pytest.mark.parametrize(("said", "normal"), [("a backspasm", "a back spasm"), ("lowerback hurts", "lower back hurts")])
def test_what_a_recogniser_joins_is_two_words_again(said, normal):
    assert normalise(said) == normal


def test_a_word_put_right_keeps_its_place_in_what_was_said():
    said = "my bowel is find today"
    token = next(t for t in tokens_of(said) if t.text == "fine")
    assert said[token.start : token.end] == "find"


@pytest.mark.parametrize(
    ("said", "normal"),
    [("you need n't worry", "you need not worry"), ("i do n't know", "i do not know"), ("n't", "not")],
)
def test_an_ending_that_a_recogniser_wrote_apart_is_a_word(said, normal):
    assert normalise(said) == normal
    load_detector().detect(said)


@given(strategies.text(alphabet="nts'’dmlrve0 .,-i", max_size=24))
def test_no_word_is_empty_whatever_is_cut_where(said):
    """An empty word ended the turn: the detector cannot read one."""
    assert all(token.text for token in tokens_of(said))

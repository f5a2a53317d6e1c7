"""Words sound as a recogniser hears them, whether or not anybody wrote them before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasa_project.nlu.pronunciation import FILE, Pronunciation, sounds_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("numb", "none"), ("piece", "peas"), ("write", "right"), ("knot", "not"), ("wee", "we"),
        ("4", "for"), ("2", "too"), ("8", "ate"), ("border", "boarder"), ("tumour", "tumor"),
        ("paws", "pause"), ("heel", "heal"), ("bag", "back"),
    ],
)  # fmt: skip
def test_words_that_a_recogniser_takes_for_each_other_sound_the_same(one: str, other: str):
    assert sounds_of(one) == sounds_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("walk", "work"), ("heat", "hot"), ("ice", "ace"), ("left", "lift"), ("yes", "no")]
)
def test_words_that_differ_in_a_vowel_sound_different(one: str, other: str):
    assert sounds_of(one) != sounds_of(other)


@pytest.mark.parametrize(("cut", "whole"), [("tail bone", "tailbone"), ("back ache", "backache"), ("fizzy oh", "physio")])
def test_words_that_are_cut_elsewhere_sound_the_same_together(cut: str, whole: str):
    assert "".join(map(sounds_of, cut.split())) == sounds_of(whole)


@given(st.text(min_size=1, max_size=30).filter(lambda word: not word.isspace()))
def test_every_word_has_sounds(word: str):
    assert sounds_of(word)


def test_the_longest_rule_that_fits_holds_and_what_is_known_by_heart_goes_first():
    spoken = Pronunciation({"c": "k", "ce": "s"}, {"ac": "ek"})
    assert [spoken.sounds(word) for word in ("ca", "ce", "ac", "a'c", "7")] == ["k", "s", "ek", "ek", "7"]


def test_a_broken_file_is_named(tmp_path: Path):
    path = tmp_path / "english.json"
    path.write_text(json.dumps({"letters": {}}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"english\.json: .*words.*are due"):
        Pronunciation.load(path)


def test_every_rule_tells_the_sounds_of_a_letter_by_its_neighbours():
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    assert set("abcdefghijklmnopqrstuvwxyz") <= set(stored["letters"])
    assert set("".join(stored["letters"].values())) <= set("ptkfsSnlrwjhieayou@")

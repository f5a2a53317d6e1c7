"""What is refused before any intent is chosen."""

from __future__ import annotations

import numpy as np
import pytest

from rasa_project.nlu.intent_classifier import is_noise, known_words, with_probability
from rasa_project.nlu.noisy_channel import NoisyChannel

KNOWN = frozenset("my lower back is in spasm can i use heat what about ibuprofen yes".split())


@pytest.mark.parametrize("said", ["sklee vorbin", "mnaff oodle krint", "zib, zab"])
def test_several_words_of_which_none_is_known_are_noise(said: str):
    assert is_noise(said, KNOWN)


@pytest.mark.parametrize("said", ["defo", "Heyy", "", "um er", "my bakk spazzum", "heat vorbin"])
def test_one_strange_word_or_one_known_word_is_left_to_the_classifier(said: str):
    assert not is_noise(said, KNOWN)


def test_what_a_recogniser_made_of_one_word_is_no_known_word():
    """A sentence of training that was misheard must not make noise known."""
    known = known_words(["next one please", "the next one", "all done what now nix", "all done what now nix"])
    assert {"next", "one"} <= known and "nix" not in known
    assert is_noise("frum dooble nix", known)


def test_the_chance_of_being_none_of_its_business_is_set_apart():
    """The other intents keep their proportions, and all still add up to 1."""
    row = with_probability(np.array([0.6, 0.3, 0.1]), 2, 0.8)
    assert row.sum() == pytest.approx(1.0)
    assert row[2] == pytest.approx(0.8)
    assert row[0] == pytest.approx(2 * row[1])


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("is walking okay with this", False),
        ("could a knurse look", True),
        ("could a knurse look " + "and then the other thing that it could be " * 2, False),
    ],
)
def test_what_is_unsure_and_short_is_read_again(loaded_skill, run, monkeypatch, said: str, again: bool):
    """Once more as it was probably said; who says much says it more than once."""
    read: list[str] = []
    monkeypatch.setattr(NoisyChannel, "meant", lambda self, text: read.append(text) or text)
    run(loaded_skill.agent.parse_message(said))
    assert read == ([said] if again else [])


def test_what_was_probably_said_counts_beside_what_was_heard(loaded_skill, run):
    """A recogniser cut the words elsewhere; what is left of them is no intent."""
    for heard, intent in (("what is an earth block", "ask_surgery_injection"), ("slocker", "slower")):
        assert run(loaded_skill.agent.parse_message(heard))["intent"]["name"] == intent, heard

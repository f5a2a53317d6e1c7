"""What is refused before any intent is chosen."""

from __future__ import annotations

import pytest

from rasa_project.nlu.intent_classifier import is_noise

KNOWN = frozenset("my lower back is in spasm can i use heat what about ibuprofen yes".split())


@pytest.mark.parametrize("said", ["sklee vorbin", "mnaff oodle krint", "zib, zab"])
def test_several_words_of_which_none_is_known_are_noise(said: str):
    assert is_noise(said, KNOWN)


@pytest.mark.parametrize("said", ["defo", "Heyy", "", "um er", "my bakk spazzum", "heat vorbin"])
def test_one_strange_word_or_one_known_word_is_left_to_the_classifier(said: str):
    assert not is_noise(said, KNOWN)

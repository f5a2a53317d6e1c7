"""Heat and cold: who asks for it, and how it is timed."""

from __future__ import annotations

import pytest

from rasa_project.care.answers import load_answers
from rasa_project.care.heat_and_cold import load_heat_and_cold, pack_wanted, timed_pack
from rasa_project.care.phrases import MAX_SENTENCE_WORDS, longest_sentence
from rasa_project.care.spoken_numbers import number_words


@pytest.mark.parametrize(
    "said, pack",
    [
        ("take me through the heat", "heat"), ("talk me through using a hot water bottle", "heat"),
        ("time the ice for me", "cold"), ("do ice with me", "cold"), ("let's do some heat", "heat"),
        ("set a timer for my ice pack", "cold"), ("can you time my heating pad", "heat"),
        ("tell me when the frozen peas have to come off", "cold"), ("can we do the cold pack", "cold"),
        ("i've got the ice on now can you time it", "cold"), ("start an ice pack timer", "cold"),
        ("how long do i leave the heat on", None), ("heat or ice", None), ("is ice any good", None),
        ("what time should i ice it", None), ("take me through the pelvic tilt", None),
        ("can i use heat the first time", None), ("i did ice yesterday", None), ("next", None),
    ],
)  # fmt: skip
def test_a_wish_to_be_taken_through_it_is_told_from_a_question(said, pack):
    """Only a wish starts the clock."""
    assert pack_wanted(said) == pack


@pytest.mark.parametrize("name", ["heat", "cold"])
def test_the_time_is_the_answers_own_and_cautions_come_before_it(name):
    """Pauses add up to a length the answer names, with a look at the skin in between."""
    pack = load_heat_and_cold().packs[name]
    message = timed_pack(name)
    pauses = [s["pause_s"] for s in message.segments if "pause_s" in s]
    assert sum(pauses) == message.hold_s == pack.minutes * 60
    answer = load_answers().answer(pack.origin)
    for minutes in (pack.minutes, pack.most_minutes):
        assert number_words(minutes) in f"{answer.spoken} {answer.text}".lower()
    assert all(caution in message.segments[0]["say"] for caution in pack.before)
    between = [s["say"] for s in message.segments[1:-1] if "say" in s]
    assert between and all(pack.check in said for said in between)
    assert message.segments[-1]["say"].endswith(pack.after)


@pytest.mark.parametrize("name", ["heat", "cold"])
def test_nothing_said_at_once_is_too_long_for_a_listener(name):
    """Sentences and messages keep to the limits of the ear."""
    said = [s["say"] for s in timed_pack(name).segments if "say" in s]
    assert max(longest_sentence(words) for words in said) <= MAX_SENTENCE_WORDS
    assert max(len(words.split()) for words in said) <= 60

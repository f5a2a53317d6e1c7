"""What is said at a step can be followed by ear, in time, and by eye."""

from __future__ import annotations

import itertools
import json

import pytest

from rasa_project.care.coaching import Cursor, start
from rasa_project.care.exercises import load_exercises
from rasa_project.care.phrases import (
    MAX_SENTENCE_WORDS,
    load_phrases,
    longest_sentence,
    without_last_question,
)
from rasa_project.care.programmes import PhaseHints, Request, choose_programme
from rasa_project.care.speech import Message, opening, render
from rasa_project.care.spoken_numbers import digits_words, number_words, time_words, times_words

CONTENT = load_exercises()
PEOPLE = [
    Request(pain, position, PhaseHints(days=days), frozenset(conditions), first_session=first, days_done=0 if first else 9)
    for pain, days in ((8, None), (5, None), (2, 5), (2, 200))
    for position in ("floor", "bed", "chair", "standing")
    for conditions in ((), ("pregnancy_16w_plus",), ("osteoporosis",), ("hip_replacement",), ("leg_pain_one_side",))
    for first in (True, False)
]  # fmt: skip


def messages(request: Request, pace: float = 1.0) -> list[tuple[Cursor, Message]]:
    """Return everything said from the first step to the last."""
    here = start(choose_programme(request))
    while pace > here.pace:
        here = here.slower()
    said = []
    while not here.over:
        said.append((here, render(here, len(said))))
        here = here.advance()
    return said


def at(unit: str, **person) -> list[Message]:
    """Return the messages of one exercise done by itself."""
    first = person.pop("first_session", False)
    request = Request(person.pop("pain", 2), person.pop("position", "floor"), PhaseHints(days=200), first_session=first)
    here = start(choose_programme(request, only=(unit,)))
    said = []
    while not here.over:
        if here.unit_id == unit:
            said.append(render(here))
        here = here.advance()
    return said


def spoken(message: Message) -> list[str]:
    """Return the sentences of the segments, or the text when nothing is timed."""
    return [s["say"] for s in message.segments if "say" in s] or [message.text]


def pauses(message: Message) -> list[float]:
    """Return the pauses in seconds."""
    return [s["pause_s"] for s in message.segments if "pause_s" in s]


@pytest.mark.parametrize("pace", [1.0, 1.5])
def test_every_sentence_anybody_can_hear_is_short_enough(pace: float) -> None:
    """160 people, every step, at two paces; no placeholder, no code word is left."""
    for request in PEOPLE:
        for here, message in messages(request, pace):
            for text in (*spoken(message), message.text):
                assert longest_sentence(text) <= MAX_SENTENCE_WORDS, (here.unit_id, text)
                assert "{" not in text and "_" not in text and "  " not in text and text
                assert text[0].isupper() or text[0] == "(", text


def test_segments_are_plain_json_with_words_or_a_pause_each() -> None:
    """Contract, section 3."""
    for request in PEOPLE[::7]:
        for _, message in messages(request):
            assert json.loads(json.dumps(message.segments)) == [dict(s) for s in message.segments]
            for segment in message.segments:
                assert set(segment) in ({"say"}, {"pause_s"})
                assert segment.get("pause_s", 1) > 0
            if message.segments:
                assert message.hold_s == pytest.approx(sum(pauses(message)), abs=0.11)
                assert "say" in message.segments[0] and "say" in message.segments[-1]


def test_a_twenty_second_hold_is_told_at_half_time_and_near_its_end() -> None:
    """Counted aloud every five seconds at most, with a reminder to breathe."""
    hold = next(m for m in at("paraspinal_sit_back") if m.hold_s)
    assert pauses(hold) == [10, 5, 5]
    said = spoken(hold)
    assert said[0] == "Hold for twenty seconds and breathe out slowly."
    assert said[1].startswith("Ten seconds more.") and "reath" in said[1]
    assert said[2] == "Five seconds more." and said[3] == "And ease off."


def test_day_one_halves_holds_and_repetitions_in_words_and_in_time() -> None:
    """The sentence says what the clock does."""
    hold = next(m for m in at("knee_to_chest_single", first_session=True) if m.hold_s)
    assert hold.segments[0]["say"] == "Hold for ten seconds and keep breathing."
    assert sum(pauses(hold)) == 10
    tilt = at("pelvic_tilt", first_session=True)[-1]
    assert "two more" in tilt.text, "three in all, half of five rounded up"


def test_slower_stretches_rests_and_half_holds_but_no_hold_beyond_its_target() -> None:
    """hold_seconds is the target; the sentence says what the clock does."""
    for first, expected in ((True, 12), (False, 20)):
        here = start(choose_programme(Request(2, "floor", PhaseHints(days=200), first_session=first), only=("paraspinal_sit_back",)))
        while not (here.current.hold_s and here.unit_id == "paraspinal_sit_back"):
            here = here.advance()
        slow = render(here.slower())
        assert sum(pauses(slow)) == expected
        assert slow.segments[0]["say"].startswith(f"Hold for {number_words(expected)} seconds")
        assert sum(pauses(render(here.faster().faster().faster().faster()))) < sum(pauses(render(here)))
    stand = start(choose_programme(Request(2, "chair", PhaseHints(days=5), first_session=False), only=("sit_to_stand",)))
    while stand.current.kind != "reps":
        stand = stand.advance()
    normal, slow = render(stand), render(stand.slower())
    assert len(pauses(slow)) == len(pauses(normal))
    assert all(s > n for s, n in zip(pauses(slow), pauses(normal)))


def test_repetitions_are_counted_aloud_from_the_second_on() -> None:
    """The first was done with the instructions."""
    reps = at("pelvic_tilt")[-1]
    counts = [s.split(".")[0] for s in spoken(reps) if s.split(".")[0] in ("Two", "Three", "Four", "Five", "Six")]
    assert counts == ["Two", "Three", "Four", "Five"]


def test_the_other_side_is_told_and_held_as_long() -> None:
    """sides: each."""
    said = at("knee_to_chest_single")
    other = next(m for m in said if spoken(m)[0].startswith("Other side now"))
    assert sum(pauses(other)) == 20
    last = said[-1]
    assert spoken(last)[0].startswith("Last round.")
    assert any(s.startswith("Other side now") for s in spoken(last))


def test_turning_exercises_count_both_ways() -> None:
    """sides: alternate, reps per side."""
    rolls = at("knee_rolls")[-1]
    assert "seven more each way" in rolls.text
    assert spoken(rolls).count("And to the other.") == 7


def test_the_first_step_of_an_exercise_introduces_it() -> None:
    """First, next, last, by name; only the first step has it."""
    said = messages(Request(5, "chair"))
    firsts = [(c, m) for c, m in said if c.step == 0]
    assert firsts[0][1].text.startswith("First: relaxed belly breathing.")
    assert firsts[-1][1].text.startswith("Last one: short easy walk.")
    for here, message in said:
        if here.step:
            assert ":" not in message.text.split(".")[0]


def test_a_thing_that_is_needed_is_named_once() -> None:
    """Not a firm chair in every chair exercise."""
    everything = " ".join(m.text for _, m in messages(Request(2, "chair", PhaseHints(days=5))))
    assert everything.count("firm chair without wheels.") == 1


def test_the_way_to_the_floor_is_spoken_as_steps_of_its_own() -> None:
    """Never as a side remark."""
    said = messages(Request(5, "floor"))
    down = [m.text for c, m in said if c.unit_id == "get_to_floor"]
    assert len(down) == 4 and down[0].startswith("Getting down to the floor.")


def test_the_legs_up_rest_on_a_bed_speaks_of_pillows() -> None:
    """And never of a chair one does not have there."""
    said = " ".join(m.text for c, m in messages(Request(8, "floor")) if c.unit_id == "rest_90_90")
    assert "pillows" in said and "chair" not in said and "floor" not in said


def test_weak_bones_are_told_not_to_round() -> None:
    """The caution is said before the first step."""
    request = Request(2, "chair", conditions=frozenset(["osteoporosis"]))
    said = [m.text for c, m in messages(request) if c.unit_id == "seated_pelvic_tilt"]
    assert "Don't round your back." in said[0]


def test_the_opening_says_how_much_when_to_stop_and_how_to_steer() -> None:
    """Only the first session needs to hear how to steer, and that it is half."""
    first = opening(start(choose_programme(Request(5, "floor"))))
    assert "five things" in first and "half" in first and "Say next" in first
    assert "Stop and tell me" in first
    later = opening(start(choose_programme(Request(5, "floor", first_session=False))))
    assert "half" not in later and "Say next" not in later and "Stop and tell me" in later


def test_the_same_step_is_said_the_same_way_twice() -> None:
    """Deterministic: a repeat is a repeat."""
    for here, message in messages(Request(2, "floor", PhaseHints(days=5)))[::3]:
        assert render(here, 3) == render(here, 3)


def test_numbers_are_words_for_the_ear() -> None:
    """Times, counts, and telephone numbers digit by digit."""
    assert [time_words(s) for s in (1, 5, 60, 90, 120, 150, 600)] == [
        "one second", "five seconds", "one minute", "one and a half minutes", "two minutes",
        "two and a half minutes", "ten minutes",
    ]  # fmt: skip
    assert number_words(21) == "twenty-one" and number_words(100) == "100"
    assert [times_words(n) for n in (1, 2, 3)] == ["once", "twice", "three times"]
    assert digits_words("116 123") == "one one six, one two three"
    assert digits_words("Samaritans on 116 123") == "Samaritans on one one six, one two three"
    assert digits_words("1-800-222-1222").startswith("one, eight zero zero, two two two")


def test_phrases_take_turns_and_never_lack_a_value() -> None:
    """Every key can be said with the placeholders it names."""
    from rasa_project.care.errors import UnknownReference
    from rasa_project.care.phrases import placeholders_in

    phrases = load_phrases()
    for key, variants in phrases.phrases.items():
        values = {name: "three" for name in placeholders_in(variants[0])}
        said = {phrases.pick(key, turn, **values) for turn in range(len(variants))}
        assert len(said) == len(variants), key
    with pytest.raises(UnknownReference, match="no 'nonsense'"):
        phrases.pick("nonsense")
    with pytest.raises(UnknownReference, match="needs a value for 'pain'"):
        phrases.pick("pain_logged")


def test_taking_back_is_heard() -> None:
    """And ordinary denials are not taken for it."""
    phrases = load_phrases()
    for said in ("no that's not what I said", "you misheard me", "I was only joking", "scratch that"):
        assert phrases.takes_back(said), said
    for said in ("no", "no not really", "i said yes", "that's right"):
        assert not phrases.takes_back(said), said


def test_a_question_at_the_end_can_be_left_out_but_not_a_whole_message():
    """Where a safety question follows, an offer before it would make two questions."""
    assert without_last_question("Walk a little. Want to know more?") == "Walk a little."
    assert without_last_question("Want more? Say yes.") == "Want more? Say yes."
    assert without_last_question("Want to know more?") == "Want to know more?"
    assert without_last_question("") == ""

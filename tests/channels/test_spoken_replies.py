"""A reply sounds right on every voice: nothing is lost, everything fits, XML is XML."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest

from rasa_project.care.coaching import start
from rasa_project.care.contacts import contacts_for
from rasa_project.care.escalations import domain_responses
from rasa_project.care.flags import load_red_flags
from rasa_project.care.programmes import PhaseHints, Request, choose_programme
from rasa_project.care.speech import render
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.channels.speech import (
    MOST_BREAK_S,
    MOST_SSML,
    for_the_eye,
    plain,
    say_again_after,
    spoken_numbers,
    ssml,
    ssml_of,
    timeline,
)

COUNTRIES = ("US", "GB", "IE", "DE", "CA", "AU", "NZ", "IN", "JP")


def reply(*messages: tuple[str, dict]) -> TurnReply:
    return TurnReply(tuple(Message(text, given) for text, given in messages))


def steps() -> Iterator[TurnReply]:
    """Yield every kind of step that the coach can speak."""
    for pain, days in ((8, None), (5, None), (2, 200)):
        for position in ("floor", "bed", "chair", "standing"):
            for first in (True, False):
                request = Request(pain, position, PhaseHints(days=days), first_session=first, days_done=0 if first else 9)
                here = start(choose_programme(request)).slower()
                while not here.over:
                    said = render(here)
                    segments = {"segments": [dict(s) for s in said.segments]} if said.segments else {}
                    yield reply((said.text, {"kind": "stretch_step", **segments}))
                    here = here.advance()


def escalations() -> Iterator[TurnReply]:
    for country in COUNTRIES:
        contacts = contacts_for(country, load_red_flags())
        for variants in domain_responses().values():
            yield reply((contacts.fill(variants[0]["text"], spoken=False), {"kind": "escalation"}))


STEPS, ESCALATIONS = list(steps()), list(escalations())


def words_of(xml: str) -> str:
    """Return what is said in SSML, breaks aside."""
    root = ElementTree.fromstring(xml)
    return " ".join(" ".join(t for t in (part.strip() for part in root.itertext()) if t).split())


def breaks_of(xml: str) -> list[float]:
    return [int(b.get("time", "")[:-2]) / 1000 for b in ElementTree.fromstring(xml).iter("break")]


def test_every_step_is_well_formed_ssml_within_the_limits_of_a_speaker() -> None:
    assert len(STEPS) > 200
    for step in STEPS:
        xml = ssml(step)
        root = ElementTree.fromstring(xml)
        assert root.tag == "speak" and {e.tag for e in root.iter()} <= {"speak", "s", "break"}
        assert len(xml) <= MOST_SSML and words_of(xml)
        assert all(0 < length <= MOST_BREAK_S for length in breaks_of(xml))


def test_pauses_of_ssml_last_as_long_as_the_hold_unless_the_user_times_it() -> None:
    timed = 0
    for step in STEPS:
        lasts = sum(breaks_of(ssml(step)))
        if step.hold_s and lasts:
            timed += 1
            assert lasts == pytest.approx(step.hold_s)
        elif step.hold_s:
            assert re.search(r"Take .+ for that\. Then say next\.", words_of(ssml(step)))
    assert timed > 50


def test_a_pause_longer_than_a_break_may_be_has_words_between_its_parts() -> None:
    xml = ssml(reply(("x", {"segments": [{"say": "Hold."}, {"pause_s": 30}, {"say": "Done."}]})))
    assert breaks_of(xml) == [10, 10, 10]
    assert not re.search(r"/><break", xml)


def test_every_escalation_is_spoken_word_for_word_on_every_voice() -> None:
    for one in ESCALATIONS:
        heard = spoken_numbers(one.text)
        assert plain(one) == plain(one, counts=False) == heard
        assert words_of(ssml(one)) == heard
        assert for_the_eye(one) == one.text
        assert not re.search(r"\d{3}", heard), heard


@pytest.mark.parametrize(
    ("shown", "heard"),
    [
        ("Call 911 now.", "Call nine one one now."),
        ("call 112 or 999, now", "call one one two or nine nine nine, now"),
        ("Samaritans on 116 123.", "Samaritans on one one six, one two three."),
        ("for 20 seconds, 10 times", "for 20 seconds, 10 times"),
        ("in 1911 or 9110", "in 1911 or 9110"),
    ],
)
def test_telephone_numbers_are_spoken_digit_by_digit_and_no_others(shown: str, heard: str) -> None:
    assert spoken_numbers(shown) == heard


def test_short_holds_are_counted_down_where_no_pause_is_possible() -> None:
    hold = {"segments": [{"say": "Hold."}, {"pause_s": 5}, {"say": "Ease off."}]}
    assert plain(reply(("Hold. (5)", hold))) == "Hold. Five. Four. Three. Two. One. Ease off."


def test_long_rests_are_left_to_the_user_where_no_pause_is_possible() -> None:
    rest = {"segments": [{"say": "Rest."}, {"pause_s": 150}, {"say": "Half."}, {"pause_s": 150}, {"say": "Done."}]}
    assert plain(reply(("Rest.", rest))) == "Rest. Take five minutes for that. Then say next."


def test_text_and_timeline_together_are_everything_that_is_said() -> None:
    for step in STEPS:
        rest = timeline(step)
        heard = plain(step, counts=False)
        for segment in rest:
            heard += f" {segment['say']}" if "say" in segment else ""
        assert heard.split() == " ".join(str(s["say"]) for s in step.segments if "say" in s).split()
        assert sum(s.get("pause_s", 0) for s in rest) == pytest.approx(say_again_after(step) or 0)


def test_no_plain_text_has_tags_or_code_words() -> None:
    for step in STEPS:
        assert not re.search(r"[<>{}_]", plain(step)) and plain(step)


def test_any_text_becomes_well_formed_xml_with_the_same_words() -> None:
    chooser = random.Random(7)
    signs = "ab &<>\"'/;.!?\u00e9\u2028\x00\x0b\ud800\uffff\U0001f600]]>é1"
    for _ in range(500):
        text = "".join(chooser.choice(signs) for _ in range(chooser.randint(1, 60)))
        root = ElementTree.fromstring(ssml(reply((text, {}))))
        assert len(list(root.iter("break"))) == 0
        ElementTree.fromstring(ssml_of(text))


def test_what_is_too_long_loses_its_end_at_a_sentence_and_says_so() -> None:
    long = reply(("One more sentence & more. " * 900, {"kind": "answer"}))
    xml = ssml(long)
    assert len(xml) <= MOST_SSML
    said = words_of(xml)
    assert re.fullmatch(r"(One more sentence & more\. )+There's more than I can say at once\. .*", said)


def test_an_emergency_is_never_cut_whatever_else_is_too_long() -> None:
    long = ("Something long to say. " * 900, {"kind": "answer"})
    urgent = ("Call 911 now. Stop the exercises.", {"kind": "escalation"})
    for order in ((long, urgent), (urgent, long), (long, urgent, long)):
        xml = ssml(reply(*order))
        assert len(xml) <= MOST_SSML and "Call nine one one now. Stop the exercises." in words_of(xml)


def test_cutting_keeps_to_any_limit() -> None:
    chooser = random.Random(3)
    for _ in range(200):
        texts = [(" ".join(["Breathe out & rest."] * chooser.randint(1, 40)), {}) for _ in range(chooser.randint(1, 4))]
        limit = chooser.randint(120, 1500)
        xml = ssml(reply(*texts), limit)
        ElementTree.fromstring(xml)
        assert len(xml) <= limit


def test_a_card_ends_at_a_word_when_it_is_too_long() -> None:
    shown = for_the_eye(reply(("word " * 3000, {})), 100)
    assert len(shown) <= 100 and shown.endswith("word…")

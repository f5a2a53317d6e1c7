"""Answers are within Amazon's limits and of its shape, whatever the skill says."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from typing import Any

import pytest

from alexa_speaker import plain_words
from rasa_project.channels.alexa.answers import MOST_BYTES, answer, as_json, load_words, nothing, read_back
from rasa_project.channels.replies import Message, TurnReply

LONG = "This is a long sentence about heat, rest, and walking in the park. "
ADVICE = "Go to an emergency department now, or call 911."


def reply(*messages: Any) -> TurnReply:
    return TurnReply(tuple(Message(text, {"kind": kind, **more}) for text, kind, more in messages))


def speech(whole: dict[str, Any]) -> str:
    return whole["response"]["outputSpeech"]["ssml"]


def test_special_characters_are_text() -> None:
    whole = answer(reply(("2 < 3 & \"4\" > 'x' \x07 caf\u00e9 \ud83d?", "answer", {})))
    assert "2 < 3 & \"4\" > 'x'" in plain_words(speech(whole))
    json.loads(as_json(whole).decode("utf-8"))


@pytest.mark.parametrize("repeats", [1, 60, 130, 1000])
@pytest.mark.parametrize("sentence", [LONG, "&&& <<< >>> ??? &&& <<< >>> end. ", "Ünïcödé ✓ ✓ ✓ 日本語 ✓. "])
def test_speech_card_and_whole_are_within_amazons_limits(repeats: int, sentence: str) -> None:
    whole = answer(reply((sentence * repeats, "answer", {}), (sentence * repeats, "plan", {})), new=True)
    response = whole["response"]
    assert len(as_json(whole)) <= MOST_BYTES
    assert len(speech(whole)) <= 8000
    assert len(response["reprompt"]["outputSpeech"]["ssml"]) <= 8000
    assert len(response.get("card", {}).get("content", "")) <= 8000
    xml.fromstring(speech(whole))


def test_urgent_words_survive_the_limits_whole() -> None:
    whole = answer(reply((LONG * 300, "answer", {}), (ADVICE, "escalation", {})), new=True)
    assert "Go to an emergency department now, or call nine one one." in plain_words(speech(whole))


def test_an_emergency_comes_first_and_unchanged() -> None:
    whole = answer(reply((ADVICE, "escalation", {"expects_reply": True})), new=True)
    assert plain_words(speech(whole)) == (
        "Go to an emergency department now, or call nine one one. Shall I repeat that?"
    )
    assert whole["response"]["card"]["content"] == ADVICE


@pytest.mark.parametrize(
    ("text", "kind", "closing"),
    [
        ("You're welcome.", "thanks", "What would you like to do?"),
        ("Let your belly rise.", "stretch_step", "Say next when you're ready."),
        ("That helps. Shall we go on?", "answer", "Shall we go on?"),
        ("Okay. Say next to go on.", "resumed", "Say next to go on."),
        ("Okay. Say next to go on.", "help", "What would you like to do?"),
        ("I need a number here.", "setup_question", "I need a number here."),
    ],
)
def test_no_microphone_is_open_without_a_question(text: str, kind: str, closing: str) -> None:
    whole = answer(reply((text, kind, {"expects_reply": True})))
    assert plain_words(speech(whole)).endswith(closing)
    assert whole["response"]["shouldEndSession"] is False
    assert plain_words(whole["response"]["reprompt"]["outputSpeech"]["ssml"])


@pytest.mark.parametrize(
    ("kind", "words", "said_back"),
    [
        ("screening_question", "i don't have that", True),
        ("plan", "nothing like that", True),
        ("answer", "what is a spasm", False),
        ("escalation", "i have numbness", False),
        ("screening_question", "well " * 16, False),
        ("screening_question", "", False),
    ],
)
def test_what_was_heard_is_said_back_only_when_the_questions_go_on(
    kind: str, words: str, said_back: bool
) -> None:
    spoken = read_back(reply(("Next.", kind, {})), words)
    assert (spoken.messages[0].text == f"I heard: {words}.") == said_back
    assert spoken.messages[-1].text == "Next."


def test_a_reply_that_waits_for_nothing_closes_the_session() -> None:
    whole = answer(reply(("Bye for now.", "goodbye", {"expects_reply": False})))
    assert whole["response"]["shouldEndSession"] is True
    assert "reprompt" not in whole["response"]
    assert plain_words(speech(whole)) == "Bye for now."


def test_a_long_hold_has_no_pause_that_alexa_refuses() -> None:
    segments = [{"say": "Hold it."}, {"pause_s": 30}, {"say": "And let go."}]
    whole = answer(reply(("Hold it.", "stretch_step", {"segments": segments})))
    times = [float(b.get("time", "0ms")[:-2]) for b in xml.fromstring(speech(whole)).iter("break")]
    assert sum(times) == 30_000 and max(times) <= 10_000
    assert plain_words(speech(whole)).endswith("Say next when you're ready.")


@pytest.mark.parametrize("kind", ["screening_question", "setup_question", "clarify", "logged", "progress"])
def test_what_is_about_ones_body_is_on_no_card(kind: str) -> None:
    assert "card" not in answer(reply(("Any numbness between your legs?", kind, {})))["response"]


def test_the_end_of_a_session_gets_neither_speech_nor_card() -> None:
    assert nothing() == {"version": "1.0", "response": {}}


def test_the_limits_are_named_once_behind_the_scope() -> None:
    scope = ("I coach gentle exercises.", "greeting", {"id": "scope"})
    heard = plain_words(speech(answer(reply(scope, ("How's your back?", "greeting", {})), new=True)))
    assert heard == f"I coach gentle exercises. {load_words().first_welcome} How's your back?"

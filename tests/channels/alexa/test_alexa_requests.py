"""Requests of every type, odd ones included, through the real web server; forgeries get 400."""

from __future__ import annotations

import json
import logging
import random
from typing import Any, Callable

import pytest

from alexa_authority import Amazon, as_bytes, envelope, other_key, Signer
from alexa_speaker import Heard, Speaker
from rasa_project.channels.alexa.channel import MOST_BODY, AlexaInput
from rasa_project.channels.alexa.requests import KEY_PREFIX, read_request
from rasa_project.channels.alexa.utterances import load_utterances
from rasa_project.settings import settings

SECRET_WORDS = "numbness between my legs"

OTHER_TYPES = [
    "AudioPlayer.PlaybackStopped",
    "PlaybackController.NextCommandIssued",
    "System.ExceptionEncountered",
    "Alexa.Presentation.APL.UserEvent",
    "AlexaSkillEvent.SkillDisabled",
    "CanFulfillIntentRequest",
    "Connections.Response",
    "SomethingAmazonWillThinkOf",
    "",
    None,
    7,
]


@pytest.fixture
def at_speaker(skill: Any, run: Callable, amazon: Amazon) -> Callable[..., Any]:
    """Run something with a speaker."""

    def held(told: Callable[[Speaker], Any]) -> Any:
        async def with_speaker() -> Any:
            async with Speaker.at(skill, amazon) as speaker:
                return await told(speaker)

        return run(with_speaker())

    return held


def test_requests_of_other_types_get_a_valid_answer_without_speech(at_speaker: Any) -> None:
    async def told(speaker: Speaker) -> list[Heard]:
        return [await speaker.sends(speaker.request("x", type=kind)) for kind in OTHER_TYPES]

    for heard in at_speaker(told):
        assert heard.body == {"version": "1.0", "response": {}}


@pytest.mark.parametrize("session", ["missing", None, {}, {"sessionId": None}, {"sessionId": 5}, [], "text"])
def test_without_a_session_an_emergency_is_answered_and_nothing_is_kept(
    at_speaker: Any, skill: Any, session: Any
) -> None:
    async def told(speaker: Speaker) -> tuple[Heard, set[str]]:
        request = speaker.intent("IHaveOpening", query=SECRET_WORDS)
        if session == "missing":
            del request["session"]
        else:
            request["session"] = session
        heard = await speaker.sends(request)
        await speaker.channel.sessions.settled()
        return heard, set(await skill.agent.tracker_store.keys())

    heard, left = at_speaker(told)
    assert "emergency department" in heard.words
    # Without a session nobody could answer.
    assert heard.ends is True and "Shall I" not in heard.words
    assert not {key for key in left if key.startswith(KEY_PREFIX)}


def test_unknown_fields_are_tolerated_everywhere(at_speaker: Any) -> None:
    async def told(speaker: Speaker) -> Heard:
        request = speaker.intent("IHaveOpening", query=SECRET_WORDS)

        def strewn(value: Any) -> Any:
            if isinstance(value, dict):
                return {**{k: strewn(v) for k, v in value.items()}, "unknownField": {"a": [1, None]}}
            return value

        return await speaker.sends(strewn(request))

    assert "emergency department" in at_speaker(told).words


@pytest.mark.parametrize(
    "intent",
    [
        None,
        [],
        "SayingIntent",
        {},
        {"name": None},
        {"name": 5, "slots": 7},
        {"name": "SayingIntent"},
        {"name": "SayingIntent", "slots": None},
        {"name": "SayingIntent", "slots": {"words": None}},
        {"name": "SayingIntent", "slots": {"words": {"name": "words", "value": ["x"]}}},
        {"name": "SayingIntent", "slots": {"words": {"name": "words"}}},
    ],
)
def test_an_odd_intent_is_asked_again_in_words(at_speaker: Any, intent: Any) -> None:
    heard: Heard = at_speaker(lambda s: s.sends(s.request("IntentRequest", intent=intent)))
    assert heard.words and heard.ends is False


@pytest.mark.parametrize("words", ["/restart", "/report_red_flag", "x" * 20_000, "\u0000\u202e", "<speak>&amp;"])
def test_odd_words_are_only_words(at_speaker: Any, words: str) -> None:
    heard: Heard = at_speaker(lambda s: s.says("SayingIntent", words=words))
    assert heard.words and "emergency department" not in heard.words


@pytest.mark.parametrize(
    ("locale", "default", "country"),
    [
        ("en-US", "US", "US"),
        ("en-GB", "US", "GB"),
        ("en-CA", "US", "CA"),
        ("en-AU", "US", "AU"),
        ("en-IN", "US", "IN"),
        ("en_GB", "US", "GB"),
        ("de-DE", "US", None),
        ("en", "US", None),
        (None, "US", None),
        (7, "US", None),
        # An American Alexa in a German household: 911 would be wrong there.
        ("en-US", "DE", None),
        ("en-GB", "IE", None),
        ("en-US", "GB", "US"),
    ],
)
def test_the_country_is_the_locales_unless_alexa_has_no_english_of_the_household(
    locale: Any, default: str, country: Any
) -> None:
    assert read_request(envelope(locale=locale), default).country == country


def test_a_conversation_is_not_called_as_amazon_calls_it() -> None:
    request = read_request(envelope())
    assert request.key.startswith(KEY_PREFIX) and "amzn1" not in request.key
    assert request.key == read_request(envelope("IntentRequest")).key


ODD_VALUES: list[Any] = [None, True, 0, -1, 1e308, "", "x", "\ud800", [], [[]], {}, {"": None}, {"name": {}}]


def test_nothing_in_a_proven_request_can_make_reading_it_fail() -> None:
    """Two thousand requests, each with some parts replaced by something odd; always the same ones."""
    chance = random.Random(20261122)

    def disturbed(value: Any) -> Any:
        if chance.random() < 0.15:
            return chance.choice(ODD_VALUES)
        if isinstance(value, dict):
            return {k: disturbed(v) for k, v in value.items() if chance.random() < 0.95}
        return value

    kinds = set()
    slots = {"words": {"name": "words", "value": "hello"}, "query": {"name": "query"}}
    whole = envelope("IntentRequest", intent={"name": "SayingIntent", "slots": slots}, error={"type": "X"})
    for _ in range(2000):
        # The whole is an object: the check of the signature has seen to that.
        request = read_request({k: disturbed(v) for k, v in whole.items()}, "US")
        assert isinstance(request.kind, str) and request.key.startswith(KEY_PREFIX)
        words = load_utterances().words_of(request.intent, request.slots)
        assert words is None or isinstance(words, str)
        kinds.add((request.has_session, request.intent, words))
    assert len(kinds) > 5


# Forgeries at the door


def test_a_forgery_learns_nothing_but_400_and_the_log_says_one_line(
    at_speaker: Any, skill: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def told(speaker: Speaker) -> Heard:
        body = as_bytes(speaker.intent("IHaveOpening", query=SECRET_WORDS))
        caplog.clear()
        return await speaker.posts(body, Signer(other_key(), b"").headers(body))

    with caplog.at_level(logging.INFO):
        heard = at_speaker(told)
    assert (heard.status, heard.raw) == (400, b"")
    lines = [r.getMessage() for r in caplog.records if r.name.startswith("rasa_project")]
    assert lines == ["alexa request refused reason=signature"]
    assert SECRET_WORDS not in caplog.text


@pytest.mark.parametrize("headers", [{}, {"Signature": "x"}, {"Content-Type": "application/json"}])
def test_an_unsigned_request_gets_400(at_speaker: Any, headers: dict[str, str]) -> None:
    heard: Heard = at_speaker(lambda s: s.posts(as_bytes(envelope()), headers))
    assert (heard.status, heard.raw) == (400, b"")


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'{"request": 1}'])
def test_a_signed_body_that_is_no_request_gets_400(at_speaker: Any, body: bytes) -> None:
    heard: Heard = at_speaker(lambda s: s.posts(body))
    assert (heard.status, heard.raw) == (400, b"")


def test_an_endless_body_gets_400(at_speaker: Any) -> None:
    heard: Heard = at_speaker(lambda s: s.posts(b" " * (MOST_BODY + 1)))
    assert (heard.status, heard.raw) == (400, b"")


def test_what_cannot_be_checked_gets_400(
    at_speaker: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError(SECRET_WORDS)

    async def told(speaker: Speaker) -> Heard:
        monkeypatch.setattr("rasa_project.channels.alexa.certificates.Certificates.key", broken)
        return await speaker.posts(as_bytes(speaker.intent("IHaveOpening", query=SECRET_WORDS)))

    heard: Heard = at_speaker(told)
    assert (heard.status, heard.raw) == (400, b"")
    assert "error=RuntimeError" in caplog.text and SECRET_WORDS not in caplog.text


def test_a_refused_request_reaches_no_conversation(at_speaker: Any, skill: Any) -> None:
    async def told(speaker: Speaker) -> set[str]:
        body = as_bytes(speaker.intent("SayingIntent", words="hello"))
        await speaker.posts(body, {})
        return set(await skill.agent.tracker_store.keys())

    assert not {key for key in at_speaker(told) if key.startswith(KEY_PREFIX)}


# On and off


def test_without_an_application_id_the_channel_is_off_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, run: Callable
) -> None:
    monkeypatch.delenv("SKILL_ALEXA_APPLICATION_ID", raising=False)
    settings.cache_clear()
    channel = AlexaInput.from_credentials(None)
    with caplog.at_level(logging.WARNING):
        routes = channel.blueprint(None)  # type: ignore[arg-type]
    settings.cache_clear()
    said = [r.getMessage() for r in caplog.records if "alexa" in r.getMessage()]
    assert len(said) == 1 and "SKILL_ALEXA_APPLICATION_ID" in said[0]
    assert [route.uri for route in routes._future_routes] == ["/"]


def test_the_settings_switch_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILL_ALEXA_APPLICATION_ID", "amzn1.ask.skill.0-a")
    settings.cache_clear()
    channel = AlexaInput.from_credentials(None)
    settings.cache_clear()
    assert channel._verifier is not None and channel._verifier.application_id == "amzn1.ask.skill.0-a"


def test_the_answer_is_json_of_utf_8(at_speaker: Any) -> None:
    heard: Heard = at_speaker(lambda s: s.opens())
    assert json.loads(heard.raw.decode("utf-8")) == heard.body

"""Whole talks through signed requests, the real web server and the trained model."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any, Awaitable, Callable

import pytest

from alexa_authority import Amazon
from alexa_speaker import Heard, Speaker
from rasa_project.channels.alexa.answers import load_words
from rasa_project.channels.alexa.requests import read_request
from rasa_project.diary.keeper import keeper

Talk = Callable[[Speaker], Awaitable[Any]]


@pytest.fixture
def talk(skill: Any, run: Callable, amazon: Amazon) -> Callable[..., Any]:
    """Run a talk with the skill through a speaker."""

    def held(told: Talk, **options: Any) -> Any:
        async def with_speaker() -> Any:
            async with Speaker.at(skill, amazon, **options) as speaker:
                return await told(speaker)

        return run(with_speaker())

    return held


async def keys(skill: Any) -> set[str]:
    return set(await skill.agent.tracker_store.keys())


async def to_the_first_step(speaker: Speaker) -> Heard:
    """Answer all questions calmly."""
    await speaker.opens()
    heard = await speaker.says("SayingIntent", words="my back's cramped")
    for _ in range(25):
        if "zero to ten" in heard.words:
            heard = await speaker.says("NumberIntent", number="5")
        elif "down to the floor" in heard.words:
            heard = await speaker.says("PlaceIntent", place="floor")
        elif "Say next" in heard.words:
            return heard
        else:
            heard = await speaker.says("AMAZON.NoIntent")
    raise AssertionError("no end of questions")


def test_the_welcome_names_the_limits_and_listens(talk: Any) -> None:
    heard: Heard = talk(lambda s: s.opens())
    assert load_words().first_welcome in heard.words
    assert "not a doctor" in heard.words and "nine one one" in heard.words
    assert heard.ends is False and heard.words.endswith("?")
    assert heard.reprompt and heard.body["version"] == "1.0"
    assert heard.response["card"]["type"] == "Simple" and "911" in heard.card


def test_the_limits_are_told_once(talk: Any) -> None:
    async def told(speaker: Speaker) -> str:
        await speaker.opens()
        return (await speaker.says("AMAZON.HelpIntent")).words

    assert load_words().first_welcome not in talk(told)


def test_a_question_straight_away_gets_limits_and_answer(talk: Any) -> None:
    heard: Heard = talk(lambda s: s.says("WhatIsOpening", query="a back spasm"))
    assert load_words().first_welcome in heard.words and "muscle" in heard.words
    assert heard.ends is False


def test_a_whole_session_from_opening_to_goodbye(talk: Any, skill: Any) -> None:
    async def told(speaker: Speaker) -> Heard:
        step = await to_the_first_step(speaker)
        assert "breathing" in step.words or "Lie" in step.words
        assert step.ends is False and "next" in step.reprompt
        again = await speaker.says("AMAZON.RepeatIntent")
        assert again.words in step.words
        assert (await speaker.says("AMAZON.NextIntent")).words != again.words
        assert (await speaker.says("AMAZON.PauseIntent")).ends is False
        assert (await speaker.says("AMAZON.ResumeIntent")).ends is False
        assert (await speaker.says("AMAZON.PreviousIntent")).ends is False
        bye = await speaker.says("AMAZON.StopIntent")
        await speaker.channel.sessions.settled()
        assert not {k for k in await keys(skill) if k.startswith("alexa-")}
        return bye

    bye: Heard = talk(told)
    assert bye.ends is True and "reprompt" not in bye.response
    # The safety net closes a session of exercises.
    assert "emergency help" in bye.words


@pytest.mark.parametrize("intent", ["AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"])
def test_stop_cancel_and_home_end_with_a_goodbye_in_any_state(talk: Any, intent: str) -> None:
    async def told(speaker: Speaker) -> list[Heard]:
        fresh = await speaker.says(intent)
        asked = speaker.another()
        await asked.says("SayingIntent", words="my back's cramped")
        flagged = speaker.another()
        await flagged.says("IHaveOpening", query="numbness in my groin")
        return [fresh, await asked.says(intent), await flagged.says(intent)]

    for heard in talk(told):
        assert heard.ends is True and heard.words and "reprompt" not in heard.response


def test_help_ends_in_a_question_and_keeps_listening(talk: Any) -> None:
    async def told(speaker: Speaker) -> list[Heard]:
        first = await speaker.says("AMAZON.HelpIntent")
        asked = speaker.another()
        await asked.says("SayingIntent", words="my back's cramped")
        stretching = speaker.another()
        await to_the_first_step(stretching)
        flagged = speaker.another()
        await flagged.says("IHaveOpening", query="numbness in my groin")
        others = (asked, stretching, flagged)
        return [first, *[await s.says("AMAZON.HelpIntent") for s in others]]

    for heard in talk(told):
        assert heard.ends is False
        assert heard.words.endswith("?"), heard.words


# Red flags


def test_numbness_escalates_and_its_denial_does_not(talk: Any) -> None:
    async def told(speaker: Speaker) -> tuple[Heard, Heard]:
        other = speaker.another()
        return (
            await speaker.says("IHaveOpening", query="numbness between my legs"),
            await other.says("IDontHaveOpening", query="numbness between my legs"),
        )

    flagged, denied = talk(told)
    assert "emergency department" in flagged.words and "nine one one" in flagged.words
    assert flagged.words.endswith("Shall I repeat that?") and flagged.ends is False
    assert load_words().first_welcome not in flagged.words
    assert "911" in flagged.card
    assert "emergency department" not in denied.words


def test_having_and_not_having_it_are_two_answers_to_the_saddle_question(talk: Any) -> None:
    async def told(speaker: Speaker) -> tuple[Heard, Heard, Heard]:
        other = speaker.another()
        for s in (speaker, other):
            await s.says("SayingIntent", words="my back's cramped")
            assert "between your legs" in (await s.says("AMAZON.NoIntent")).words
        denied = await speaker.says("IDontHaveOpening", query="numbness there")
        flagged = await other.says("IHaveOpening", query="numbness there")
        # What was heard is said back, so that a denial that was none can be put right.
        corrected = await speaker.says("IOpening", query="said i have numbness between my legs")
        return denied, flagged, corrected

    denied, flagged, corrected = talk(told)
    assert denied.words.startswith("I heard: i don't have numbness there.")
    assert "trouble peeing" in denied.words
    assert flagged.words.startswith("Go to an emergency department now, or call nine one one.")
    assert corrected.words.startswith("Go to an emergency department now, or call nine one one.")


def test_only_free_answers_to_safety_questions_are_said_back(talk: Any) -> None:
    async def told(speaker: Speaker) -> list[Heard]:
        return [
            await speaker.says("SayingIntent", words="my back's cramped"),
            await speaker.says("AMAZON.NoIntent"),
            await speaker.says("NoIOpening", query="don't think so"),
            await speaker.says("AMAZON.NoIntent"),
        ]

    said_back = ["I heard" in heard.words for heard in talk(told)]
    assert said_back == [False, False, True, False]


def test_a_fault_of_the_channel_itself_is_no_silence(
    talk: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("i have numbness")

    monkeypatch.setattr("rasa_project.channels.alexa.channel.asks_about_safety", broken)
    heard: Heard = talk(lambda s: s.says("IHaveOpening", query="numbness in my groin"))
    assert "nine one one" in heard.words and heard.ends is False
    assert "alexa turn failed error=ValueError" in caplog.text and "numbness" not in caplog.text


def test_an_emergency_says_what_it_says_everywhere(talk: Any, skill: Any, run: Callable) -> None:
    plain = run(skill.say("anybody", "i can't control my bladder", channel="rest"))
    heard: Heard = talk(lambda s: s.says("ICantOpening", query="control my bladder"))
    wanted = plain[0].text.replace("911", "nine one one")
    assert heard.words.startswith(wanted)
    assert wanted in heard.reprompt


def test_an_emergency_interrupts_a_stretch_and_a_question(talk: Any) -> None:
    async def told(speaker: Speaker) -> list[Heard]:
        await to_the_first_step(speaker)
        asked = speaker.another()
        await asked.says("SayingIntent", words="my back's cramped")
        return [
            await speaker.says("SayingIntent", words="i've wet myself and can't feel it"),
            await asked.says("IHaveOpening", query="crushing chest pain"),
        ]

    for heard in talk(told):
        assert "nine one one" in heard.words and "Say next" not in heard.words


def test_a_yes_to_the_first_safety_question_escalates_and_yes_repeats_it(talk: Any) -> None:
    async def told(speaker: Speaker) -> tuple[Heard, Heard]:
        await speaker.says("SayingIntent", words="my back's cramped")
        first = await speaker.says("AMAZON.YesIntent")
        return first, await speaker.says("AMAZON.YesIntent")

    first, again = talk(told)
    assert first.words.startswith("Call nine one one now") and again.words == first.words


def test_with_the_action_server_dead_an_emergency_is_still_answered(talk: Any, skill: Any) -> None:
    async def told(speaker: Speaker) -> tuple[Heard, Heard]:
        await speaker.says("SayingIntent", words="my back's cramped")
        skill.actions.dead = True
        flagged = await speaker.says("SayingIntent", words="it's gone numb between my legs")
        return flagged, await speaker.another().opens()

    flagged, other = talk(told)
    assert "emergency department" in flagged.words
    assert "nine one one" in other.words and other.status == 200


def test_a_turn_that_takes_too_long_is_answered_with_an_apology_and_the_safety_net(
    talk: Any, skill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rasa_project.channels.alexa import channel

    class Impatient(channel.Conversations):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **{**named, "deadline_s": 0.3})

    monkeypatch.setattr(channel, "Conversations", Impatient)

    async def told(speaker: Speaker) -> tuple[Heard, set[str]]:
        await speaker.opens()
        real = skill.agent.handle_message

        async def slow(message: Any) -> None:
            await asyncio.sleep(1)
            await real(message)

        monkeypatch.setattr(skill.agent, "handle_message", slow)
        heard = await speaker.says("SayingIntent", words="my back's cramped")
        monkeypatch.setattr(skill.agent, "handle_message", real)
        await asyncio.sleep(1.2)
        await speaker.ends()
        return heard, await keys(skill)

    heard, left = talk(told)
    assert "sorry" in heard.words.lower() and "nine one one" in heard.words
    assert heard.ends is False
    assert not {k for k in left if k.startswith("alexa-")}


def test_the_deadline_is_six_seconds() -> None:
    from rasa_project.channels.alexa.certificates import FETCH_TIMEOUT_S
    from rasa_project.channels.conversations import DEADLINE_S

    assert DEADLINE_S == 6.0 and DEADLINE_S + FETCH_TIMEOUT_S < 8


@pytest.mark.parametrize(
    ("locale", "number"),
    [("en-US", "nine one one"), ("en-GB", "nine nine nine"), ("en-AU", "zero zero zero"), ("en-IN", "one one two")],
)
def test_the_numbers_are_those_of_the_locale(talk: Any, locale: str, number: str) -> None:
    heard: Heard = talk(lambda s: s.another(locale).says("IHaveOpening", query="crushing chest pain"))
    assert number in heard.words


# Not understood, and silence


def test_not_understood_twice_in_the_screening_is_no_answer_and_never_a_no(talk: Any, skill: Any) -> None:
    async def told(speaker: Speaker) -> list[Heard]:
        asked = await speaker.says("SayingIntent", words="my back's cramped")
        once = await speaker.says("AMAZON.FallbackIntent")
        twice = await speaker.says("AMAZON.FallbackIntent")
        key = read_request(speaker.request("LaunchRequest")).key
        slots = await skill.slots(key)
        assert slots["triage_outcome"] is None
        return [asked, once, twice]

    asked, once, twice = talk(told)
    assert "chest pain" in asked.words and "chest pain" in once.words and once.words != asked.words
    assert "between your legs, or around" not in twice.words
    assert "emergency help" in twice.words and "nine one one" in twice.words
    assert "Say next" not in twice.words


def test_not_understood_is_asked_in_other_words_then_with_choices(talk: Any) -> None:
    async def told(speaker: Speaker) -> list[str]:
        await speaker.opens()
        return [(await speaker.says("AMAZON.FallbackIntent")).words for _ in range(2)]

    first, second = talk(told)
    assert first != second and "stretch" in second


@pytest.mark.parametrize(
    ("intent", "slots"),
    [
        ("NumberIntent", {"number": "?"}),
        ("IHaveOpening", {"query": None}),
        ("AnIntentOfANewerModel", {"x": "y"}),
    ],
)
def test_half_a_sentence_counts_as_not_understood(talk: Any, intent: str, slots: Any) -> None:
    async def told(speaker: Speaker) -> Heard:
        await speaker.says("SayingIntent", words="my back's cramped")
        return await speaker.says(intent, **slots)

    assert "chest pain" in talk(told).words


def test_a_safety_question_is_said_again_when_nobody_answers(talk: Any) -> None:
    heard: Heard = talk(lambda s: s.says("SayingIntent", words="my back's cramped"))
    assert heard.reprompt.endswith("bad tummy pain?")
    # The session closes after it: silence is no answer, and nobody is left without the number.
    assert "can't offer exercises" in heard.reprompt and "nine one one" in heard.reprompt
    # Questions about the body are not written into the app that the household shares.
    assert "chest pain" not in heard.card


# The end of a session


def test_an_ended_session_leaves_nothing(talk: Any, skill: Any) -> None:
    async def told(speaker: Speaker) -> tuple[Heard, set[str]]:
        await speaker.says("IHaveOpening", query="numbness in my groin")
        key = read_request(speaker.request("LaunchRequest")).key
        assert key in await keys(skill)
        heard = await speaker.ends()
        assert not keeper().keeps("alexa", key)
        return heard, await keys(skill)

    heard, left = talk(told)
    assert heard.body == {"version": "1.0", "response": {}}
    assert not {k for k in left if k.startswith("alexa-")}


@pytest.mark.parametrize("reason", ["ERROR", "EXCEEDED_MAX_REPROMPTS", "SOMETHING_NEW", None, 7])
def test_however_a_session_ends(talk: Any, reason: Any, caplog: pytest.LogCaptureFixture) -> None:
    error = {"type": "INVALID_RESPONSE", "message": "a text that may hold anything"}
    heard: Heard = talk(lambda s: s.ends(reason, error=error))
    assert heard.body == {"version": "1.0", "response": {}}
    assert "may hold anything" not in caplog.text


def test_a_session_that_nobody_closes_is_deleted_too(talk: Any, skill: Any) -> None:
    async def told(speaker: Speaker) -> set[str]:
        await speaker.says("SayingIntent", words="my back's cramped")
        assert {k for k in await keys(skill) if k.startswith("alexa-")}
        await asyncio.sleep(1.5)
        return await keys(skill)

    assert not {k for k in talk(told, kept_s=0.5) if k.startswith("alexa-")}


def test_a_database_that_cannot_delete_now_is_asked_again(
    talk: Any, skill: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from rasa_project.channels.alexa import sessions

    real, failures = sessions.delete_conversation, [0]

    async def failing(store: Any, key: str) -> None:
        if key.startswith("alexa-") and failures[0] < 2:
            failures[0] += 1
            raise ConnectionError("the words of a statement")
        await real(store, key)

    monkeypatch.setattr(sessions, "delete_conversation", failing)

    async def told(speaker: Speaker) -> set[str]:
        await speaker.says("SayingIntent", words="my back's cramped")
        await speaker.ends()
        await asyncio.sleep(2)
        return await keys(skill)

    assert not {k for k in talk(told, kept_s=0.5) if k.startswith("alexa-")}
    assert failures == [2]
    assert "alexa conversation not deleted error=ConnectionError" in caplog.text
    assert "statement" not in caplog.text


def test_sessions_open_when_the_skill_ends_are_deleted(talk: Any, skill: Any, run: Callable) -> None:
    async def told(speaker: Speaker) -> None:
        await speaker.says("SayingIntent", words="my back's cramped")
        assert {k for k in await keys(skill) if k.startswith("alexa-")}

    talk(told)
    assert not {k for k in run(keys(skill)) if k.startswith("alexa-")}


def test_what_a_crash_has_left_in_a_database_is_deleted_at_the_start(
    talk: Any, skill: Any, run: Callable
) -> None:
    run(skill.say("alexa-of-yesterday", "my back's cramped", channel="alexa"))
    run(skill.say("of-another-channel", "my back's cramped", channel="rest"))

    async def told(speaker: Speaker) -> set[str]:
        await asyncio.sleep(0.1)
        return await keys(skill)

    left = talk(told)
    assert "alexa-of-yesterday" not in left and "of-another-channel" in left


def test_a_new_session_knows_nothing_of_an_earlier_one(talk: Any) -> None:
    async def told(speaker: Speaker) -> Heard:
        await speaker.says("IHaveOpening", query="numbness in my groin")
        await speaker.ends()
        return await speaker.another().opens()

    assert "numbness" not in talk(told).words


def test_two_sessions_do_not_mix(talk: Any) -> None:
    async def told(speaker: Speaker) -> list[Heard]:
        speakers = [speaker.another() for _ in range(4)]
        opened = await asyncio.gather(*(s.says("SayingIntent", words="my back's cramped") for s in speakers))
        assert all("chest pain" in heard.words for heard in opened)
        answers = ["AMAZON.YesIntent", "AMAZON.NoIntent"] * 2
        return await asyncio.gather(*(s.says(a) for s, a in zip(speakers, answers)))

    flagged, calm, other_flagged, other_calm = talk(told)
    assert all("nine one one" in h.words for h in (flagged, other_flagged))
    assert all("between your legs" in h.words for h in (calm, other_calm))


def test_the_channel_costs_little_beside_the_skill_itself(talk: Any, skill: Any) -> None:
    """Prints both; the bar only catches a channel that waits for something."""
    lines = ["my back's cramped", "no", "what is a spasm", "no", "no"] * 6

    async def told(speaker: Speaker) -> tuple[list[float], list[float]]:
        through: list[float] = []
        own: list[float] = []
        await speaker.opens()
        for line in lines:
            began = time.perf_counter()
            await speaker.says("SayingIntent", words=line)
            through.append(time.perf_counter() - began)
            began = time.perf_counter()
            await skill.say("beside", line, channel="alexa")
            own.append(time.perf_counter() - began)
        return through, own

    through, own = talk(told)

    def shown(times: list[float]) -> str:
        p95 = statistics.quantiles(times, n=20)[-1]
        return f"p50 {statistics.median(times) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"

    print(f"\nalexa channel: {shown(through)}; skill alone: {shown(own)}; {len(lines)} turns")
    assert statistics.median(through) < statistics.median(own) + 0.25

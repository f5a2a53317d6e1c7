"""A turn of any front end is answered in words and in time, whatever Rasa does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from rasa_project.channels.conversations import MOST_AT_ONCE, Conversations
from rasa_project.channels.replies import Message, TurnReply, reply_metadata

IDLE_S = 1800
Say = Callable[..., Coroutine[Any, Any, Any]]


class Rasa:
    """Stands for Rasa where a test needs it to break: takes what each text should do."""

    def __init__(self, **texts: Say) -> None:
        self.texts, self.taken = texts, []

    async def __call__(self, message: Any) -> None:
        self.taken.append(message.text)
        act = self.texts.get(message.text or "nothing")
        if act is not None:
            await act(message.output_channel)


def says(text: str, after_s: float = 0, then_s: float = 0, **reply: Any) -> Say:
    """Return what says `text` after a while, and ends a while later."""

    async def act(out: Any) -> None:
        await asyncio.sleep(after_s)
        await out.send_response("k", {"text": text, "reply": reply or {"kind": "help"}})
        await asyncio.sleep(then_s)

    return act


async def breaks(out: Any) -> None:
    raise ValueError("something a user said")


def talks(rasa: Any, **more: Any) -> Conversations:
    return Conversations(rasa, "test", IDLE_S, **{"deadline_s": 0.2, **more})


def kinds(reply: TurnReply) -> list[str | None]:
    return [message.kind for message in reply.messages]


@pytest.mark.parametrize("what", [breaks, says("too late", after_s=5), None], ids=["raises", "hangs", "silent"])
def test_a_turn_that_breaks_ends_in_the_apology_and_the_country_s_number(run_skipping_waits: Callable, what: Any) -> None:
    async def talk() -> TurnReply:
        here = talks(Rasa(hello=what) if what else Rasa())
        reply = await here.turn("k", "hello", country="GB")
        await here.close()
        return reply

    reply = run_skipping_waits(talk())
    assert kinds(reply) == ["error"] and "999" in reply.text and not reply.in_time
    assert reply.expects_reply


def test_without_a_country_the_setting_s_number_is_given(run_skipping_waits: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILL_COUNTRY", "AU")
    assert "000" in run_skipping_waits(talks(Rasa()).turn("k", "hello")).text


def test_an_escalation_comes_through_although_the_rest_of_the_turn_hangs(run_skipping_waits: Callable) -> None:
    rasa = Rasa(numb=says("Call 911.", then_s=30, kind="escalation", tier="emergency_now"))

    async def both() -> tuple[TurnReply, float]:
        began = asyncio.get_running_loop().time()
        here = talks(rasa, deadline_s=6.0)
        reply = await here.turn("k", "numb")
        took_s = asyncio.get_running_loop().time() - began
        await here.close()
        return reply, took_s

    reply, took_s = run_skipping_waits(both())
    assert reply.text == "Call 911." and kinds(reply) == ["escalation"]
    assert took_s < 2


def test_after_milder_advice_the_question_that_follows_is_waited_for(run_skipping_waits: Callable) -> None:
    async def act(out: Any) -> None:
        advice = {"kind": "escalation", "tier": "same_day"}
        await out.send_response("k", {"text": "See a doctor today.", "reply": advice})
        await asyncio.sleep(1.3)
        await out.send_response("k", {"text": "Any chest pain?", "reply": {"kind": "screening_question"}})

    reply = run_skipping_waits(talks(Rasa(fever=act), deadline_s=6.0).turn("k", "fever"))
    assert kinds(reply) == ["escalation", "screening_question"] and reply.in_time


def test_a_late_turn_that_had_said_everything_leaves_nothing_unheard(run_skipping_waits: Callable) -> None:
    rasa = Rasa(hello=says("Hello.", then_s=0.3), yes=says("Good."))

    async def talk() -> None:
        here = talks(rasa)
        assert (await here.turn("k", "hello")).text == "Hello."
        await asyncio.sleep(0.3)
        await here.turn("k", "yes")

    run_skipping_waits(talk())
    assert rasa.taken == ["hello", "yes"]


def test_a_late_answer_is_not_given_to_the_next_question(run_skipping_waits: Callable) -> None:
    rasa = Rasa(slow=says("Any chest pain?", after_s=0.3), no=says("Good."), stop=says("Stopping."))

    async def talk() -> tuple[TurnReply, TurnReply]:
        here = talks(rasa)
        return await here.turn("k", "slow"), await here.turn("k", "no")

    first, second = run_skipping_waits(talk())
    assert kinds(first) == ["error"] and second.text == "Good."
    # The question nobody heard was left before the no was read.
    assert rasa.taken == ["slow", "stop", "no"]


def test_a_late_turn_is_finished_so_that_a_flag_in_it_is_not_lost(run_skipping_waits: Callable) -> None:
    done = []

    async def slow(out: Any) -> None:
        await asyncio.sleep(0.4)
        done.append(True)

    async def talk() -> None:
        await talks(Rasa(numb=slow)).turn("k", "numb")
        assert not done
        await asyncio.sleep(0.4)

    run_skipping_waits(talk())
    assert done


def test_a_front_end_that_hangs_up_does_not_stop_the_turn(run_skipping_waits: Callable) -> None:
    rasa = Rasa(numb=says("Any chest pain?", after_s=0.1), no=says("Good."), stop=says("Stopping."))

    async def talk() -> None:
        here = talks(rasa)
        turn = asyncio.ensure_future(here.turn("k", "numb"))
        await asyncio.sleep(0.02)
        turn.cancel()
        await asyncio.gather(turn, return_exceptions=True)
        await asyncio.sleep(0.2)
        assert (await here.turn("k", "no")).text == "Good."

    run_skipping_waits(talk())
    assert rasa.taken == ["numb", "stop", "no"]


def test_hanging_turns_hold_up_nobody_for_longer_than_their_deadline(run_skipping_waits: Callable) -> None:
    rasa = Rasa(hang=says("late", after_s=9), hello=says("Hello."))

    async def talk() -> list[TurnReply]:
        here = talks(rasa)
        hanging = [asyncio.ensure_future(here.turn(f"h{n}", "hang")) for n in range(MOST_AT_ONCE)]
        await asyncio.sleep(0.05)
        late = await here.turn("k", "hello")
        after = await here.turn("l", "hello")
        await asyncio.gather(*hanging)
        await here.close()
        return [late, after]

    late, after = run_skipping_waits(talk())
    assert late.text and after.text == "Hello." and after.in_time


def test_a_silence_longer_than_the_idle_time_leaves_what_was_under_way(run_skipping_waits: Callable) -> None:
    now = [0.0]
    rasa = Rasa(hello=says("Hello."), next=says("Shall we start?"), stop=says("Stopping."))
    here = talks(rasa, clock=lambda: now[0])
    run_skipping_waits(here.turn("k", "hello"))
    now[0] += IDLE_S - 1
    run_skipping_waits(here.turn("k", "hello"))
    now[0] += IDLE_S + 1
    reply = run_skipping_waits(here.turn("k", "next"))
    assert rasa.taken == ["hello", "hello", "stop", "next"] and reply.text == "Shall we start?"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("/affirm{}", "affirm{}"),
        ("  / /stop", "stop"),
        ("a\x00b\u2028c\ud800", "a b c"),
        ("\n", ""),
    ],
)
def test_only_speech_reaches_rasa(run_skipping_waits: Callable, text: str, taken: str) -> None:
    rasa = Rasa()
    run_skipping_waits(talks(rasa).turn("k", text))
    assert rasa.taken == [taken]


def test_of_an_endless_text_beginning_and_end_are_read(run_skipping_waits: Callable) -> None:
    rasa = Rasa()
    run_skipping_waits(talks(rasa).turn("k", f"first {'and then ' * 9000} last"))
    assert rasa.taken[0].startswith("first ") and rasa.taken[0].endswith(" last")
    assert len(rasa.taken[0]) < 1100


def test_reply_metadata_is_read_from_both_places_of_the_contract() -> None:
    reply = {"kind": "help"}
    assert reply_metadata({"reply": reply}) == reply_metadata({"metadata": {"reply": reply}}) == reply
    assert reply_metadata(None) == {}


def test_the_last_message_tells_whether_an_answer_is_expected() -> None:
    scope = Message("I'm no doctor.", {"kind": "greeting", "expects_reply": True})
    stop = Message("Stopping.", {"kind": "stop", "expects_reply": False})
    assert TurnReply((scope, stop)).ends and not TurnReply((stop, scope)).ends


def test_pictures_stay_with_their_message_and_buttons_are_left_out(run_skipping_waits: Callable) -> None:
    async def act(out: Any) -> None:
        await out.send_response("k", {"text": "Look.", "image": "/pictures/a.svg"})
        await out.send_response("k", {"text": "Yes?", "buttons": [{"title": "Yes", "payload": "/yes"}]})
        await out.send_response("k", {"custom": {"a": 1}})

    reply = run_skipping_waits(talks(Rasa(hello=act)).turn("k", "hello"))
    assert reply.text == "Look.\nYes?" and reply.image == "/pictures/a.svg"


def test_a_picture_named_in_the_reply_metadata_is_the_turn_s_picture() -> None:
    step = Message("Lift your hips.", {"kind": "stretch_step", "image": "/pictures/bridge.svg"})
    assert TurnReply((step, Message("Ready?", {"kind": "help"}))).image == "/pictures/bridge.svg"

"""What a front end hears of the trained skill, through the core that all front ends share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rasa_project.channels.conversations import Conversations
from rasa_project.channels.replies import TurnReply

IDLE_S = 1800
AMPLE_S = 60.0
"""A deadline no busy machine misses: what is late is tested where waits take no time."""


def kinds(reply: TurnReply) -> list[str | None]:
    return [message.kind for message in reply.messages]


@pytest.fixture
def real(skill: Any) -> Conversations:
    return Conversations(skill.agent.handle_message, "wyoming", IDLE_S, deadline_s=AMPLE_S)


def test_the_skill_greets_asks_and_escalates_through_a_front_end(real: Conversations, run: Callable) -> None:
    assert "greeting" in kinds(run(real.turn("core1", "Hello.")))
    assert kinds(run(real.turn("core1", "My back's cramped.")))[-1] == "screening_question"
    reply = run(real.turn("core1", "I can't feel anything between my legs", country="GB"))
    assert kinds(reply)[0] == "escalation" and "999" in reply.text
    assert reply.replies[0]["tier"] == "emergency_now" and reply.is_urgent


@pytest.mark.parametrize("no", ["No.", "no", "NO!", " No , "])
def test_what_recognisers_add_to_a_no_changes_nothing(real: Conversations, run: Callable, no: str) -> None:
    key = f"core2{no}"
    run(real.turn(key, "My back's cramped."))
    assert "between your legs" in run(real.turn(key, no)).text


def test_an_empty_transcript_gets_the_pending_question_again(real: Conversations, run: Callable) -> None:
    run(real.turn("core3", "my back's cramped"))
    reply = run(real.turn("core3", ""))
    assert kinds(reply)[-1] == "screening_question" and "chest pain" in reply.text


def test_after_half_an_hour_exercises_do_not_go_on_by_themselves(skill: Any, run: Callable, calm: Callable) -> None:
    now = [0.0]
    here = Conversations(skill.agent.handle_message, "wyoming", IDLE_S, deadline_s=AMPLE_S, clock=lambda: now[0])
    run(calm(lambda text: here.turn("core4", text), lambda reply: reply.replies))
    now[0] += IDLE_S + 60
    reply = run(here.turn("core4", "next"))
    assert "stretch_step" not in kinds(reply) and reply.expects_reply


def test_a_question_that_nobody_heard_is_not_answered_by_the_next_no(real: Conversations, run: Callable) -> None:
    run(real.turn("core5", "my back's cramped"))
    real.not_heard("core5")
    reply = run(real.turn("core5", "no"))
    assert "between your legs" not in reply.text
    assert "chest pain" in run(real.turn("core5", "my back's cramped")).text


def test_a_goodbye_and_a_stop_end_the_conversation(real: Conversations, run: Callable) -> None:
    assert run(real.turn("core6", "goodbye")).ends
    assert run(real.turn("core6", "stop")).ends
    assert not run(real.turn("core6", "my back's cramped")).ends


def test_a_dead_action_server_takes_no_escalation_away(skill: Any, run: Callable) -> None:
    here = Conversations(skill.agent.handle_message, "wyoming", IDLE_S, deadline_s=AMPLE_S)
    skill.actions.dead = True
    reply = run(here.turn("core7", "I've lost control of my bladder", country="IE"))
    assert kinds(reply)[0] == "escalation" and "112" in reply.text
    assert kinds(run(here.turn("core8", "hello"))) == ["error"]


def test_the_end_word_is_one_that_the_skill_takes_for_stop(real: Conversations, run: Callable) -> None:
    """What `end` and the idle time rest on."""
    run(real.turn("core9", "my back's cramped"))
    run(real.end("core9"))
    reply = run(real.turn("core9", "no"))
    assert "screening_question" not in kinds(reply)

"""What a screen shows after a turn: the step under way, or nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.handle import Handled

from rasa_project.channels.pictured import ENDS_IT, KEEPS_IT, picture_after
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.channels.wyoming import WyomingInput
from rasa_project.pictures.book import load_pictures
from rasa_project.pictures.drawn import png_of
from wire import HOST, say

STEP = {"kind": "stretch_step", "image": "/pictures/bridge.svg", "image_frame": 2, "expects_reply": True}
NOTHING, STAYS = (True, None), (False, None)


@pytest.fixture
def house(skill: Any, run: Callable) -> Iterator[int]:
    here = WyomingInput(HOST, 0, idle_s=900)
    run(here.start(skill.agent.handle_message))
    yield here.port
    run(here.stop())


def turn(*replies: dict[str, Any]) -> TurnReply:
    return TurnReply(tuple(Message("words", reply) for reply in replies))


def test_a_step_shows_its_position_and_says_what_it_is() -> None:
    changes, shown = picture_after(turn({"kind": "plan", "expects_reply": False}, STEP))
    bridge = load_pictures()["bridge"]
    assert changes and shown is not None and (shown.id, shown.frame, shown.title) == ("bridge", 2, bridge.title)
    assert shown.description == f"{bridge.frames[1].caption}. {bridge.alt}"


@pytest.mark.parametrize("frame", [None, 0, -1, 99, True, "2"])
def test_a_step_without_a_position_of_its_own_shows_the_whole_picture(frame: Any) -> None:
    _, shown = picture_after(turn({**STEP, "image_frame": frame}))
    assert shown is not None and shown.frame is None and shown.description == load_pictures()["bridge"].alt


@pytest.mark.parametrize("kind", sorted(ENDS_IT))
def test_nothing_is_shown_beside_an_emergency_even_in_the_turn_of_a_step(kind: str) -> None:
    assert picture_after(turn({"kind": kind})) == NOTHING
    assert picture_after(turn(STEP, {"kind": kind})) == NOTHING
    assert picture_after(turn(STEP, {"kind": kind}, {"kind": "help"})) == NOTHING


@pytest.mark.parametrize("kind", ["stop", "worse_stop", "goodbye", "screening_question", "setup_question", "clarify", None])
def test_what_leaves_the_exercise_takes_the_picture_away(kind: str | None) -> None:
    assert picture_after(turn({"kind": kind} if kind else {})) == NOTHING


@pytest.mark.parametrize("kind", sorted(KEEPS_IT))
def test_what_interrupts_it_leaves_the_picture_unless_it_ends(kind: str) -> None:
    assert picture_after(turn({"kind": kind})) == STAYS
    assert picture_after(turn({"kind": kind, "expects_reply": False})) == NOTHING


def test_who_is_told_that_nothing_runs_sees_nothing() -> None:
    assert picture_after(turn({"kind": "help", "id": "nothing_running"})) == NOTHING


def test_a_picture_that_nobody_drew_is_none() -> None:
    assert picture_after(turn({**STEP, "image": "/pictures/no_such.svg"})) == NOTHING
    assert picture_after(turn({**STEP, "image": 7})) == NOTHING


async def ask(port: int, *events: Event) -> list[Event | None]:
    async with AsyncTcpClient(HOST, port, read_timeout=5) as client:
        answers = []
        for event in events:
            await client.write_event(event)
            answers.append(await client.read_event())
        return answers


def test_the_wire_carries_the_drawing_of_a_step_and_takes_it_away_with_an_emergency(
    house: int, run: Callable, calm: Callable
) -> None:
    async def send(text: str) -> Handled:
        return await say(house, text, satellite_id="pictured")

    shown = run(calm(send, lambda a: a.context["replies"])).context["picture"]
    assert shown["stays_s"] == 900 and shown["title"] and shown["description"]
    (drawing,) = run(ask(house, Event("unknot-picture", shown)))
    assert drawing.payload == png_of(shown["id"], shown["frame"]) and drawing.payload.startswith(b"\x89PNG")
    assert "picture" not in run(send("Pause.")).context
    flag = run(send("I can't feel anything between my legs"))
    assert "emergency department now" in flag.text and flag.context["picture"] is None


@pytest.mark.parametrize("asked", [{}, {"id": None}, {"id": 7}, {"id": "../drawn/bridge"}, {"id": "no_such"}, {"id": "bridge", "frame": 99},
                                   {"id": "bridge", "frame": "1"}, {"id": "bridge", "frame": True}, {"id": ["bridge"]}])  # fmt: skip
def test_a_question_for_no_picture_is_answered_with_none(house: int, run: Callable, asked: dict[str, Any]) -> None:
    none, bridge = run(ask(house, Event("unknot-picture", asked), Event("unknot-picture", {"id": "bridge", "frame": 1})))
    assert none.type == "unknot-picture" and not none.payload
    assert bridge.payload == png_of("bridge", 1)


def test_whoever_asks_for_pictures_without_end_holds_up_no_sentence(house: int, run: Callable) -> None:
    wanted = [Event("unknot-picture", {"id": i, "frame": n}) for i in load_pictures() for n in (1, 2)]

    async def both() -> Handled:
        many = asyncio.gather(*(ask(house, *wanted) for _ in range(5)))
        answer = await say(house, "I can't feel anything between my legs", satellite_id="crowd")
        await many
        return answer

    assert "emergency department now" in run(both()).text

"""Every kind of reply on the page, as the skill gives it: drawn for people, and measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rasa_project.channels.page.gallery import FOLDER, NEVER_SAID, SIZES, photograph, replies_of_every_kind
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.evaluation.outcomes import KINDS
from rasa_project.pictures.raster import chromium

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="Chromium is not installed (package chromium); the page is not drawn"
)
LOOKS = (("phone", "light"), ("desktop", "dark"))
"""Half of what the command draws: what sticks out does so by day as by night."""


def test_every_kind_of_reply_can_be_read_where_it_is_shown(skill: Any, run: Callable) -> None:
    turns = run(replies_of_every_kind(skill))
    assert set(turns) == KINDS - NEVER_SAID
    for name, page in photograph(turns, FOLDER, LOOKS):
        kind, size, _ = name.rsplit("_", 2)
        reply, height = turns[kind][1], SIZES[size]["height"]
        wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], name
        shown = page.locator("#reply .message")
        assert shown.all_text_contents() == [message.text for message in reply.messages], name
        letters = shown.last.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        assert letters >= 20, (name, letters)
        urgent = [m for m in reply.messages if m.is_urgent and m.kind not in ("safety_net", "error")]
        if urgent:
            box = page.get_by_role("alert").first.bounding_box()
            assert box["y"] < height / 2, name
        if kind == "escalation":
            call = page.locator("#reply .calls a").first.bounding_box()
            assert call["height"] >= 44 and call["y"] + call["height"] <= height, name
        assert page.locator("#controls").is_visible() == ("stretch_step" in reply.kinds), name


def test_a_step_s_whole_position_stands_above_the_controls_of_a_phone(tmp_path: Path) -> None:
    words = "Lift your hips until shoulders, hips and knees line up. Keep breathing, and hold it there."
    step = {
        "kind": "stretch_step", "id": "bridge", "step": 1, "image": "/pictures/bridge.svg", "image_frame": 2,
        "expects_reply": True,
    }  # fmt: skip
    turns = {"step": ("next", TurnReply((Message(words, step),)))}
    for _, page in photograph(turns, tmp_path, (("phone", "light"),)):
        drawing, controls = page.locator("#drawing").bounding_box(), page.locator("#controls").bounding_box()
        assert drawing["y"] + drawing["height"] <= controls["y"], (drawing, controls)
        assert drawing["height"] >= 150


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("I'm glad it eased. Shall we go on, or is that enough?", []),
        ("Good, that's what we want. Another one, or enough for now?", []),
        ("Okay. Shall we go on?", ["Yes", "No"]),
        ("Good. How is it now?", []),
    ],
)
def test_yes_and_no_stand_only_below_what_they_answer(tmp_path: Path, text: str, choices: list[str]) -> None:
    turns = {"relief_ack": ("better", TurnReply((Message(text, {"kind": "relief_ack"}),)))}
    for _, page in photograph(turns, tmp_path, (("desktop", "light"),)):
        assert page.locator("#choices button").all_text_contents() == choices

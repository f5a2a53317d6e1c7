"""Replies of the skill as the page takes them, and the talk so far from the tracker."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Iterable, Mapping, Sequence

from rasa_project.channels.page.calls import calls_in
from rasa_project.care.phrases import load_phrases
from rasa_project.channels.pictured import drawing_of
from rasa_project.channels.replies import Message, Segment, TurnReply, reply_metadata
from rasa_project.channels.speech import spoken_numbers

MOST_TURNS = 30
"""Newest turns that a page shown again gets."""

SHOWN = ("kind", "id", "step", "tier", "hold_s", "repeated", "third_person", "topic", "attempt", "covers")
"""What of the `reply` metadata the page needs; flags stay here."""

WITH_NUMBERS = frozenset({"clinician_info"})
"""Kinds with telephone numbers beside the urgent ones."""


def answer_of(reply: TurnReply) -> dict[str, Any]:
    """Return one turn's reply."""
    return {
        "messages": [message_of(m) for m in reply.messages],
        "expects_reply": reply.expects_reply,
        "in_time": reply.in_time,
    }


def message_of(message: Message) -> dict[str, Any]:
    """Return one message: words, kind, picture, timed segments, numbers to call."""
    shown: dict[str, Any] = {k: message.reply[k] for k in SHOWN if k in message.reply}
    shown["text"] = message.text
    shown["urgent"] = message.is_urgent
    spoken = spoken_numbers(message.text)
    if spoken != message.text:
        shown["spoken"] = spoken
    if message.reply.get("segments"):
        shown["segments"] = timed(message.segments)
    drawn = _picture(message)
    if drawn:
        shown["picture"] = drawn
    if message.is_urgent or message.kind in WITH_NUMBERS:
        shown["calls"] = calls_in(message.text)
    return shown


def timed(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    """Return segments whose pauses know the hold they are part of.

    A hold with "thirty seconds left" in its middle is one for the eye: its pauses carry
    `of_s`, its whole length, and `after_s`, what of it comes after them.
    """
    given = [dict(s) for s in segments]
    holds: list[list[dict[str, Any]]] = []
    goes_on = False
    for segment in given:
        if "pause_s" in segment:
            if not goes_on:
                holds.append([])
            holds[-1].append(segment)
            goes_on = False
        else:
            goes_on = bool(holds) and bool(_time_left().match(str(segment["say"])))
    for hold in holds:
        whole = left = sum(float(s["pause_s"]) for s in hold)
        for segment in hold:
            left -= float(segment["pause_s"])
            segment.update(of_s=whole, after_s=left)
    return given


@lru_cache(maxsize=1)
def _time_left() -> "re.Pattern[str]":
    """Return a pattern of what is said in the middle of a hold."""
    phrases = load_phrases().phrases
    said = (*phrases["time_left"], *phrases["time_left_long"])
    return re.compile("|".join(re.escape(s).replace(re.escape("{time}"), ".{1,40}?") for s in said))


def talk_of(events: Iterable[Any]) -> list[dict[str, Any]]:
    """Return what was said so far: `{"said": "…", "messages": […]}`, oldest first."""
    turns: list[dict[str, Any]] = []
    for event in events:
        if event.type_name == "user" and event.text is not None:
            turns.append({"said": event.text, "messages": []})
        elif event.type_name == "bot" and event.text:
            if not turns:
                turns.append({"said": "", "messages": []})
            message = Message(" ".join(event.text.split()), reply_metadata(event.metadata))
            turns[-1]["messages"].append(message_of(message))
    return turns[-MOST_TURNS:]


def _picture(message: Message) -> Mapping[str, Any] | None:
    drawing = drawing_of(message)
    if drawing is None:
        return None
    number = message.reply.get("image_frame")
    frame = number if isinstance(number, int) and 1 <= number <= len(drawing.frames) else None
    return {
        "src": message.reply.get("image") or message.image,
        "title": drawing.title,
        "alt": drawing.alt,
        "frame": frame,
        "captions": [f.caption for f in drawing.frames],
    }

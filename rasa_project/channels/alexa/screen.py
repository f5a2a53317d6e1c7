"""What a speaker with a screen shows beside the speech (Alexa Presentation Language).

The documents lie in `screens/*.json` and can be opened in Amazon's authoring tool. A reply
only fills their data. Nothing that a user said is among it: messages of the skill's own
content go in, never what a channel has put before them.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any, Mapping, Optional, Sequence

from rasa_project.care.errors import UnknownReference
from rasa_project.care.loading import ContentModel, read_model
from rasa_project.channels.page.calls import calls_in
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.pictures.book import Drawing, picture

INTERFACE = "Alexa.Presentation.APL"
DIRECTIVE = f"{INTERFACE}.RenderDocument"
VERSION = (1, 4)
"""Of the language, as every document declares it; a device must know at least this one."""

FOLDER = Path(__file__).with_name("screens")
FILE = Path(__file__).with_name("screen_words.yml")
MOST_SCORES = 8
"""Newest scores side by side; more are too narrow to read from a bed."""


class Emergency(ContentModel):
    """How an urgency looks."""

    title: str
    colour: str
    big_numbers: bool
    """Whether the numbers of the reply stand above its words, as large as they can be."""


class ScreenWords(ContentModel):
    """`screen_words.yml`."""

    version: int
    emergencies: dict[str, Emergency]
    emergency_kinds: frozenset[str]
    questions: frozenset[str]
    hints: dict[str, str]
    count: str
    score_title: str
    silent: frozenset[str]
    nothing: str


@lru_cache(maxsize=1)
def load_screen_words() -> ScreenWords:
    """Return `screen_words.yml`, read once.

    Raises:
        ContentError: the file is missing or malformed.
    """
    return read_model(FILE, ScreenWords)


@lru_cache(maxsize=8)
def document(name: str) -> Mapping[str, Any]:
    """Return the document of a name, such as `step`; shared, so never to be changed."""
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return dict(found)


def shows_documents(interfaces: Mapping[str, Any]) -> bool:
    """Return whether a device shows our documents.

    Args:
        interfaces: `context.System.device.supportedInterfaces` of its request.
    """
    told = interfaces.get(INTERFACE)
    runtime = told.get("runtime") if isinstance(told, dict) else None
    version = runtime.get("maxVersion") if isinstance(runtime, dict) else None
    try:
        major, minor = str(version).split(".")[:2]
        return (int(major), int(minor)) >= VERSION
    except ValueError:
        return False


def screen(reply: TurnReply, pictures_url: Optional[str] = None) -> dict[str, Any]:
    """Return the directive that shows a reply.

    Each reply replaces what was on the screen, so that no picture of a step stays behind.

    Args:
        pictures_url: https address before `/pictures/…`; without one there are words only.
    """
    name, data = _filled(reply, pictures_url)
    return {
        "type": DIRECTIVE,
        "token": f"unknot-{name}",
        "document": document(name),
        "datasources": {"screen": {"type": "object", **data}},
    }


def _filled(reply: TurnReply, pictures_url: Optional[str]) -> tuple[str, dict[str, Any]]:
    words = load_screen_words()
    # Without a kind it is no message of the content: what was heard, said back.
    shown = [m for m in reply.messages if m.kind]
    urgent = [m for m in shown if m.kind in words.emergency_kinds]
    if urgent:
        return "emergency", _emergency(shown[shown.index(urgent[0]) :], urgent)
    last = shown[-1] if shown else None
    if last is not None and last.kind == "stretch_step":
        return "step", _step(last, pictures_url)
    if last is not None and last.kind in words.questions:
        before = [m for m in shown[:-1] if m.kind not in words.silent]
        hint = words.hints.get(str(last.kind), "")
        return "question", {"before": _text(before), "question": _text([last]), "hint": escape(hint)}
    scores = next((m.reply.get("series") for m in shown if m.kind == "progress"), None)
    if scores:
        return "scores", {"title": words.score_title, "scores": _scores(scores), "words": _text(shown)}
    open_ones = [m for m in shown if m.kind not in words.silent]
    return "words", {"words": _text(open_ones) or words.nothing}


def _emergency(shown: Sequence[Message], urgent: Sequence[Message]) -> dict[str, Any]:
    words = load_screen_words()
    # The first of these is the most urgent one.
    tiers = [t for t in words.emergencies if any(m.reply.get("tier") == t for m in urgent)]
    look = words.emergencies[tiers[0] if tiers else next(iter(words.emergencies))]
    numbers = [c["number"] for m in urgent for c in calls_in(m.text)] if look.big_numbers else []
    return {
        "title": escape(look.title, quote=False),
        "colour": look.colour,
        "numbers": list(dict.fromkeys(numbers)),
        "words": _text(shown),
    }


def _step(message: Message, pictures_url: Optional[str]) -> dict[str, Any]:
    words = load_screen_words()
    drawing = _drawing(message)
    step, steps = message.reply.get("step"), message.reply.get("steps")
    counted = isinstance(step, int) and isinstance(steps, int) and 0 <= step < steps
    return {
        "title": escape(_capital(drawing.title), quote=False) if drawing else "",
        "count": words.count.format(step=step + 1, steps=steps) if counted else "",
        "words": _text([message]),
        "hint": escape(words.hints["stretch_step"], quote=False),
        "picture": _address(drawing, message, pictures_url) if drawing and pictures_url else "",
        "alt": drawing.alt if drawing else "",
    }


def _drawing(message: Message) -> Optional[Drawing]:
    image = message.reply.get("image")
    if not isinstance(image, str):
        return None
    try:
        return picture(PurePosixPath(image).stem)
    except UnknownReference:
        return None


def _address(drawing: Drawing, message: Message, pictures_url: str) -> str:
    """Return the address of the position under way, of the whole picture if no single one shows it."""
    frame = message.reply.get("image_frame")
    alone = isinstance(frame, int) and 1 <= frame <= len(drawing.frames) and len(drawing.frames) > 1
    return f"{pictures_url}/pictures/{drawing.id}{f'.{frame}' if alone else ''}.png"


def _scores(series: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    shown = []
    for entry in series[-MOST_SCORES:]:
        at = datetime.fromisoformat(str(entry["at"]))
        shown.append({"pain": int(entry["pain"]), "day": f"{at.day} {at:%b}"})
    return shown


def _text(messages: Sequence[Message]) -> str:
    """Return messages as the language's Text component takes them: `<` would begin a tag."""
    return "<br><br>".join(escape(m.text, quote=False) for m in messages)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]

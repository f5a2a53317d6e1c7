"""The skill's reply as Alexa takes it: speech, a card, a reprompt, and whether it listens."""

from __future__ import annotations

import json
import logging
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping, Optional

from rasa_project.care.contacts import contacts_for
from rasa_project.care.flags import load_red_flags
from rasa_project.care.loading import ContentModel, read_model
from rasa_project.care.phrases import sentences_of
from rasa_project.channels.alexa.screen import screen
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.channels.speech import MOST_SSML, for_the_eye, ssml
from rasa_project.in_force import DEFAULT_COUNTRY

logger = logging.getLogger(__name__)

FILE = Path(__file__).with_name("words.yml")
MOST_BYTES = 24_000
"""Amazon's limit for a whole answer."""
MOST_READ_BACK = 15
"""Words of an answer that are read back; a longer one is a story, not an answer."""
LEAST_SSML = 2000
"""Shortest room that speech is cut down to when an answer has too many bytes."""
OTHER = "other"

_QUESTION = re.compile(r"\?$")
_ASKS = re.compile(r"\?$|\b(say|tell me|ask me|ask for|pick one)\b", re.IGNORECASE)


class Words(ContentModel):
    """`words.yml`."""

    version: int
    first_welcome: str
    read_back: str
    read_back_before: frozenset[str]
    prompts: dict[str, str]
    questions: frozenset[str]
    safety_questions: frozenset[str]
    unanswered: str
    asked_again: frozenset[str]
    reprompts: dict[str, str]
    cards: frozenset[str]
    card_title: str


@lru_cache(maxsize=1)
def load_words() -> Words:
    """Return `words.yml`, read once.

    Raises:
        ContentError: the file is missing or malformed.
    """
    return read_model(FILE, Words)


def nothing() -> dict[str, Any]:
    """Return the answer to a request that takes neither speech nor card, such as a session's end."""
    return {"version": "1.0", "response": {}}


def answer(
    reply: TurnReply,
    new: bool = False,
    ends: bool = False,
    country: Optional[str] = None,
    on_screen: bool = False,
    pictures_url: Optional[str] = None,
) -> dict[str, Any]:
    """Return Alexa's form of a reply; at most 24 kB as UTF-8.

    Args:
        new: whether it is the first of its session: then the skill names its limits, unless
            there is something urgent to say.
        ends: whether the session is over even if the reply waits for an answer.
        country: ISO code for the emergency number of the reprompt; None for the setting's.
        on_screen: whether the device shows documents; the app then gets a card for what is
            urgent only.
        pictures_url: where the device finds `/pictures/…`; None shows words only.
    """
    over = ends or reply.ends
    spoken = TurnReply(_messages(reply, new, over), reply.in_time)
    response: dict[str, Any] = {"outputSpeech": _speech(ssml(spoken))}
    shown = _shown(reply, pictures_url) if on_screen else []
    if shown:
        response["directives"] = shown
    card = _card(reply) if reply.is_urgent or not shown else None
    if card:
        response["card"] = card
    if not over:
        response["reprompt"] = {"outputSpeech": _speech(ssml(_again(reply, country)))}
    response["shouldEndSession"] = over
    return _fitted({"version": "1.0", "sessionAttributes": {}, "response": response}, spoken)


def read_back(reply: TurnReply, words: str) -> TurnReply:
    """Return the reply with the answer `words` said back before it.

    As it is when the safety questions do not simply go on or end, or the words are many.
    """
    goes_on = reply.messages[0].kind in load_words().read_back_before
    if reply.is_urgent or not goes_on or not 0 < len(words.split()) <= MOST_READ_BACK:
        return reply
    heard = Message(load_words().read_back.format(words=words))
    return TurnReply((heard, *reply.messages), reply.in_time)


def asks_about_safety(reply: TurnReply) -> bool:
    """Return whether the reply ends in a safety question."""
    return reply.messages[-1].kind in load_words().safety_questions


def _messages(reply: TurnReply, new: bool, over: bool) -> tuple[Message, ...]:
    said = list(reply.messages)
    if new and not reply.is_urgent:
        place = 1 if said[0].reply.get("id") == "scope" else 0
        said.insert(place, Message(load_words().first_welcome, {"kind": "greeting"}))
    prompt = None if over else _prompt(said[-1])
    return (*said, prompt) if prompt else tuple(said)


def _prompt(last: Message) -> Optional[Message]:
    """Return what asks, when `last` leaves the microphone open without asking."""
    words = load_words()
    heard = [str(s["say"]) for s in last.segments if "say" in s]
    closing = sentences_of(heard[-1])[-1:] if heard else []
    if last.kind in words.questions:
        return None
    # Certification wants help to end in a question; elsewhere "say next" asks well enough.
    asks = _QUESTION if last.kind == "help" else _ASKS
    if closing and asks.search(closing[0].strip()):
        return None
    kind = last.kind or OTHER
    return Message(words.prompts.get(kind, words.prompts[OTHER]), {"kind": last.kind})


def _again(reply: TurnReply, country: Optional[str]) -> TurnReply:
    """Return what is said when nobody answers; after it Alexa closes the session by itself.

    Who falls silent at a safety question hears the emergency number before that.
    """
    words = load_words()
    last = reply.messages[-1]
    if last.kind in words.questions:
        asked = Message(sentences_of(last.text)[-1], {"kind": last.kind})
        if last.kind not in words.safety_questions:
            return TurnReply((asked,))
        return TurnReply((_with_number(words.unanswered, country), asked))
    if last.kind in words.asked_again:
        prompt = _prompt(last)
        return TurnReply((last, prompt) if prompt else (last,))
    return TurnReply((Message(words.reprompts.get(last.kind or OTHER, words.reprompts[OTHER])),))


def _with_number(text: str, country: Optional[str]) -> Message:
    country = country or os.environ.get("SKILL_COUNTRY") or DEFAULT_COUNTRY
    return Message(contacts_for(country, load_red_flags()).fill(text, spoken=False))


def _shown(reply: TurnReply, pictures_url: Optional[str]) -> list[dict[str, Any]]:
    try:
        return [screen(reply, pictures_url)]
    except Exception as error:  # a screen may stay empty; what is said may not
        logger.error("alexa screen failed error=%s", type(error).__name__)
        return []


def _card(reply: TurnReply) -> Optional[dict[str, str]]:
    words = load_words()
    shown = tuple(m for m in reply.messages if m.kind in words.cards)
    if not shown:
        return None
    content = for_the_eye(TurnReply(shown))
    return {"type": "Simple", "title": words.card_title, "content": content}


def _speech(spoken: str) -> dict[str, str]:
    return {"type": "SSML", "ssml": spoken}


def _fitted(whole: dict[str, Any], spoken: TurnReply) -> dict[str, Any]:
    """Return the answer within Amazon's size: speech goes before screen, card and reprompt."""
    response = whole["response"]
    if _size(whole) > MOST_BYTES:
        response.pop("directives", None)
    if _size(whole) > MOST_BYTES:
        response.pop("card", None)
    if _size(whole) > MOST_BYTES and "reprompt" in response:
        other = load_words().reprompts[OTHER]
        response["reprompt"]["outputSpeech"] = _speech(ssml(TurnReply((Message(other),))))
    room = MOST_SSML
    while _size(whole) > MOST_BYTES and room > LEAST_SSML:
        room -= 1000
        response["outputSpeech"] = _speech(ssml(spoken, room))
    return whole


def as_json(whole: Mapping[str, Any]) -> bytes:
    """Return the bytes that are sent."""
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _size(whole: Mapping[str, Any]) -> int:
    return len(as_json(whole))

"""Unknot in Open Voice OS: an intent starts a talk, then every utterance goes to Unknot.

Which words mean an emergency, and what is answered then, is decided there and not here.
"""

from __future__ import annotations

import time
from typing import Any, Dict

from ovos_bus_client.message import Message
from ovos_bus_client.session import Session, SessionManager
from ovos_workshop.decorators import intent_handler
from ovos_workshop.skills.converse import ConversationalSkill

from ovos_skill_unknot.client import OutOfReach, UnknotClient

DEFAULT_URL = "http://127.0.0.1:5005"
MINUTES = 30
"""How long a talk waits for its user; stretches have long pauses."""

GREETING = "hello"
END_WORD = "stop"
"""What leaves questions and exercises in Unknot, while what is in force for safety stays."""


class UnknotSkill(ConversationalSkill):
    """A talk with Unknot per session of Open Voice OS."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Prepare before the skill is loaded; settings are not there yet."""
        self._last_heard: Dict[str, float] = {}
        super().__init__(*args, **kwargs)

    @property
    def client(self) -> UnknotClient:
        """The Unknot of the settings (`url`, and `token` where it asks for one)."""
        token = str(self.settings.get("token") or "")
        return UnknotClient(str(self.settings.get("url") or DEFAULT_URL), token=token)

    @intent_handler("open.intent")
    def handle_open(self, message: Message) -> None:
        """Begin a talk with a greeting."""
        self._begin(message, GREETING)

    @intent_handler("pain.intent")
    def handle_pain(self, message: Message) -> None:
        """Begin a talk with what was said about the back."""
        said = message.data.get("utterance") or (message.data.get("utterances") or [GREETING])[0]
        self._begin(message, said)

    def can_converse(self, message: Message) -> bool:
        """Return whether a talk is under way in the message's session."""
        last = self._last_heard.get(_session_of(message))
        return last is not None and time.monotonic() - last < MINUTES * 60

    def converse(self, message: Message) -> bool:
        """Pass what was said on; True because the talk has taken it."""
        utterances = message.data.get("utterances") or [""]
        self._turn(_session_of(message), utterances[0])
        return True

    def stop_session(self, session: Session) -> bool:
        """End the talk of a session; Open Voice OS keeps "stop" for itself."""
        if self._last_heard.pop(session.session_id, None) is None:
            return False
        try:
            self.client.say(session.session_id, END_WORD)
        except OutOfReach as error:
            self.log.warning(f"Unknot was not told of the end: {error}")
        self.deactivate()
        self.speak_dialog("ended")
        return True

    def _begin(self, message: Message, words: str) -> None:
        self.activate(duration_minutes=MINUTES)
        self._turn(_session_of(message), words)

    def _turn(self, session: str, words: str) -> None:
        self._last_heard[session] = time.monotonic()
        try:
            spoken = self.client.say(session, words)
        except OutOfReach as error:
            self.log.error(f"no answer from Unknot: {error}")
            self.speak_dialog("out_of_reach", expect_response=True)
            return
        over = bool(self.voc_match(words, "goodbye", exact=True))
        if over:
            self._last_heard.pop(session, None)
            self.deactivate()
        self.speak(spoken, expect_response=not over)


def _session_of(message: Message) -> str:
    return SessionManager.get(message).session_id

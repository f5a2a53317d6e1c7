"""Alexa's channel: `POST /webhooks/alexa/webhook`, for nobody but Alexa.

In `credentials.yml`:

    rasa_project.channels.alexa.channel.AlexaInput:

It is off until `SKILL_ALEXA_APPLICATION_ID` names the skill. Nothing outlives a session: the
conversation is deleted when it ends, however it ends.
"""

from __future__ import annotations

import logging
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rasa_project.channels.alexa.answers import (
    answer,
    as_json,
    asks_about_safety,
    load_words,
    nothing,
    read_back,
)
from rasa_project.channels.alexa.refusals import Refused
from rasa_project.channels.alexa.requests import (
    ENDED,
    INTENT,
    LAUNCH,
    AlexaRequest,
    read_request,
)
from rasa_project.channels.alexa.screen import load_screen_words
from rasa_project.channels.alexa.sessions import KEPT_S, Sessions
from rasa_project.channels.alexa.utterances import ENDING, load_utterances
from rasa_project.channels.alexa.verification import Verifier
from rasa_project.channels.conversations import Conversations
from rasa_project.channels.replies import TurnReply
from rasa_project.settings import settings

logger = logging.getLogger(__name__)

NAME = "alexa"
"""Also the name by which the diary knows that nothing is kept here."""

OPENING_WORDS = "hello"
"""What "Alexa, open …" says to the skill."""

NO_WORDS = ""
"""What was not understood. The skill treats it like silence: a safety question is asked once
more, then counts as not answered."""

MOST_BODY = 128 * 1024
"""Bytes of a request that are read; Alexa's have a few thousand."""


class AlexaInput(InputChannel):
    """Translates between Alexa and the skill."""

    @classmethod
    def name(cls) -> Text:
        """Return the channel's name."""
        return NAME

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> "AlexaInput":
        """Return the channel that the settings describe; `credentials.yml` has no option for it."""
        in_force = settings()
        application = in_force.alexa_application_id
        verifier = Verifier(application) if application else None
        return cls(verifier, in_force.country, pictures_url=in_force.alexa_pictures_url)

    def __init__(
        self,
        verifier: Optional[Verifier],
        country: str = "US",
        kept_s: float = KEPT_S,
        pictures_url: Optional[str] = None,
    ) -> None:
        """Answer requests that `verifier` proves; without one the channel is off.

        Args:
            country: of the household, should the language of the device not tell it.
            kept_s: seconds after which a session nobody closed is deleted.
            pictures_url: https address under which the internet reaches the skill's pictures;
                None shows no pictures.
        """
        self._verifier = verifier
        self._country = country
        self._pictures_url = pictures_url
        self.sessions = Sessions(kept_s)
        self._utterances = load_utterances()
        # Now and not with the first request: a file may break while the skill serves.
        load_words()
        load_screen_words()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes; without a verifier there is only one, which says so."""
        routes = Blueprint("alexa_webhook", __name__)
        verifier = self._verifier

        @routes.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "off" if verifier is None else "ok"})

        if verifier is None:
            logger.warning("alexa is off: SKILL_ALEXA_APPLICATION_ID is not set")
            return routes
        talks = Conversations(on_new_message, NAME, idle_s=self.sessions.kept_s)

        @routes.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            try:
                body = await verifier.verified(dict(request.headers.items()), await _body_of(request))
            except Refused as refusal:
                logger.warning("alexa request refused reason=%s", refusal.reason)
                return response.empty(400)
            except Exception as error:  # what cannot be checked is not proven
                logger.error("alexa request not checked error=%s", type(error).__name__)
                return response.empty(400)
            known = read_request(body, self._country)
            try:
                reply = await self._answer(known, talks, request.app)
            except Exception as error:  # no turn ends in silence, whatever breaks here
                logger.error("alexa turn failed error=%s", type(error).__name__)
                sorry = TurnReply((talks.apology(known.country),), in_time=False)
                reply = answer(
                    sorry, ends=_leaves(known), country=known.country, on_screen=known.shows_documents
                )
            return response.raw(as_json(reply), content_type="application/json;charset=UTF-8")

        @routes.listener("after_server_start")
        async def begin(app: Sanic, _: Any) -> None:
            self.sessions.begin(app)

        @routes.listener("before_server_stop")
        async def end(app: Sanic, _: Any) -> None:
            await talks.close()
            await self.sessions.end(app)

        return routes

    async def _answer(self, request: AlexaRequest, talks: Conversations, app: Sanic) -> Dict[Text, Any]:
        if request.kind == ENDED:
            if request.end_reason.startswith("ERROR"):
                logger.warning("alexa closed a session reason=%s", request.end_reason)
            self.sessions.forget(request.key, talks, app)
            return nothing()
        if request.kind not in (LAUNCH, INTENT):
            return nothing()
        answers_safety_question = self.sessions.enter(request.key)
        words = OPENING_WORDS
        if request.kind == INTENT:
            words = self._utterances.words_of(request.intent, request.slots) or NO_WORDS
        reply = await talks.turn(request.key, words, country=request.country)
        in_own_words = request.kind == INTENT and request.intent not in self._utterances.built_in
        if asks_about_safety(reply):
            self.sessions.note_safety_question(request.key)
        if in_own_words and answers_safety_question:
            reply = read_back(reply, words)
        spoken = answer(
            reply,
            request.new,
            _leaves(request),
            request.country,
            request.shows_documents,
            self._pictures_url,
        )
        if spoken["response"]["shouldEndSession"]:
            # Alexa does not report an end that the skill has asked for.
            self.sessions.forget(request.key, talks, app)
        return spoken


def _leaves(request: AlexaRequest) -> bool:
    """Return whether the session is over after this request: without one nobody could answer."""
    return request.intent in ENDING or not request.has_session


async def _body_of(request: Request) -> bytes:
    """Return the raw body; who sends without end is not listened to.

    Raises:
        Refused: the body is too long.
    """
    body = bytearray()
    while True:
        piece = await request.stream.read()
        if piece is None:
            return bytes(body)
        body += piece
        if len(body) > MOST_BODY:
            raise Refused("size")

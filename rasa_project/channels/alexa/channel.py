"""Alexa's channel: `POST /webhooks/alexa/webhook`, for nobody but Alexa.

In `credentials.yml`:

    rasa_project.channels.alexa.channel.AlexaInput:

It is off until `SKILL_ALEXA_APPLICATION_ID` names the skill. Nothing outlives a session: the
conversation is deleted when it ends, however it ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rasa_project.channels.alexa.answers import (
    answer,
    as_json,
    asks_about_safety,
    nothing,
    read_back,
)
from rasa_project.channels.alexa.refusals import Refused
from rasa_project.channels.alexa.requests import (
    ENDED,
    INTENT,
    KEY_PREFIX,
    LAUNCH,
    AlexaRequest,
    read_request,
)
from rasa_project.channels.alexa.utterances import ENDING, load_utterances
from rasa_project.channels.alexa.verification import Verifier
from rasa_project.channels.conversations import Conversations
from rasa_project.channels.replies import TurnReply
from rasa_project.diary.tracker_store import delete_conversation
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

KEPT_S = 1800.0
"""Seconds after its last request at which a session is deleted that Alexa never closed.
Alexa closes one that is silent for about 16 s; the longest reply takes a few minutes."""

SWEEP_EVERY_S = 60.0


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
        return cls(Verifier(application) if application else None, in_force.country)

    def __init__(self, verifier: Optional[Verifier], country: str = "US", kept_s: float = KEPT_S) -> None:
        """Answer requests that `verifier` proves; without one the channel is off.

        Args:
            country: of the household, should the language of the device not tell it.
            kept_s: seconds after which a session nobody closed is deleted.
        """
        self._verifier = verifier
        self._country = country
        self._kept_s = kept_s
        self._seen: Dict[Text, float] = {}
        self._asked: set[Text] = set()  # conversations whose last reply was a safety question
        self._tasks: set[asyncio.Task[None]] = set()
        self._utterances = load_utterances()

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
        talks = Conversations(on_new_message, NAME, idle_s=self._kept_s)

        @routes.post("/webhook", stream=True)
        async def webhook(request: Request) -> HTTPResponse:
            try:
                body = await verifier.verified(dict(request.headers.items()), await _body_of(request))
            except Refused as refusal:
                logger.warning("alexa request refused reason=%s", refusal.reason)
                return response.empty(400)
            known = read_request(body, self._country)
            try:
                reply = await self._answer(known, talks, request.app)
            except Exception as error:  # no turn ends in silence, whatever breaks here
                logger.error("alexa turn failed error=%s", type(error).__name__)
                reply = answer(TurnReply((talks.apology(known.country),), False))
            return response.raw(as_json(reply), content_type="application/json;charset=UTF-8")

        @routes.listener("after_server_start")
        async def begin(app: Sanic, _: Any) -> None:
            self._start(self._sweep(app))

        @routes.listener("before_server_stop")
        async def end(app: Sanic, _: Any) -> None:
            running = list(self._tasks)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await talks.close()
            await _delete(app, *self._seen)

        return routes

    async def _answer(self, request: AlexaRequest, talks: Conversations, app: Sanic) -> Dict[Text, Any]:
        if request.kind == ENDED:
            if request.end_reason.startswith("ERROR"):
                logger.warning("alexa closed a session reason=%s", request.end_reason)
            self._start(self._forget(request.key, talks, app))
            return nothing()
        if request.kind not in (LAUNCH, INTENT):
            return nothing()
        self._seen[request.key] = time.monotonic()
        words = OPENING_WORDS
        if request.kind == INTENT:
            words = self._utterances.words_of(request.intent, request.slots) or NO_WORDS
        reply = await talks.turn(request.key, words, country=request.country)
        in_own_words = request.kind == INTENT and request.intent not in self._utterances.built_in
        answers_safety_question = request.key in self._asked
        self._asked.discard(request.key)
        if asks_about_safety(reply):
            self._asked.add(request.key)
        if in_own_words and answers_safety_question:
            reply = read_back(reply, words)
        # Without a session nobody could answer.
        leaves = request.intent in ENDING or not request.has_session
        spoken = answer(reply, new=request.new, ends=leaves, country=request.country)
        if spoken["response"]["shouldEndSession"]:
            # Alexa does not report an end that the skill has asked for.
            self._start(self._forget(request.key, talks, app))
        return spoken

    async def _forget(self, key: Text, talks: Conversations, app: Sanic) -> None:
        """Delete a conversation, whatever is still being written down for it."""
        # The mark stays until the sweep: a turn that missed its deadline may end after this.
        self._seen[key] = time.monotonic()
        self._asked.discard(key)
        await talks.end(key)
        await _delete(app, key)

    async def _sweep(self, app: Sanic) -> None:
        """Delete what nobody closed: what a crash has left in a database, then whatever grows old."""
        agent = getattr(app.ctx, "agent", None)
        if agent is not None:
            left = await agent.tracker_store.keys()
            await _delete(app, *(key for key in left if str(key).startswith(KEY_PREFIX)))
        while True:
            await asyncio.sleep(min(SWEEP_EVERY_S, self._kept_s))
            old = time.monotonic() - self._kept_s
            for key in [key for key, seen in self._seen.items() if seen <= old]:
                del self._seen[key]
                self._asked.discard(key)
                await _delete(app, key)

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("alexa could not tidy up error=%s", type(task.exception()).__name__)

    async def settled(self) -> None:
        """Wait until what has ended is deleted (tests); the sweep goes on."""
        while len(self._tasks) > 1:
            await asyncio.sleep(0.01)


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


async def _delete(app: Sanic, *keys: Text) -> None:
    agent = getattr(app.ctx, "agent", None)
    if agent is not None and agent.tracker_store is not None:
        for key in keys:
            await delete_conversation(agent.tracker_store, key)

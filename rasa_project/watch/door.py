"""The door of the web server: who may ask which route, how much at once, and how often.

Everything is closed that is not named here. Routes fall into four kinds:

* open: the page's files, pictures, `/health`, `/ready`, and Alexa's, which proves itself;
* for talking (REST, the page): `SKILL_ACCESS_TOKEN`, where one is set;
* for watching (`/metrics`): this machine, or that token;
* Rasa's API: `SKILL_API_TOKEN`. What would load or train a model is not offered at all.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any, Dict, Optional, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sanic import Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse

from rasa_project.settings import Settings
from rasa_project.watch import metrics
from rasa_project.watch.access import address_of, given_token, is_from_here, is_right
from rasa_project.watch.limits import Limits, TooOften, names_a_red_flag, sorry
from rasa_project.watch.readiness import Readiness, checks_of

logger = logging.getLogger(__name__)

REST = "webhooks/rest/webhook"
PAGE = "page/"
TALK = (REST, PAGE)
"""Routes by which somebody talks, or reads what they have said (POST)."""

OPEN = frozenset({"", "health", "ready", "metrics", "webhooks/alexa/webhook"})
"""Open to all; `metrics` sees for itself who asks."""

OPEN_BELOW = ("page/", "pictures/", "webhooks/")
"""Open to GET: files of the page, pictures, and each channel's one word about itself."""

CLOSED = ("model/train", "model/test", "model")
"""Rasa's routes that load, train or test a model somebody sends; `model/parse` and
`model/predict` use the one that is loaded."""
USED = frozenset({"model/parse", "model/predict"})

MOST_BYTES = 256 * 1024
"""Bytes of any request; each channel takes far fewer."""

MOST_REST_BYTES = 16 * 1024
"""Bytes of a REST request, as on the page: far above the longest thing anybody says in one go."""

MOST_SENDER = 200
"""Characters of a REST sender's name."""

SENTENCES = {
    400: "The request was not understood.",
    404: "There is no such route here.",
    405: "This route does not take this method.",
    408: "The request took too long.",
    413: f"A request may have {MOST_BYTES} bytes.",
    500: "Something broke. Please try again.",
    503: "This took too long. Please try again.",
}
"""What is said of an error that no route has answered itself, by its status."""

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Door:
    """Lets requests in or answers them itself."""

    def __init__(
        self, in_force: Settings, action_urls: Sequence[str], tracker: Any = None, locks: Any = None
    ) -> None:
        """Guard by the settings.

        Readiness asks the action servers at `action_urls`, and the stores of conversations
        and locks where they have somebody to ask.
        """
        self._stores = {"tracker": tracker, "locks": locks}
        self._in_force = in_force
        self._action_urls = tuple(action_urls)
        self._limits = Limits(in_force.turns_per_minute)

    def put_before(self, app: Sanic) -> None:
        """Guard an app that does not serve yet, and add `/health`, `/ready` and `/metrics`."""
        app.config.REQUEST_MAX_SIZE = MOST_BYTES
        # Sanic would write each address to the terminal, with the token of Rasa's API in it,
        # and stand still once nobody reads there.
        app.config.ACCESS_LOG = False
        app.config.PROXIES_COUNT = self._in_force.proxies or None
        # Only X-Forwarded-For is believed, as many hops as there are proxies.
        app.config.REAL_IP_HEADER = None
        app.config.FORWARDED_SECRET = None
        app.ctx.door = self
        app.register_middleware(self.refusal, "request")
        app.register_middleware(_not_kept, "response")
        app.error_handler.add(Exception, _in_one_sentence)
        app.error_handler.add(SanicException, _in_one_sentence)
        ready = Readiness(checks_of(app, self._action_urls, **self._stores))

        @app.get("/health")
        async def alive(_: Request) -> HTTPResponse:
            return response.json({"alive": True}, headers=HEADERS)

        @app.get("/ready")
        async def is_ready(_: Request) -> HTTPResponse:
            missing = await ready.not_ready()
            told: Dict[str, Any] = {"ready": not missing}
            if missing:
                told["not_ready"] = missing
            return response.json(told, status=503 if missing else 200, headers=HEADERS)

        if self._in_force.metrics:

            @app.get("/metrics")
            async def counts(request: Request) -> HTTPResponse:
                known = is_right(given_token(request), self._in_force.access_token)
                if not known and not is_from_here(request):
                    return _refused("token", 401, "Only this machine, or who knows the token, may ask this.")
                return response.raw(
                    generate_latest(metrics.REGISTRY), content_type=CONTENT_TYPE_LATEST, headers=HEADERS
                )

    async def refusal(self, request: Request) -> Optional[HTTPResponse]:
        """Return the answer to a request that is not let in, None for the others."""
        if request.route is None:
            return None
        path = request.route.path.strip("/")
        if path in CLOSED or (path.startswith(CLOSED) and path not in USED):
            return _refused("closed", 404, SENTENCES[404])
        if request.method == "POST" and path.startswith(TALK):
            return self._talk(request, path)
        reads = request.method in ("GET", "HEAD")
        if path in OPEN or (reads and path.startswith(OPEN_BELOW)):
            return None
        if not is_right(request.args.get("token"), self._in_force.api_token):
            return _refused("token", 401, "Rasa's API takes ?token= with the secret of SKILL_API_TOKEN.")
        return None

    def _talk(self, request: Request, path: str) -> Optional[HTTPResponse]:
        token = self._in_force.access_token
        if token is not None and not is_right(given_token(request), token):
            return _refused("token", 401, "This takes the header Authorization: Bearer with the skill's token.")
        if path != REST:
            # The page's words are read by its own routes, which ask `too_often` themselves.
            return None
        # Of a body above MOST_BYTES nothing is read; its announced length still tells.
        announced = request.headers.get("content-length", "")
        if len(request.body) > MOST_REST_BYTES or (announced.isdigit() and int(announced) > MOST_REST_BYTES):
            return _refused("size", 413, f"A request may have {MOST_REST_BYTES} bytes.")
        body = _rest_body(request)
        if body is None:
            return _refused("form", 400, 'The request must be a JSON object with "message", a string.')
        country = (body.get("metadata") or {}).get("country")
        words = self.too_often(request, f"rest:{body['sender']}", body["message"], country)
        if words is None:
            return None
        # In the form of any other answer, so that a client which looks at no status says it.
        said = [{"recipient_id": body["sender"], "text": words[0]}]
        return response.json(said, status=429, headers={**HEADERS, "Retry-After": str(words[1])})

    def too_often(
        self, request: Request, person: str, words: Optional[str], country: Optional[str] = None
    ) -> Optional[tuple[str, int]]:
        """Return what is said to somebody who comes too often, and when to come again (seconds).

        None lets them in: they come seldom enough, from this machine, or name a red flag.
        `words` is None for a request that says nothing.
        """
        if is_from_here(request):
            return None
        found: list[Optional[TooOften]] = [self._limits.count_request(address_of(request))]
        if words is not None:
            found.append(self._limits.count_turn(person))
        over = [one for one in found if one is not None]
        if not over or (words and names_a_red_flag(words)):
            return None
        metrics.REFUSED.labels("rate").inc()
        longest = max(over, key=lambda one: one.retry_after_s)
        where = country if isinstance(country, str) and country else self._in_force.country
        return sorry(longest, where), longest.retry_after_s


def _rest_body(request: Request) -> Optional[Dict[str, Any]]:
    """Return the body of a REST request in the form Rasa's channel expects, None if it has no words.

    Put right in place: who names no sender gets a talk of their own, not the one that all
    such senders share; the channel is REST whatever is claimed, for diaries go by it.
    """
    try:
        body = request.json
    except Exception:  # Sanic's own error, or a depth no parser takes
        return None
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return None
    sender = body.get("sender")
    named = isinstance(sender, str) and bool(sender.strip())
    body["sender"] = str(sender)[:MOST_SENDER] if named else uuid.uuid4().hex
    body.pop("input_channel", None)
    if not isinstance(body.get("metadata"), dict):
        body.pop("metadata", None)
    return body


def _not_kept(_: Request, answer: BaseHTTPResponse) -> None:
    """Let nobody on the way keep an answer that does not say itself for how long it may be kept."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if answer.content_type is None:  # Sanic would write the word None
        answer.content_type = "text/plain; charset=utf-8"


def _in_one_sentence(_: Request, error: Exception) -> HTTPResponse:
    """Return the answer to what ended in an error: nothing of the request, nothing of the inside."""
    status = getattr(error, "status_code", 500)
    if not isinstance(error, SanicException):
        logger.error("request failed error=%s", type(error).__name__)
    sentence = SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])
    headers = {**HEADERS, **getattr(error, "headers", {})}
    return response.json({"error": sentence}, status=status, headers=headers)


def _refused(reason: str, status: int, sentence: str) -> HTTPResponse:
    metrics.REFUSED.labels(reason).inc()
    return response.json({"error": sentence}, status=status, headers=HEADERS)

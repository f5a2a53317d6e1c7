"""The action servers as Rasa calls them, with no more patience than the turn has time.

Rasa waits five minutes for an action. A server that hangs would take the whole turn with
it, and with the turn what the user said; an action that is given up in time fails like one
whose server is gone: the policy speaks, and Rasa writes down what was said.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextvars import ContextVar
from typing import Any, List, Optional, Text, Tuple

import aiohttp
import ujson
from rasa.utils.endpoints import ClientResponseError, EndpointConfig, concat_url

from rasa_project.watch import metrics

logger = logging.getLogger(__name__)

TO_SPEAK_S = 1.0
"""Seconds of a turn kept for what is said instead, and for saving the conversation."""

LEAST_S = 0.3
"""Seconds that any action gets; one takes a few hundredths."""

REJECTED = 400
"""Status by which a form says that the answer was no answer: a turn like any other."""

MOST_BYTES = 4_000_000
"""Bytes of an answer that are read; the longest of ours has about 100,000."""

JSON = "application/json"

RUBBISH_SAID_EVERY_S = 600.0
"""Seconds after which the log says again that a server's answers are none."""

KEPT_OPEN_S = 2.0
"""Seconds that an idle connection is kept; the action server closes one after five, and a
connection must not be chosen while its other end is closing it."""

MOST_S = 5.0
"""Seconds that an action gets in a turn without a deadline (Rasa's own REST channel)."""

REST_S = 3.0
"""Seconds for which a server that hung is not asked: the turns after it shall not wait again."""

turn_ends_at: ContextVar[Optional[float]] = ContextVar("turn_ends_at", default=None)
"""When the turn that this code runs for must be answered (`time.monotonic`); None: whenever."""


class ActionServerRests(ConnectionError):
    """Every action server has just hung and is left alone for a moment."""


class AnswerTooLong(ValueError):
    """An action server sends more than any action says."""


class _BoundedEndpoint(EndpointConfig):
    """Rasa's endpoint, with an end to what it reads: rubbish may not fill the memory.

    Rasa's makes a session and a connection for each action; here they stay for the next one.
    """

    def __init__(self, url: Text) -> None:
        super().__init__(url=url)
        self._open: Optional[Tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession]] = None

    def session(self) -> aiohttp.ClientSession:
        """Return the session of the running event loop; it is not to be closed after a request."""
        loop = asyncio.get_running_loop()
        if self._open is None or self._open[0] is not loop or self._open[1].closed:
            # No limit: those who wait for a server that hangs may not keep others waiting.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_OPEN_S)
            # In a tenth of the time of Python's own; the body is made anew for every action.
            session = aiohttp.ClientSession(connector=connector, json_serialize=ujson.dumps)
            self._open = loop, session
        return self._open[1]

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        if self._open is not None:
            _, session = self._open
            self._open = None
            await session.close()

    async def request(
        self,
        method: Text = "post",
        subpath: Optional[Text] = None,
        content_type: Optional[Text] = JSON,
        compress: bool = False,
        **kwargs: Any,
    ) -> Optional[Any]:
        """Send a request and return the JSON that is the answer; see `EndpointConfig.request`.

        Raises:
            ClientResponseError: the status is an error.
            ValueError: the answer is longer than `MOST_BYTES`, or no JSON.
        """
        headers = {"Content-Type": content_type} if content_type else {}
        async with self.session().request(
            method,
            concat_url(self.url, subpath),
            headers=headers,
            compress=compress,
            allow_redirects=False,
            **kwargs,
        ) as response:
            body = b""
            while chunk := await response.content.readany():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise AnswerTooLong
            if response.status >= 300:
                raise ClientResponseError(response.status, response.reason, body)
            if response.content_type != JSON:
                raise ValueError("no JSON")
            return json.loads(body)


class _Server:
    """One action server, and how it did."""

    def __init__(self, url: Text) -> None:
        self.endpoint = _BoundedEndpoint(url=url)
        self.rests_until = float("-inf")
        self.failing = False
        self.rubbish_said_at = float("-inf")

    def failed(self, error: BaseException, rest_s: float = 0.0) -> None:
        self.rests_until = time.monotonic() + rest_s
        if not self.failing:
            self.failing = True
            logger.error("action server unavailable error=%s", type(error).__name__)

    def answered_rubbish(self, error: BaseException) -> None:
        # Good answers may lie between the bad ones, so it is time that keeps the lines few.
        if time.monotonic() - self.rubbish_said_at > RUBBISH_SAID_EVERY_S:
            self.rubbish_said_at = time.monotonic()
            logger.error("action server answers rubbish error=%s", type(error).__name__)

    def answered(self) -> None:
        if self.failing:
            self.failing = False
            logger.warning("action server back")


class ActionsInTime(EndpointConfig):
    """An action endpoint that keeps to `turn_ends_at` and takes its servers in turn."""

    def __init__(self, *urls: Text) -> None:
        """Take the action servers at `urls`, one at least."""
        super().__init__(url=urls[0])
        self._servers = [_Server(url) for url in urls]
        self._next = 0

    async def request(self, *args: Any, **kwargs: Any) -> Optional[Any]:
        """Call an action server; the next one where one cannot be connected to.

        An action that was begun is not tried elsewhere: it may have written already.

        Raises:
            asyncio.TimeoutError: it did not answer while there was time.
            ConnectionError, aiohttp.ClientError: there is none, or it died on the way.
        """
        error: BaseException = ActionServerRests()
        for server in self._in_turn():
            try:
                answer = await server.endpoint.request(
                    *args, **{**kwargs, "timeout": self._time_left()}
                )
            except aiohttp.ClientConnectorError as refused:
                server.failed(refused)
                error = refused
                continue
            except asyncio.TimeoutError as hung:
                server.failed(hung, REST_S)
                _count("deadline")
                raise
            except (aiohttp.ServerConnectionError, aiohttp.ClientOSError) as died:
                server.failed(died)
                _count("unreachable")
                raise
            except ClientResponseError as answered:
                if answered.status != REJECTED:
                    server.answered_rubbish(answered)
                    _count("answer")
                raise
            except Exception as rubbish:
                server.answered_rubbish(rubbish)
                _count("answer")
                raise
            server.answered()
            return answer
        _count("unreachable")
        raise error

    async def close(self) -> None:
        """Close the connections to all servers."""
        for server in self._servers:
            await server.endpoint.close()

    def _in_turn(self) -> List[_Server]:
        """Return the servers that may be asked, those that answered last first."""
        self._next = (self._next + 1) % len(self._servers)
        turned = self._servers[self._next :] + self._servers[: self._next]
        awake = [s for s in turned if s.rests_until <= time.monotonic()]
        return sorted(awake, key=lambda server: server.failing)

    @staticmethod
    def _time_left() -> float:
        ends_at = turn_ends_at.get()
        if ends_at is None:
            return MOST_S
        return max(ends_at - TO_SPEAK_S - time.monotonic(), LEAST_S)


def _count(failure: Text) -> None:
    metrics.ACTION_FAILURES.labels(failure).inc()


def actions_at(*urls: Text) -> ActionsInTime:
    """Return the endpoint of the action servers at `urls`."""
    return ActionsInTime(*urls)

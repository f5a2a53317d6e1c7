"""The action server as Rasa calls it, with no more patience than the turn has time.

Rasa waits five minutes for an action. A server that hangs would take the whole turn with
it, and with the turn what the user said; an action that is given up in time fails like one
whose server is gone: the policy speaks, and Rasa writes down what was said.
"""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import Any, Optional, Text

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from rasa_project.watch import metrics

TO_SPEAK_S = 1.0
"""Seconds of a turn kept for what is said instead, and for saving the conversation."""

LEAST_S = 0.3
"""Seconds that any action gets; one takes a few hundredths."""

REJECTED = 400
"""Status by which a form says that the answer was no answer: a turn like any other."""

turn_ends_at: ContextVar[Optional[float]] = ContextVar("turn_ends_at", default=None)
"""When the turn that this code runs for must be answered (`time.monotonic`); None: whenever."""


class ActionsInTime(EndpointConfig):
    """An action endpoint that keeps to `turn_ends_at`."""

    async def request(self, *args: Any, **kwargs: Any) -> Optional[Any]:
        """Call the action server.

        Raises:
            asyncio.TimeoutError: it did not answer while there was time.
        """
        ends_at = turn_ends_at.get()
        if ends_at is not None:
            kwargs["timeout"] = max(ends_at - TO_SPEAK_S - time.monotonic(), LEAST_S)
        try:
            return await super().request(*args, **kwargs)
        except asyncio.TimeoutError:
            metrics.ACTION_FAILURES.labels("deadline").inc()
            raise
        except aiohttp.ClientConnectionError:
            metrics.ACTION_FAILURES.labels("unreachable").inc()
            raise
        except ClientResponseError as error:
            if error.status != REJECTED:
                metrics.ACTION_FAILURES.labels("answer").inc()
            raise
        except Exception:
            metrics.ACTION_FAILURES.labels("answer").inc()
            raise


def actions_at(url: Text) -> ActionsInTime:
    """Return the endpoint of the action server at `url`."""
    return ActionsInTime(url=url)

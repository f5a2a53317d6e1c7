"""The action server as Rasa calls it, with no more patience than the turn has time.

Rasa waits five minutes for an action. A server that hangs would take the whole turn with
it, and with the turn what the user said; an action that is given up in time fails like one
whose server is gone: the policy speaks, and Rasa writes down what was said.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from typing import Any, Optional, Text

from rasa.utils.endpoints import EndpointConfig

TO_SPEAK_S = 1.0
"""Seconds of a turn kept for what is said instead, and for saving the conversation."""

LEAST_S = 0.3
"""Seconds that any action gets; one takes a few hundredths."""

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
        return await super().request(*args, **kwargs)


def actions_at(url: Text) -> ActionsInTime:
    """Return the endpoint of the action server at `url`."""
    return ActionsInTime(url=url)

"""The picture of the step that is being coached: fetched, kept, and taken away in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

_LOGGER = logging.getLogger(__name__)

PICTURE = "picture"
"""Key of an answer's context: a picture, None for nothing; left out when what is shown stays."""

MOST_STAYS_S = 3600.0
"""Longest time without a word that a picture may stay, whatever the skill says."""

Fetch = Callable[[dict[str, Any]], Awaitable[bytes | None]]
"""Returns the PNG of a picture, None when it cannot be had; does not raise."""


class StepShown:
    """What a screen shows; the newest step of any loudspeaker, and only that one's end takes it away."""

    def __init__(self, hass: HomeAssistant, fetch: Fetch) -> None:
        """Show nothing yet."""
        self._hass, self._fetch = hass, fetch
        self.png: bytes | None = None
        self.title: str | None = None
        self.description: str | None = None
        self.changed_at: datetime | None = None
        self._owner: str | None = None
        self._wanted: dict[str, Any] | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._end_of_stay: CALLBACK_TYPE | None = None
        self._listeners: list[CALLBACK_TYPE] = []

    @callback
    def listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call `listener` after every change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def after(self, owner: str, context: dict[str, Any]) -> None:
        """Take what an answer to `owner`, a loudspeaker or a dialogue, says about the picture."""
        if PICTURE not in context:
            if owner == self._owner and self._wanted is not None:
                self._stay(self._wanted)
            return
        wanted = context[PICTURE]
        if not isinstance(wanted, dict):
            self.clear(owner)
            return
        same = wanted == self._wanted and self.png is not None
        self._owner, self._wanted = owner, wanted
        self._stay(wanted)
        if same:
            return
        self._end_fetching()
        # In the background: the words do not wait for it.
        self._fetching = self._hass.async_create_background_task(
            self._show(wanted), "unknot picture"
        )

    @callback
    def clear(self, owner: str | None = None) -> None:
        """Show nothing; with an `owner`, only where the picture is of that one's exercise."""
        if owner is not None and owner != self._owner:
            return
        self._end_fetching()
        if self._end_of_stay is not None:
            self._end_of_stay()
            self._end_of_stay = None
        self._owner = self._wanted = None
        self._put(None, None, None)

    def _end_fetching(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None

    async def _show(self, wanted: dict[str, Any]) -> None:
        png = await self._fetch(wanted)
        if png is None:
            # A picture of the step before would be wrong now.
            _LOGGER.debug("No picture could be had")
            self._put(None, None, None)
            return
        title, description = wanted.get("title"), wanted.get("description")
        self._put(
            png,
            title if isinstance(title, str) else None,
            description if isinstance(description, str) else None,
        )

    @callback
    def _stay(self, wanted: dict[str, Any]) -> None:
        """Let the picture go once nobody has spoken for as long as the skill keeps an exercise."""
        if self._end_of_stay is not None:
            self._end_of_stay()
        given = wanted.get("stays_s")
        known = isinstance(given, (int, float)) and not isinstance(given, bool) and given > 0
        self._end_of_stay = async_call_later(
            self._hass, min(float(given), MOST_STAYS_S) if known else MOST_STAYS_S, self._too_long
        )

    @callback
    def _too_long(self, _: datetime) -> None:
        self._end_of_stay = None
        self.clear()

    @callback
    def _put(self, png: bytes | None, title: str | None, description: str | None) -> None:
        if png is None and self.png is None:
            return
        self.png, self.title, self.description = png, title, description
        self.changed_at = dt_util.utcnow() if png is not None else None
        for listener in list(self._listeners):
            listener()

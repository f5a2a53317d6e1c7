"""Speaks again when a hold is over: what comes after a step's first pause, at its time."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from homeassistant.components.assist_satellite import (
    DOMAIN as SATELLITE,
    AssistSatelliteEntityFeature,
)
from homeassistant.const import ATTR_ENTITY_ID, ATTR_SUPPORTED_FEATURES
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event

_LOGGER = logging.getLogger(__name__)

LISTENING, IDLE = "listening", "idle"
SPEAKING_MOST_S = 60.0
"""Longest time that the words before the pause are waited for."""

SETTLE_S = 0.5
"""A satellite is idle for a moment between understanding and speaking."""


def _nothing() -> None:
    """Nobody is subscribed any more."""


class Holds:
    """The holds that are being timed, one a satellite."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Time nothing yet."""
        self._hass = hass
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def running(self) -> int:
        """How many holds are being timed."""
        return len(self._running)

    def can_time(self, satellite_id: str | None) -> bool:
        """Return whether the satellite can be made to speak later."""
        return bool(self._features(satellite_id) & AssistSatelliteEntityFeature.ANNOUNCE)

    def start(self, satellite_id: str, timeline: list[dict[str, Any]]) -> None:
        """Speak a timeline on a satellite, in place of one that may be running there."""
        self.cancel(satellite_id)
        task = self._hass.async_create_background_task(
            self._play(satellite_id, timeline), f"unknot hold {satellite_id}"
        )
        self._running[satellite_id] = task
        task.add_done_callback(lambda done: self._ended(satellite_id, done))

    def cancel(self, satellite_id: str | None) -> None:
        """End the hold of a satellite: somebody speaks."""
        task = self._running.pop(satellite_id, None) if satellite_id else None
        if task is not None:
            task.cancel()

    def cancel_all(self) -> None:
        """End all holds."""
        for satellite_id in list(self._running):
            self.cancel(satellite_id)

    def _ended(self, satellite_id: str, done: asyncio.Task[None]) -> None:
        if self._running.get(satellite_id) is done:
            del self._running[satellite_id]

    def _features(self, satellite_id: str | None) -> AssistSatelliteEntityFeature:
        state = self._hass.states.get(satellite_id) if satellite_id else None
        features = state.attributes.get(ATTR_SUPPORTED_FEATURES, 0) if state else 0
        return AssistSatelliteEntityFeature(features)

    async def _play(self, satellite_id: str, timeline: list[dict[str, Any]]) -> None:
        await self._until_silent(satellite_id)
        stop = async_track_state_change_event(
            self._hass, satellite_id, self._cancel_when_listening
        )
        try:
            last = max((n for n, part in enumerate(timeline) if "say" in part), default=-1)
            for number, part in enumerate(timeline):
                if "pause_s" in part:
                    await asyncio.sleep(float(part["pause_s"]))
                elif number == last:
                    # From here on listening is what it leads to, not an interruption.
                    stop, unsubscribe = _nothing, stop
                    unsubscribe()
                    await self._speak(satellite_id, str(part["say"]), then_listen=True)
                else:
                    await self._speak(satellite_id, str(part["say"]), then_listen=False)
        except HomeAssistantError as error:
            _LOGGER.warning("A hold could not be spoken: %s", type(error).__name__)
        finally:
            stop()

    async def _until_silent(self, satellite_id: str) -> None:
        """Wait until the satellite has said what came before the pause."""
        try:
            async with asyncio.timeout(SPEAKING_MOST_S):
                await asyncio.sleep(SETTLE_S)
                while (state := self._hass.states.get(satellite_id)) and state.state != IDLE:
                    await asyncio.sleep(SETTLE_S / 5)
        except TimeoutError:
            return

    @callback
    def _cancel_when_listening(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if state is not None and state.state == LISTENING:
            self.cancel(event.data["entity_id"])

    async def _speak(self, satellite_id: str, words: str, then_listen: bool) -> None:
        can_listen = self._features(satellite_id) & AssistSatelliteEntityFeature.START_CONVERSATION
        target = {ATTR_ENTITY_ID: satellite_id, "preannounce": False}
        if then_listen and can_listen:
            try:
                await self._call("start_conversation", {**target, "start_message": words})
                return
            except HomeAssistantError:
                # Its assistant is another one by now; the words are still due.
                _LOGGER.debug("No conversation could be started; announcing instead")
        await self._call("announce", {**target, "message": words})

    async def _call(self, action: str, data: dict[str, Any]) -> None:
        await self._hass.services.async_call(SATELLITE, action, data, blocking=True)

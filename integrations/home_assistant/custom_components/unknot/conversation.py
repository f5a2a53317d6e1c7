"""The conversation agent: passes sentences to the skill and opens the microphone again."""

from __future__ import annotations

import logging
from typing import Any

from homeassistant.components import conversation
from homeassistant.components.assist_satellite import DOMAIN as SATELLITE
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import intent
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import UnknotConfigEntry
from .client import Answer, CannotConnect, say
from .const import LANGUAGE, UNREACHABLE
from .device import device_of

_LOGGER = logging.getLogger(__name__)


async def async_setup_entry(
    hass: HomeAssistant, entry: UnknotConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add the agent."""
    add([UnknotAgent(entry)])


class UnknotAgent(conversation.ConversationEntity):
    """The skill as an agent of Home Assistant."""

    _attr_has_entity_name = True
    # The device's name is the agent's.
    _attr_name = None

    def __init__(self, entry: UnknotConfigEntry) -> None:
        """Speak for the skill that the entry names."""
        self._entry = entry
        self._attr_unique_id = entry.entry_id
        self._attr_device_info = device_of(entry)

    @property
    def supported_languages(self) -> list[str]:
        """The skill speaks English; Home Assistant matches en-GB and its kin."""
        return [LANGUAGE]

    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        """Pass a sentence on and speak the answer."""
        satellite_id = self._satellite_of(user_input)
        holds, shown = self._entry.runtime_data.holds, self._entry.runtime_data.shown
        speaker = satellite_id or user_input.device_id or chat_log.conversation_id
        # Whoever speaks ends the hold: above all who says stop.
        holds.cancel(satellite_id)
        response = intent.IntentResponse(language=user_input.language)
        try:
            answer = await self._ask(user_input, chat_log, satellite_id)
        except CannotConnect:
            _LOGGER.warning("The skill does not answer")
            shown.clear(speaker)
            response.async_set_error(intent.IntentResponseErrorCode.FAILED_TO_HANDLE, UNREACHABLE)
            return conversation.ConversationResult(response, chat_log.conversation_id)
        response.async_set_speech(answer.text)
        shown.after(speaker, answer.context)
        waits = bool(satellite_id and answer.timeline)
        if satellite_id and answer.timeline:
            holds.start(satellite_id, answer.timeline)
        return conversation.ConversationResult(
            response,
            chat_log.conversation_id,
            # In a hold the microphone opens at its end, with the words that go there.
            continue_conversation=answer.expects_answer and not waits,
        )

    async def _ask(
        self,
        user_input: conversation.ConversationInput,
        chat_log: conversation.ChatLog,
        satellite_id: str | None,
    ) -> Answer:
        context: dict[str, Any] = {"conversation_id": chat_log.conversation_id}
        if user_input.device_id:
            context["device_id"] = user_input.device_id
        if satellite_id:
            context["satellite_id"] = satellite_id
        if self.hass.config.country:
            context["country"] = self.hass.config.country
        if self._entry.runtime_data.holds.can_time(satellite_id):
            context["times_holds"] = True
        data = self._entry.data
        return await say(data[CONF_HOST], data[CONF_PORT], user_input.text, context)

    def _satellite_of(self, user_input: conversation.ConversationInput) -> str | None:
        """Return the satellite that heard this, by its device before Home Assistant 2025.10."""
        given = getattr(user_input, "satellite_id", None)
        if given or not user_input.device_id:
            return given
        registry = er.async_get(self.hass)
        entries = er.async_entries_for_device(registry, user_input.device_id)
        return next((e.entity_id for e in entries if e.domain == SATELLITE), None)

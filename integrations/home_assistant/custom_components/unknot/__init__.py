"""Unknot: a voice coach for a back in spasm, as a conversation agent of Home Assistant."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady

from .client import CannotConnect, NotUnknot, describe
from .holds import Holds

PLATFORMS = [Platform.CONVERSATION]

type UnknotConfigEntry = ConfigEntry[Holds]


async def async_setup_entry(hass: HomeAssistant, entry: UnknotConfigEntry) -> bool:
    """Set up the agent once the skill answers."""
    try:
        await describe(entry.data[CONF_HOST], entry.data[CONF_PORT])
    except (CannotConnect, NotUnknot) as error:
        raise ConfigEntryNotReady("The skill does not answer there") from error
    entry.runtime_data = Holds(hass)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: UnknotConfigEntry) -> bool:
    """Take the agent away and end the holds that are being timed."""
    entry.runtime_data.cancel_all()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)

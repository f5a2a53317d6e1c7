"""Unknot: a voice coach for a back in spasm, as a conversation agent of Home Assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady

from .client import CannotConnect, NotUnknot, describe, picture
from .holds import Holds
from .shown import StepShown

PLATFORMS = [Platform.CONVERSATION, Platform.IMAGE]


@dataclass
class Running:
    """What an entry keeps while it is loaded."""

    holds: Holds
    shown: StepShown


type UnknotConfigEntry = ConfigEntry[Running]


async def async_setup_entry(hass: HomeAssistant, entry: UnknotConfigEntry) -> bool:
    """Set up the agent once the skill answers."""
    try:
        await describe(entry.data[CONF_HOST], entry.data[CONF_PORT])
    except (CannotConnect, NotUnknot) as error:
        raise ConfigEntryNotReady("The skill does not answer there") from error

    async def fetch(wanted: dict[str, Any]) -> bytes | None:
        return await picture(entry.data[CONF_HOST], entry.data[CONF_PORT], wanted)

    entry.runtime_data = Running(Holds(hass), StepShown(hass, fetch))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: UnknotConfigEntry) -> bool:
    """Take the agent away, end the holds that are being timed, and show nothing."""
    entry.runtime_data.holds.cancel_all()
    entry.runtime_data.shown.clear()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)

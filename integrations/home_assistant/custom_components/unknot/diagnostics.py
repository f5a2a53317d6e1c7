"""What helps to find a fault: places and versions, never what anybody said."""

from __future__ import annotations

from typing import Any

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant

from . import UnknotConfigEntry
from .client import CannotConnect, NotUnknot, describe


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: UnknotConfigEntry
) -> dict[str, Any]:
    """Return the state of the connection."""
    try:
        skill: Any = await describe(entry.data[CONF_HOST], entry.data[CONF_PORT])
    except (CannotConnect, NotUnknot) as error:
        skill = type(error).__name__
    return {
        "port": entry.data[CONF_PORT],
        "skill": skill,
        "holds_being_timed": entry.runtime_data.holds.running,
        "picture_is_shown": entry.runtime_data.shown.png is not None,
        "country_is_set": bool(hass.config.country),
    }

"""The one device under which Home Assistant lists what belongs to a skill."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from .const import DOMAIN, TITLE


def device_of(entry: ConfigEntry) -> DeviceInfo:
    """Return the device of an entry."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)}, name=TITLE, entry_type=DeviceEntryType.SERVICE
    )

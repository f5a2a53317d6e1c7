"""The picture of the step under way, for a dashboard beside the one who lies on the floor."""

from __future__ import annotations

from typing import Any

from homeassistant.components.image import ImageEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import UnknotConfigEntry
from .device import device_of


async def async_setup_entry(
    hass: HomeAssistant, entry: UnknotConfigEntry, add: AddConfigEntryEntitiesCallback
) -> None:
    """Add the picture."""
    add([CurrentStep(hass, entry)])


class CurrentStep(ImageEntity):
    """Shows the step that is being coached; its state is unknown while there is none."""

    _attr_has_entity_name = True
    _attr_translation_key = "current_step"
    _attr_content_type = "image/png"
    # Which exercise somebody did when is nobody's business a week later.
    _unrecorded_attributes = frozenset({"exercise", "description"})

    def __init__(self, hass: HomeAssistant, entry: UnknotConfigEntry) -> None:
        """Show what the entry's skill coaches."""
        super().__init__(hass)
        self._shown = entry.runtime_data.shown
        self._attr_unique_id = f"{entry.entry_id}_current_step"
        self._attr_device_info = device_of(entry)

    async def async_added_to_hass(self) -> None:
        """Follow the steps."""
        await super().async_added_to_hass()
        self.async_on_remove(self._shown.listen(self._changed))

    def _changed(self) -> None:
        self._attr_image_last_updated = self._shown.changed_at
        self.async_write_ha_state()

    @property
    def entity_picture(self) -> str | None:
        """Return the address of the picture; none stands for nothing, not for a broken image."""
        return super().entity_picture if self._shown.png is not None else None

    @property
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what the picture shows, for those who cannot see it."""
        if self._shown.png is None:
            return {}
        return {"exercise": self._shown.title, "description": self._shown.description}

    async def async_image(self) -> bytes | None:
        """Return the PNG, None while no step is coached."""
        return self._shown.png

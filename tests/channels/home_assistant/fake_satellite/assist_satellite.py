"""The satellite entity."""

from __future__ import annotations

from homeassistant.components.assist_satellite import (
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
    AssistSatelliteEntityFeature,
)

SAID: list[tuple[str, str]] = []


async def async_setup_platform(hass, config, add, discovery_info=None):
    add([FakeSatellite()])


class FakeSatellite(AssistSatelliteEntity):
    _attr_name = "Kitchen"
    _attr_unique_id = "kitchen"
    _attr_supported_features = (
        AssistSatelliteEntityFeature.ANNOUNCE | AssistSatelliteEntityFeature.START_CONVERSATION
    )

    def async_get_configuration(self):
        return AssistSatelliteConfiguration([], [], 0)

    async def async_set_configuration(self, config):
        pass

    # Without a voice engine nothing can be synthesised; the words are what matters here.
    async def async_internal_announce(self, message=None, **_):
        SAID.append(("announce", message))

    async def async_internal_start_conversation(self, start_message=None, **_):
        SAID.append(("start_conversation", start_message))

    def on_pipeline_event(self, event):
        pass

"""Stands for Home Assistant's pages, without which its core does not start."""


async def async_setup(hass, config):
    return True

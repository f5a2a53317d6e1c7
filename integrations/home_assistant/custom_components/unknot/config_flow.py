"""Asks where the skill is, and whether it is there."""

from __future__ import annotations

from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .client import CannotConnect, NotUnknot, describe
from .const import DEFAULT_PORT, DOMAIN, TITLE


def _form(given: dict[str, Any]) -> vol.Schema:
    return vol.Schema(
        {
            vol.Required(CONF_HOST, default=given.get(CONF_HOST, vol.UNDEFINED)): str,
            vol.Required(CONF_PORT, default=given.get(CONF_PORT, DEFAULT_PORT)): vol.All(
                int, vol.Range(1, 65535)
            ),
        }
    )


class UnknotConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up one skill."""

    VERSION = 1

    def __init__(self) -> None:
        """Nothing is found yet."""
        self._found: dict[str, Any] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for host and port."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._async_abort_entries_match(user_input)
            error = await _problem(user_input)
            if error is None:
                return self.async_create_entry(title=TITLE, data=user_input)
            errors["base"] = error
        return self.async_show_form(
            step_id="user", data_schema=_form(user_input or {}), errors=errors
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the skill has gone."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            error = await _problem(user_input)
            if error is None:
                return self.async_update_reload_and_abort(entry, data=user_input)
            errors["base"] = error
        return self.async_show_form(
            step_id="reconfigure", data_schema=_form(user_input or dict(entry.data)), errors=errors
        )

    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Offer a skill that was found in the network."""
        found = {CONF_HOST: discovery_info.host, CONF_PORT: discovery_info.port}
        self._async_abort_entries_match(found)
        await self.async_set_unique_id(discovery_info.name)
        self._abort_if_unique_id_configured(updates=found)
        if await _problem(found) is not None:
            return self.async_abort(reason="cannot_connect")
        self._found = found
        self._set_confirm_only()
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether the skill that was found shall be used."""
        if user_input is not None:
            return self.async_create_entry(title=TITLE, data=self._found)
        return self.async_show_form(
            step_id="confirm", description_placeholders={"host": str(self._found[CONF_HOST])}
        )


async def _problem(where: dict[str, Any]) -> str | None:
    """Return what is wrong with a place, None when the skill answers there."""
    try:
        await describe(where[CONF_HOST], where[CONF_PORT])
    except CannotConnect:
        return "cannot_connect"
    except NotUnknot:
        return "not_unknot"
    return None

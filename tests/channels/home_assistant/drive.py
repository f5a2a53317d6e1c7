"""Runs a real Home Assistant core with the integration and prints what happened, as JSON.

    python drive.py <configuration folder> <port of the skill> <port of another Wyoming server>

Run by `test_home_assistant.py` with the Python that Home Assistant is installed for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys

from homeassistant import bootstrap, runner
from homeassistant.components import conversation
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import Context
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

FOLDER, PORT, OTHER = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
HOST = "127.0.0.1"


async def flow(hass, domain, **given):
    """Go through a config flow and return its last step."""
    started = await hass.config_entries.flow.async_init(domain, context={"source": SOURCE_USER})
    return await hass.config_entries.flow.async_configure(started["flow_id"], given)


async def say(hass, agent, text, conversation_id=None, device_id=None):
    result = await conversation.async_converse(
        hass, text, conversation_id, Context(), language="en", agent_id=agent, device_id=device_id
    )
    speech = result.response.as_dict()["speech"]["plain"]["speech"]
    return {
        "text": speech,
        "type": result.response.response_type.value,
        "conversation_id": result.conversation_id,
        "continue": result.continue_conversation,
    }


async def exercise(hass, agent, device_id):
    """Answer everything calmly until a hold is timed; return the last answer."""
    entry = hass.config_entries.async_entries("unknot")[0]
    answer = await say(hass, agent, "My back's cramped.", device_id=device_id)
    for _ in range(40):
        if entry.runtime_data.running:
            return answer
        text = answer["text"].lower()
        words = "no"
        if "ten" in text and "pain" in text or "0 to 10" in text:
            words = "six"
        elif "floor" in text and "?" in text:
            words = "the floor is fine"
        elif "?" not in text:
            words = "next"
        answer = await say(hass, agent, words, device_id=device_id)
    raise AssertionError(answer)


async def main():
    hass = await bootstrap.async_setup_hass(
        runner.RuntimeConfig(config_dir=FOLDER, skip_pip=True, safe_mode=False)
    )
    assert hass is not None
    await hass.async_start()
    await hass.async_block_till_done()
    seen = {}
    for name, port in (("closed", 1), ("other", OTHER), ("right", PORT), ("again", PORT)):
        step = await flow(hass, "unknot", host=HOST, port=port)
        seen[f"flow_{name}"] = {k: step.get(k) for k in ("type", "errors", "reason", "title")}
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    entry = hass.config_entries.async_entries("unknot")[0]
    agent = next(e.entity_id for e in registry.entities.values() if e.config_entry_id == entry.entry_id)
    seen["agent"], seen["entry"] = agent, entry.state.value

    seen["hello"] = await say(hass, agent, "Hello.")
    seen["flag"] = await say(hass, agent, "I can't feel anything between my legs", seen["hello"]["conversation_id"])
    seen["bye"] = await say(hass, agent, "goodbye", seen["hello"]["conversation_id"])

    # A loudspeaker that can be made to speak.
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("test", "kitchen")}
    )
    satellite = registry.async_get_entity_id("assist_satellite", "fake_satellite", "kitchen")
    registry.async_update_entity(satellite, device_id=device.id)
    from custom_components.fake_satellite.assist_satellite import SAID

    holds = entry.runtime_data
    seen["hold"] = await exercise(hass, agent, device.id)
    seen["hold_runs"] = holds.running
    seen["stop"] = await say(hass, agent, "stop", device_id=device.id)
    seen["hold_runs_after_stop"] = holds.running
    SAID.clear()
    parts = [{"pause_s": 0.1}, {"say": "Five seconds more."}, {"pause_s": 0.1}, {"say": "And ease off."}]
    holds.start(satellite, parts)
    await asyncio.sleep(2.5)
    seen["spoken"], seen["holds_left"] = list(SAID), holds.running
    SAID.clear()
    holds.start(satellite, [{"pause_s": 0.8}, {"say": "Too late."}])
    await asyncio.sleep(0.7)
    state = hass.states.get(satellite)
    hass.states.async_set(satellite, "listening", state.attributes)
    await asyncio.sleep(1.5)
    seen["spoken_while_listening"] = list(SAID)
    hass.states.async_set(satellite, "idle", state.attributes)

    from custom_components.unknot.diagnostics import async_get_config_entry_diagnostics

    seen["diagnostics"] = await async_get_config_entry_diagnostics(hass, entry)

    # The stock Wyoming integration.
    try:
        step = await flow(hass, "wyoming", host=HOST, port=PORT)
        await hass.async_block_till_done()
        stock = hass.config_entries.async_entries("wyoming")[0]
        agent_2 = next(e.entity_id for e in registry.entities.values() if e.config_entry_id == stock.entry_id)
        seen["stock"] = await say(hass, agent_2, "My back's cramped.")
        seen["stock_title"] = step.get("title")
        seen["stock_entity"] = agent_2
    except Exception as error:  # the package of the stock integration is not installed here
        seen["stock_error"] = f"{type(error).__name__}: {error}"

    hass.config_entries.async_update_entry(entry, data={"host": HOST, "port": 1})
    seen["unreachable"] = await say(hass, agent, "hello")
    seen["unloaded"] = await hass.config_entries.async_unload(entry.entry_id)
    print("SEEN " + json.dumps(seen, default=str), flush=True)
    await hass.async_stop(force=True)


logging.basicConfig(level=logging.ERROR)
asyncio.run(main())

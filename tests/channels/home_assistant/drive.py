"""Runs a real Home Assistant core with the integration and prints what happened, as JSON.

    python drive.py <configuration folder> <port of the skill> <port of another Wyoming server>

Run by `test_home_assistant.py` with the Python that Home Assistant is installed for.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import sys

from homeassistant import bootstrap, runner
from homeassistant.components import conversation
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import Context
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession

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


async def exercise(hass, agent, device_id, until):
    """Answer everything calmly until something is the case; return the last answer."""
    answer = await say(hass, agent, "My back's cramped.", device_id=device_id)
    for _ in range(40):
        if until():
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


async def screen(hass, entity_id):
    """Return what a dashboard shows: the state, the words, and the picture as a browser gets it."""
    fetching = hass.config_entries.async_entries("unknot")[0].runtime_data.shown._fetching
    if fetching is not None:
        await asyncio.wait([fetching])
    state = hass.states.get(entity_id)
    token = state.attributes["access_token"]
    address = f"http://{HOST}:{hass.config.api.port}/api/image_proxy/{entity_id}?token={token}"
    async with async_get_clientsession(hass).get(address) as response:
        png = await response.read() if response.status == 200 else b""
    return {
        "state": state.state,
        "name": state.name,
        "linked": bool(state.attributes.get("entity_picture")),
        "exercise": state.attributes.get("exercise"),
        "description": state.attributes.get("description"),
        "png": base64.b64encode(png).decode(),
    }


async def without_pictures(reader, writer):
    """The skill as one that draws nothing: words pass, a question for a picture meets a closed door."""
    asked = await reader.readline()
    if b"unknot-picture" not in asked:
        from_skill, to_skill = await asyncio.open_connection(HOST, PORT)
        to_skill.write(asked)
        while piece := await from_skill.read(4096):
            writer.write(piece)
            if b'"handled"' in piece:
                to_skill.write_eof()
        to_skill.close()
    writer.close()


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
    ours = [e for e in registry.entities.values() if e.config_entry_id == entry.entry_id]
    agent = next(e.entity_id for e in ours if e.domain == "conversation")
    picture = next(e.entity_id for e in ours if e.domain == "image")
    seen["picture_entity"], seen["screen_before"] = picture, await screen(hass, picture)
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

    holds, shown = entry.runtime_data.holds, entry.runtime_data.shown
    seen["hold"] = await exercise(hass, agent, device.id, lambda: holds.running)
    seen["hold_runs"] = holds.running
    seen["steps"] = [await screen(hass, picture)]
    # Somebody in another room says goodbye.
    await say(hass, agent, "goodbye", seen["hello"]["conversation_id"])
    await say(hass, agent, "pause", device_id=device.id)
    seen["screen_paused"] = await screen(hass, picture)
    await say(hass, agent, "what is a muscle spasm", device_id=device.id)
    seen["screen_answered"] = await screen(hass, picture)

    from custom_components.unknot.diagnostics import async_get_config_entry_diagnostics

    seen["diagnostics_shown"] = await async_get_config_entry_diagnostics(hass, entry)
    for _ in range(3):
        await say(hass, agent, "next", device_id=device.id)
        seen["steps"].append(await screen(hass, picture))
    seen["stop"] = await say(hass, agent, "stop", device_id=device.id)
    seen["hold_runs_after_stop"] = holds.running
    seen["screen_stopped"] = await screen(hass, picture)
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

    # A picture of a step goes when the next one's cannot be had; the words come all the same.
    attic = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("test", "attic")}
    )
    await exercise(hass, agent, attic.id, lambda: shown.png)
    seen["screen_with_pictures"] = await screen(hass, picture)
    plain = await asyncio.start_server(without_pictures, HOST, 0)
    port = plain.sockets[0].getsockname()[1]
    hass.config_entries.async_update_entry(entry, data={"host": HOST, "port": port})
    seen["without_pictures"] = [await say(hass, agent, "next", device_id=attic.id) for _ in range(3)]
    seen["screen_without_pictures"] = await screen(hass, picture)
    plain.close()

    # Nobody speaks any more; then the skill is gone; then there is an emergency.
    right, wrong = {"host": HOST, "port": PORT}, {"host": HOST, "port": 1}
    hass.config_entries.async_update_entry(entry, data=right)
    await say(hass, agent, "repeat", device_id=attic.id)
    seen["screen_again"] = await screen(hass, picture)
    shown.after(attic.id, {"picture": {**shown._wanted, "stays_s": 0.2}})
    await asyncio.sleep(0.5)
    seen["screen_left_alone"] = await screen(hass, picture)
    await say(hass, agent, "repeat", device_id=attic.id)
    seen["screen_reachable"] = await screen(hass, picture)
    hass.config_entries.async_update_entry(entry, data=wrong)
    seen["unreachable"] = await say(hass, agent, "repeat", device_id=attic.id)
    seen["screen_unreachable"] = await screen(hass, picture)
    hass.config_entries.async_update_entry(entry, data=right)
    await say(hass, agent, "repeat", device_id=attic.id)
    seen["screen_before_flag"] = await screen(hass, picture)
    flag = "I can't feel anything between my legs"
    seen["flag_in_step"] = await say(hass, agent, flag, device_id=attic.id)
    seen["screen_after_flag"] = await screen(hass, picture)

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

    seen["unloaded"] = await hass.config_entries.async_unload(entry.entry_id)
    print("SEEN " + json.dumps(seen, default=str), flush=True)
    await hass.async_stop(force=True)


logging.basicConfig(level=logging.ERROR)
asyncio.run(main())

"""The same turns through every channel: what a channel costs beside the skill itself.

Model, actions and channels run in this process, and each channel is asked as its client asks
it, over a socket of this machine. So the difference to the core's own time is the channel's.
"""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from typing import Any

import aiohttp

from bench.conversations import script
from bench.doors import Say, doors
from bench.measurements import WARM_UP_TURNS, Note, turn_times
from bench.speakers import Turn

NOTED = 24
"""Turns of one conversation; after so many it is said how far the measurement is."""


async def channel_times(turns: int, note: Note) -> dict[str, Any]:
    """Return the spread of the times of `turns` turns through each channel.

    Each turn goes through all of them before the next one comes, so that whatever else the
    machine does falls on all alike.

    Raises:
        BenchError: no model of the present inputs is there.
    """
    said = list(islice(script("ours").turns("said"), WARM_UP_TURNS + turns))
    note("loading the skill")
    async with doors() as opened:
        taken: dict[str, list[Turn]] = {name: [] for name in opened}
        for number, (sender, text) in enumerate(said):
            if number % NOTED == 0:
                note(f"turn {number + 1} of {len(said)} through {len(opened)} channels")
            for place, (name, say) in enumerate(opened.items()):
                taken[name].append(await _timed(say, f"{sender}_{place}", text))
    each = [
        {"name": name, **turn_times(found), "silent": sum(turn.is_silent for turn in found)}
        for name, found in ((name, all_of_it[WARM_UP_TURNS:]) for name, all_of_it in taken.items())
    ]
    return {"turns": turns, "each": each}


async def _timed(say: Say, sender: str, text: str) -> Turn:
    began = time.perf_counter()
    said: tuple[str, ...] | None = None
    try:
        said = await say(sender, text)
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError):
        pass  # a lost turn
    return Turn(sender, text, (time.perf_counter() - began) * 1000, said)

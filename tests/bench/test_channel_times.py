"""A few turns of the real measurement through every channel."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from rasa_project.settings import PROJECT

TURNS, WARM_UP = 6, 6
CHANNELS = ("skill itself", "REST", "terminal", "page", "Wyoming", "Home Assistant", "Alexa")
SCRIPT = f"""
import asyncio, json, sys
from bench import channels
channels.WARM_UP_TURNS = {WARM_UP}
print("FOUND", json.dumps(asyncio.run(channels.channel_times({TURNS}, lambda note: None))))
"""


def test_the_same_turns_are_answered_through_every_channel() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], cwd=PROJECT, capture_output=True, text=True, timeout=240)
    line = next((x for x in ran.stdout.splitlines() if x.startswith("FOUND ")), None)
    assert line, ran.stderr[-3000:]
    found = json.loads(line[6:])
    each = found["each"]
    assert all(part in " ".join(one["name"] for one in each) for part in CHANNELS)
    for one in each:
        assert (one["turns"], one["lost"], one["silent"]) == (TURNS, 0, 0), one
        assert 0 < one["p50_ms"] <= one["p95_ms"] <= one["slowest_ms"], one


def test_a_turn_that_nobody_answers_counts_as_lost() -> None:
    from bench.channels import _timed
    from bench.doors import _wyoming
    from own_ports import next_port

    turn = asyncio.new_event_loop().run_until_complete(_timed(_wyoming(next_port()), "a", "hello"))
    assert turn.said is None and turn.is_silent

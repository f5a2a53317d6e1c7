"""What is measured of a bot, one number after the other."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Any, Callable, ContextManager, Protocol, Sequence

from bench.bots import BenchError, Running, Trained
from bench.conversations import Script, script
from bench.processes import memory_below, total
from bench.speakers import Line, Turn, crowd, talk
from rasa_project.evaluation.intents import percentile
from rasa_project.launch.ports import answers

START_TIMEOUT_S = 600.0
POLL_S = 0.05
WARM_UP_TURNS = 48
"""Turns before anything is timed: every kind of action has run once."""

SETTLE_S = 2.0
"""Seconds of quiet before memory is read: what a turn borrowed is given back."""

Note = Callable[[str], None]


class Bot(Protocol):
    """A bot that can be measured."""

    name: str
    key: str

    def train(self) -> Trained:
        """Train from nothing."""

    def start(self, number: int = 1) -> ContextManager[Running]:
        """Start its processes."""


@dataclass(frozen=True)
class Size:
    """How much of everything is measured."""

    starts: int = 3
    turns: int = 1000
    """Turns after which memory is read first; their times are the turn times."""

    more_turns: int = 5000
    """Turns after which memory is read again."""

    long_turns: int = 300
    long_conversations: int = 3
    speakers: int = 50
    channel_turns: int = 480
    """Turns through each channel."""


QUICK = Size(starts=1, turns=200, more_turns=600, long_turns=100, long_conversations=1, speakers=20, channel_turns=120)


def measure(bot: Bot, size: Size, train: bool, note: Note) -> dict[str, Any]:
    """Return every number of one bot; `note` is told what is going on."""
    found: dict[str, Any] = {}
    if train:
        note("training from nothing")
        trained = bot.train()
        found["training_s"], found["assets_s"] = round(trained.model_s, 1), round(trained.assets_s, 1)
        found["from_nothing_s"] = round(trained.all_s, 1)
    starts: list[float] = []
    said = script(bot.key)
    # The first start after an installation compiles; it is not one that anybody waits for twice.
    for attempt in range(size.starts + 1):
        note(f"start {attempt} of {size.starts}" if attempt else "first start")
        with ExitStack() as stack:
            began = time.monotonic()
            running = stack.enter_context(bot.start())
            took_s = asyncio.run(first_answer(running, said.begin[0], began))
            if attempt:
                starts.append(took_s)
            if attempt == size.starts:
                found["start_s"] = round(median(starts), 2)
                found["starts_s"] = [round(s, 2) for s in starts]
                found.update(_of_running(bot, running, said, size, note))
    return found


def _of_running(bot: Bot, running: Running, said: Script, size: Size, note: Note) -> dict[str, Any]:
    found: dict[str, Any] = {}
    turns = said.turns("typed")
    warm = asyncio.run(talk(running.url, islice(said.turns("warm"), WARM_UP_TURNS)))
    note(f"{size.turns} turns")
    first = warm + asyncio.run(talk(running.url, islice(turns, size.turns - WARM_UP_TURNS)))
    found["turn"] = turn_times(first[WARM_UP_TURNS:])
    found["memory"] = _memory(running, size.turns)
    note("a long conversation")
    # Not before the first reading of the memory, and the same for both bots.
    found["long"] = asyncio.run(_long(running, said, size))
    note(f"{size.more_turns} turns")
    done = size.turns + size.long_turns * size.long_conversations
    rest = asyncio.run(talk(running.url, islice(turns, max(0, size.more_turns - done))))
    found["memory_later"] = _memory(running, size.more_turns)
    found["turn_later"] = turn_times(rest or first)
    found["silent_turns"] = sum(turn.is_silent for turn in first + rest)
    found["crowd"] = _crowd([running], said, size, note)
    with bot.start(2) as second:
        note("a second process")
        asyncio.run(first_answer(second, said.begin[0], time.monotonic()))
        asyncio.run(talk(second.url, islice(said.turns("warm"), WARM_UP_TURNS)))
        found["crowd_of_two"] = _crowd([running, second], said, size, note)
    return found


async def first_answer(running: Running, text: str, began: float) -> float:
    """Return the seconds from `began` to the first answer with all processes there."""
    async with Line(running.url) as line:
        for attempt in range(int(START_TIMEOUT_S / POLL_S)):
            running.check()
            # A word to each would-be server; one whose actions are missing does not count.
            turn = await line.say(f"first_{attempt}", text)
            if not turn.is_silent and answers(running.actions_health):
                return time.monotonic() - began
            if time.monotonic() - began > START_TIMEOUT_S:
                break
            await asyncio.sleep(POLL_S)
    raise BenchError(f"No answer within {START_TIMEOUT_S:.0f} s. The end of {running.log} says why.")


def turn_times(turns: Sequence[Turn]) -> dict[str, float | int]:
    """Return the spread of the times of `turns`."""
    times = sorted(turn.took_ms for turn in turns)
    return {
        "turns": len(times),
        "p50_ms": round(percentile(times, 0.5), 1),
        "p95_ms": round(percentile(times, 0.95), 1),
        "slowest_ms": round(times[-1], 1) if times else 0.0,
        "lost": sum(turn.said is None for turn in turns),
    }


def _memory(running: Running, turns: int) -> dict[str, Any]:
    time.sleep(SETTLE_S)
    each = memory_below(running.roots)
    together = total(each)
    return {
        "turns": turns,
        "pss_mb": round(together.pss_mb, 1),
        "rss_mb": round(together.rss_mb, 1),
        "processes_pss_mb": sorted((round(m.pss_mb, 1) for m in each.values()), reverse=True),
    }


async def _long(running: Running, said: Script, size: Size) -> dict[str, Any]:
    early: list[float] = []
    late: list[float] = []
    for number in range(size.long_conversations):
        texts = said.long(size.long_turns)
        turns = await talk(running.url, ((f"long_{number}", text) for text in texts))
        begin, asked = len(said.begin), len(said.asked)
        early += [turn.took_ms for turn in turns[begin : begin + asked]]
        late += [turn.took_ms for turn in turns[-asked:]]
    return {
        "turn_3_ms": round(median(early), 1),
        "late_turn": size.long_turns,
        "late_turn_ms": round(median(late), 1),
    }


def _crowd(servers: Sequence[Running], said: Script, size: Size, note: Note) -> dict[str, Any]:
    note(f"{size.speakers} speakers at once, {len(servers)} process(es)")
    lines = [(server.url, server.tracker) for server in servers]
    label = f"crowd_of_{len(servers)}"
    found = asyncio.run(crowd(lines, said.conversations, size.speakers, label))
    return {
        **turn_times(found.turns),
        "speakers": size.speakers,
        "processes": len(servers),
        "cores": os.cpu_count(),
        "turns_per_s": round(found.turns_per_s, 2),
        "silent": found.silent,
        "out_of_order": found.out_of_order,
    }

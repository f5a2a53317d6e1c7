"""What is measured of the bots: side by side what takes time, alone what takes room."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import AbstractSet, Any, Callable, ContextManager, Iterator, Protocol, Sequence

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

    trainings: int = 3
    starts: int = 3
    rounds: int = 8
    """Times that each bot is talked to in turn."""

    round_turns: int = 240
    turns: int = 1000
    """Turns after which memory is read first."""

    more_turns: int = 5000
    """Turns after which memory is read again."""

    long_turns: int = 300
    long_conversations: int = 3
    speakers: int = 50
    channel_turns: int = 480
    """Turns through each channel."""


QUICK = Size(
    trainings=1, starts=1, rounds=2, round_turns=96, turns=200, more_turns=600, long_turns=100,
    long_conversations=1, speakers=20, channel_turns=120,
)  # fmt: skip


def measure_in_turn(
    bots: Sequence[Bot], size: Size, trained: AbstractSet[str], note: Note
) -> dict[str, dict[str, Any]]:
    """Return of each bot, by its key, what takes time: training, start, turn.

    The bots take turns, each first every other time, and the median of the rounds counts: a
    machine that is slow for some minutes is so for all of them.

    Args:
        trained: keys of the bots that are trained from nothing.
        note: is told what is going on.
    """
    found: dict[str, dict[str, Any]] = {bot.key: {} for bot in bots}
    learners = [bot for bot in bots if bot.key in trained]
    trainings: dict[str, list[Trained]] = {bot.key: [] for bot in learners}
    for number, bot in _in_turn(learners, size.trainings):
        note(f"{bot.name}: training {number} of {size.trainings}")
        trainings[bot.key].append(bot.train())
    for key, runs in trainings.items():
        found[key]["training_s"] = round(median(run.model_s for run in runs), 1)
        found[key]["assets_s"] = round(median(run.assets_s for run in runs), 1)
        found[key]["from_nothing_s"] = round(median(run.all_s for run in runs), 1)
        found[key]["trainings_s"] = [round(run.all_s, 1) for run in runs]
    starts: dict[str, list[float]] = {bot.key: [] for bot in bots}
    # The first start after an installation compiles; it is not one that anybody waits for twice.
    for number, bot in _in_turn(bots, size.starts + 1):
        note(f"{bot.name}: " + (f"start {number - 1} of {size.starts}" if number > 1 else "first start"))
        began = time.monotonic()
        with bot.start() as running:
            starts[bot.key].append(_awaited(running, bot, began))
    for key, times in starts.items():
        found[key]["start_s"] = round(median(times[1:]), 2)
        found[key]["starts_s"] = [round(s, 2) for s in times[1:]]
    for key, times in _turns_in_turn(bots, size, note).items():
        found[key]["turn"] = times
    return found


def _turns_in_turn(bots: Sequence[Bot], size: Size, note: Note) -> dict[str, dict[str, Any]]:
    rounds: dict[str, list[dict[str, Any]]] = {bot.key: [] for bot in bots}
    with ExitStack() as stack:
        running = {bot.key: stack.enter_context(bot.start()) for bot in bots}
        turns = {bot.key: script(bot.key).turns("typed") for bot in bots}
        for bot in bots:
            _awaited(running[bot.key], bot, time.monotonic())
            _warm(running[bot.key], bot)
        for number, bot in _in_turn(bots, size.rounds):
            note(f"{bot.name}: {size.round_turns} turns, round {number} of {size.rounds}")
            said = islice(turns[bot.key], size.round_turns)
            rounds[bot.key].append(turn_times(asyncio.run(talk(running[bot.key].url, said))))
    return {
        key: {
            "turns": sum(one["turns"] for one in each),
            "p50_ms": round(median(one["p50_ms"] for one in each), 1),
            "p95_ms": round(median(one["p95_ms"] for one in each), 1),
            "slowest_ms": max(one["slowest_ms"] for one in each),
            "lost": sum(one["lost"] for one in each),
            "rounds_p50_ms": [one["p50_ms"] for one in each],
            "rounds_p95_ms": [one["p95_ms"] for one in each],
        }
        for key, each in rounds.items()
    }


def _in_turn(bots: Sequence[Bot], times: int) -> Iterator[tuple[int, Bot]]:
    """Yield every bot `times` times with the number of the round; who is first changes."""
    for number in range(1, times + 1):
        for bot in bots if number % 2 else reversed(bots):
            yield number, bot


def measure_alone(bot: Bot, size: Size, note: Note) -> dict[str, Any]:
    """Return of one bot that has the machine to itself: memory, a long conversation, crowds."""
    found: dict[str, Any] = {}
    said = script(bot.key)
    note("start")
    with bot.start() as running:
        _awaited(running, bot, time.monotonic())
        warm = _warm(running, bot)
        turns = said.turns("typed")
        note(f"{size.turns} turns")
        first = warm + asyncio.run(talk(running.url, islice(turns, size.turns - WARM_UP_TURNS)))
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
            _awaited(second, bot, time.monotonic())
            _warm(second, bot)
            found["crowd_of_two"] = _crowd([running, second], said, size, note)
    return found


def _awaited(running: Running, bot: Bot, began: float) -> float:
    return asyncio.run(first_answer(running, script(bot.key).begin[0], began))


def _warm(running: Running, bot: Bot) -> list[Turn]:
    return asyncio.run(talk(running.url, islice(script(bot.key).turns("warm"), WARM_UP_TURNS)))


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

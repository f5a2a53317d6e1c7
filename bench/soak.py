"""Mixed conversations at a steady pace for a long time: what grows, slows down or gets lost.

    python -m bench.soak                      an hour at 5 turns a second
    python -m bench.soak --minutes 5 --rate 2
    python -m bench.soak --readme             ... and write docs/operations.md
    python -m bench.soak --readme --last      write it from the last run, without another

The real servers of `make serve` are talked to over HTTP. What is said are the scripts of
`tests/dialogues`: calm talks, questions, changes of mind, red flags of every kind, locks. Turns
come at their time whether or not earlier ones are answered (an open loop: a slow server gets no
rest), each conversation's own in order. Writes `reports/soak.json` and `reports/soak.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from rich.console import Console

from bench import REPORTS
from bench.__main__ import conditions
from bench.bots import Running, Unknot
from bench.conversations import script
from bench.measurements import START_TIMEOUT_S, first_answer, turn_times
from bench.processes import memory_below, total
from bench.report import OPERATIONS, Sheet
from bench.speakers import Line
from bench.speakers import Turn as Answered
from rasa_project.evaluation.marked import replace_between
from rasa_project.evaluation.scripts import Dialogue, Turn, read_dialogues
from rasa_project.launch.prepare import said_plainly
from rasa_project.settings import PROJECT

BEGIN, END = "<!-- soak:begin -->", "<!-- soak:end -->"
DIALOGUES = PROJECT / "tests" / "dialogues"
SEED = 20261122
WINDOW_S = 300.0
"""Seconds that one row of the table covers."""

HELP = ("emergency", "911", "988")
"""Of these something is said in every emergency reply where no country is set."""

WHOLE_TALKS = 20
"""How often each of the long conversations, with a whole screening and exercises, is among them."""

SPEAKERS = 40
"""Conversations under way at a time; more than turns can be waiting at once in a healthy run."""


@dataclass(frozen=True)
class Talk:
    """One conversation to hold."""

    turns: tuple[str, ...]
    emergencies: frozenset[int]
    """Numbers of the turns, from 1, that must be answered as an emergency."""

    forgets: bool
    """Whether it deletes what was said, so that nobody can look it up afterwards."""


def talks(folder: Path = DIALOGUES) -> list[Talk]:
    """Return the conversations of the other measurements and every script that is words alone.

    Raises:
        ContentError: a script is broken.
    """
    scripted = [_talk(d) for path in sorted(folder.rglob("user_*.yml")) for d in read_dialogues(path)]
    whole = [Talk(turns, frozenset(), False) for turns in script("ours").conversations]
    return [*whole * WHOLE_TALKS, *(talk for talk in scripted if talk is not None)]


def _talk(dialogue: Dialogue) -> Talk | None:
    if dialogue.country or any(turn != Turn(say=turn.say) or not turn.say.strip() for turn in dialogue.turns):
        return None
    texts = tuple(turn.say for turn in dialogue.turns)
    emergencies = frozenset(e.after_turn for e in dialogue.expect if e.any_of == ("escalate_emergency",))
    deleted = any("data_deleted" in (*e.any_of, *e.then, *e.anywhere) for e in dialogue.expect)
    return Talk(texts, emergencies, deleted or any("delete" in text for text in texts))


@dataclass
class Speaker:
    """Somebody with a conversation under way."""

    sender: str
    talk: Talk
    said: list[str] = field(default_factory=list)


@dataclass
class Soak:
    """What has been counted so far."""

    windows: list[dict[str, Any]] = field(default_factory=list)
    turns: int = 0
    lost: int = 0
    silent: int = 0
    late: int = 0
    """Turns that had to wait for somebody free to say them."""

    emergencies: int = 0
    emergencies_missed: list[str] = field(default_factory=list)
    conversations: int = 0
    looked_up: int = 0
    out_of_order: list[dict[str, list[str]]] = field(default_factory=list)
    """What was said and what the tracker holds, where these differ."""


def _endless(found: Sequence[Talk]) -> Iterator[Talk]:
    chance = random.Random(SEED)
    while True:
        yield from chance.sample(found, len(found))


async def soak(running: Running, found: Sequence[Talk], seconds: float, rate: float, window_s: float = WINDOW_S) -> Soak:
    """Talk for `seconds` at `rate` turns a second and return what was counted."""
    counted, coming = Soak(), _endless(found)
    free: deque[Speaker] = deque()
    numbers = iter(range(10**9))
    taken: list[Answered] = []
    tasks: set[asyncio.Task[None]] = set()

    def somebody_new() -> Speaker:
        return Speaker(f"soak_{next(numbers)}", next(coming))

    async def one(line: Line, speaker: Speaker) -> None:
        text = speaker.talk.turns[len(speaker.said)]
        turn = await line.say(speaker.sender, text)
        speaker.said.append(text)
        _count(counted, speaker, turn)
        taken.append(turn)
        if len(speaker.said) == len(speaker.talk.turns):
            counted.conversations += 1
            await _look_up(counted, line, running, speaker)
            speaker = somebody_new()
        free.append(speaker)

    free.extend(somebody_new() for _ in range(SPEAKERS))
    async with Line(running.url) as line:
        began = time.perf_counter()
        window_ends = window_s
        for number in range(int(seconds * rate)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            running.check()
            if not free:
                counted.late += 1
                while not free:
                    await asyncio.sleep(0.01)
            task = asyncio.ensure_future(one(line, free.popleft()))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            if time.perf_counter() - began >= window_ends:
                counted.windows.append(_window(running, taken, window_ends))
                taken, window_ends = [], window_ends + window_s
        for task in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(task, BaseException):
                raise task
        if taken:
            counted.windows.append(_window(running, taken, time.perf_counter() - began))
    return counted


def _count(counted: Soak, speaker: Speaker, turn: Answered) -> None:
    counted.turns += 1
    counted.lost += turn.said is None
    counted.silent += turn.is_silent
    if len(speaker.said) in speaker.talk.emergencies:
        counted.emergencies += 1
        if not any(word in " ".join(turn.said or ()) for word in HELP):
            counted.emergencies_missed.append(turn.text)


async def _look_up(counted: Soak, line: Line, running: Running, speaker: Speaker) -> None:
    """Compare what was said with what the tracker holds: nothing lost, twice or in another order."""
    if speaker.talk.forgets or running.tracker is None:
        return
    counted.looked_up += 1
    heard = await line.heard(running.tracker, speaker.sender)
    if heard != speaker.said:
        counted.out_of_order.append({"said": speaker.said, "heard": heard})


def _window(running: Running, taken: Sequence[Answered], at_s: float) -> dict[str, Any]:
    memory = total(memory_below(running.roots))
    return {"minute": round(at_s / 60, 1), **turn_times(taken), "pss_mb": round(memory.pss_mb, 1)}


def sheet(found: Mapping[str, Any]) -> Sheet:
    """Return the curve of times and memory as a table."""
    columns = ("minute", "turns", "p50, ms", "p95, ms", "slowest, ms", "lost", "memory of all processes, MB")
    keys = ("minute", "turns", "p50_ms", "p95_ms", "slowest_ms", "lost", "pss_mb")
    return Sheet("Soak", columns, tuple(tuple(str(w[k]) for k in keys) for w in found["windows"]))


def in_a_sentence(found: Mapping[str, Any]) -> str:
    """Return what was counted over all of it."""
    return (
        f"{found['turns']} turns in {found['conversations']} whole conversations: {found['lost']} lost, "
        f"{found['silent']} silent, {found['late']} late; of {found['emergencies']} emergencies "
        f"{len(found['emergencies_missed'])} not answered as such; of {found['looked_up']} "
        f"conversations looked up {len(found['out_of_order'])} not as said."
    )


def save(found: Mapping[str, Any], folder: Path = REPORTS) -> None:
    """Write `soak.json` and `soak.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "soak.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "soak.md").write_text(f"# Soak\n\n{sheet(found).markdown()}\n\n{in_a_sentence(found)}\n", encoding="utf-8")


def saved(folder: Path = REPORTS) -> dict[str, Any]:
    """Return what the last run found.

    Raises:
        ValueError: there was none, or its file is broken.
    """
    path = folder / "soak.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}; leave `--last` out, and it is measured.") from None
    return found


def write(found: Mapping[str, Any], operations: Path = OPERATIONS) -> None:
    """Put what was found between the marks of `operations`.

    Raises:
        ValueError: it has no such marks.
    """
    made = found["made"]
    how = f"At {found['rate']:g} turns a second on {made['cores']} cores, {found['talks']} kinds of talk: "
    replace_between(operations, BEGIN, END, f"{how}{in_a_sentence(found)}\n\n{sheet(found).markdown()}")


def main() -> int:
    """Start the servers, talk, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=5.0, help="turns a second")
    parser.add_argument("--readme", action="store_true", help="write what was found into docs/operations.md")
    parser.add_argument("--last", action="store_true", help="take the last run's results, without another")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = _last() if options.last else _measured(options.minutes, options.rate)
    if options.readme:
        write(results)
    console = Console()
    console.print(sheet(results).rich())
    console.print(in_a_sentence(results), highlight=False)
    return 1 if results["lost"] or results["emergencies_missed"] or results["out_of_order"] else 0


def _last() -> dict[str, Any]:
    try:
        return saved()
    except ValueError as error:
        sys.exit(str(error))


def _measured(minutes: float, rate: float) -> dict[str, Any]:
    found = talks()
    with said_plainly() as steps, Unknot().start() as running:
        with steps.step("soak start", "Starting the servers", START_TIMEOUT_S / 10):
            asyncio.run(first_answer(running, "hello", time.monotonic()))
        with steps.step("soak", "Talking", minutes * 60):
            counted = asyncio.run(soak(running, found, minutes * 60, rate))
    results = {"made": conditions(False), "rate": rate, "talks": len(found), **asdict(counted)}
    save(results)
    return results


if __name__ == "__main__":
    sys.exit(main())

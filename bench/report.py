"""The results as files and tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench import REPORTS
from bench.bars import bars
from rasa_project.evaluation.held_out import README
from rasa_project.evaluation.marked import replace_between
from rasa_project.settings import PROJECT

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
OPERATIONS = PROJECT / "docs" / "operations.md"
"""Has the numbers of this skill alone between the same marks."""

NOTHING = "-"


@dataclass(frozen=True)
class Sheet:
    """One table, for the terminal and for Markdown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return it as Markdown, without its title."""
        lines = [self.columns, tuple("---" for _ in self.columns), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def rich(self) -> Table:
        """Return it for the terminal."""
        table = Table(title=self.title, title_justify="left")
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="left" if number == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        return table


def _number(found: Mapping[str, Any], path: str, form: str = "{:.0f}") -> str:
    value: Any = found
    for key in path.split("/"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return NOTHING if value is None else form.format(value)


ROWS = (
    ("training from nothing, s", "from_nothing_s", "{:.0f}"),
    ("start of all processes to the first answer, s", "start_s", "{:.1f}"),
    ("typed turn, half of all take at most, ms", "turn/p50_ms", "{:.0f}"),
    ("typed turn, 95 of 100 take at most, ms", "turn/p95_ms", "{:.0f}"),
    ("third turn of a conversation, ms", "long/turn_3_ms", "{:.0f}"),
    ("turn {late} of a conversation, ms", "long/late_turn_ms", "{:.0f}"),
    ("memory of all processes after {turns} turns, MB", "memory/pss_mb", "{:.0f}"),
    ("memory of all processes after {more} turns, MB", "memory_later/pss_mb", "{:.0f}"),
    ("turns a second, {speakers} speakers at once, one process", "crowd/turns_per_s", "{:.1f}"),
    ("turns a second, two processes", "crowd_of_two/turns_per_s", "{:.1f}"),
)


def speed(results: Mapping[str, Any]) -> Sheet:
    """Return what was measured of both bots."""
    ours, default = results["bots"]["ours"], results["bots"].get("default") or {}
    names = {
        "late": _number(ours, "long/late_turn"),
        "turns": _number(ours, "memory/turns", "{:,}"),
        "more": _number(ours, "memory_later/turns", "{:,}"),
        "speakers": _number(ours, "crowd/speakers"),
    }
    rows = [
        (what.format(**names), _number(ours, path, form), _number(default, path, form))
        for what, path, form in ROWS
    ]
    return Sheet("Speed and size", ("what", "Unknot", "`rasa init`"), tuple(rows))


def judged(results: Mapping[str, Any]) -> Sheet:
    """Return the bars and whether they are met."""
    rows = [
        (b.name, NOTHING if b.measured is None else f"{b.measured:.2f}", b.demand, b.verdict)
        for b in bars(results["bots"]["ours"], results["bots"].get("default") or {})
    ]
    return Sheet("Bars", ("what", "measured", "demanded", "verdict"), tuple(rows))


def understood(results: Mapping[str, Any]) -> Sheet | None:
    """Return what each contestant understood; None where nobody was asked."""
    found = results.get("understanding") or []
    if not found:
        return None
    rows = [
        (what, *(_share(one["scores"], key) if "scores" in one else NOTHING for one in found))
        for what, key in (
            ("intents in scope understood", "in_scope"),
            ("out of scope recognised", "out_of_scope"),
            ("good sentences refused", "refused"),
            ("urgent red flags heard", "red_flags"),
            ("look-alikes of red flags left alone", "look_alikes"),
        )
    ]
    times = ("one sentence, half / 95 of 100 take at most, ms", *map(_times, found))
    return Sheet("Understanding", ("what", *(one["name"] for one in found)), (*rows, times))


def _share(scores: Mapping[str, Any], key: str) -> str:
    value = scores[key]["share"]
    return NOTHING if value is None else f"{value:.1%}"


def _times(one: Mapping[str, Any]) -> str:
    scores = one.get("scores")
    return NOTHING if scores is None else f"{scores['p50_ms']:.1f} / {scores['p95_ms']:.1f}"


def sizing(results: Mapping[str, Any]) -> Sheet:
    """Return what one installation of the skill needs, for whoever runs it."""
    ours = results["bots"]["ours"]
    memory = [_each(ours, path) for path in ("memory", "memory_later")]
    turns = [_number(ours, f"{path}/turns", "{:,}") for path in ("memory", "memory_later")]
    p50, p95 = _number(ours, "turn/p50_ms"), _number(ours, "turn/p95_ms")
    rows = (
        (f"memory after {turns[0]} and after {turns[1]} turns, Rasa's process", _pair(memory, max)),
        ("the same, action server", _pair(memory, min)),
        ("start to the first answer", _number(ours, "start_s", "{:.1f} s")),
        ("a typed turn over HTTP, half / 95 of 100 take at most", f"{p50} / {p95} ms"),
        (
            f"{_number(ours, 'crowd/speakers')} speakers at once: turns a second",
            _number(ours, "crowd/turns_per_s"),
        ),
        ("two such pairs of processes on the same machine", _number(ours, "crowd_of_two/turns_per_s")),
    )
    return Sheet("Sizing", ("what", "measured"), rows)


def _each(ours: Mapping[str, Any], path: str) -> Sequence[float]:
    return list((ours.get(path) or {}).get("processes_pss_mb") or ())


def _pair(memory: Sequence[Sequence[float]], which: Callable[[Sequence[float]], float]) -> str:
    """Return the memory of the largest or the smallest process, at the first and the last reading."""
    return " and ".join(f"{which(each):.0f}" if each else NOTHING for each in memory) + " MB"


def through_channels(results: Mapping[str, Any]) -> Sheet | None:
    """Return how long a turn takes through each channel; None where it was not measured."""
    found = results.get("channels")
    if not found:
        return None
    rows = [
        (
            one["name"],
            *(f"{one[key]:.1f}" for key in ("p50_ms", "p95_ms", "slowest_ms")),
            f"{one['lost'] + one['silent']}",
        )
        for one in found["each"]
    ]
    columns = (
        "a turn through",
        "half of all take at most, ms",
        "95 of 100 take at most, ms",
        "the slowest, ms",
        "unanswered",
    )
    return Sheet(f"Channels, {found['turns']} turns through each", columns, tuple(rows))


def sheets(results: Mapping[str, Any]) -> list[Sheet]:
    """Return every table that there is something for."""
    bots = (speed(results), judged(results)) if results["bots"].get("ours") else (None, None)
    found = (bots[0], through_channels(results), understood(results), bots[1])
    return [sheet for sheet in found if sheet]


def left_out(results: Mapping[str, Any]) -> list[str]:
    """Return a sentence for everyone who could not take part."""
    return [
        f"{one['name']} was left out: {one['left_out']}."
        for one in results.get("understanding") or []
        if "left_out" in one
    ]


def conditions(results: Mapping[str, Any]) -> str:
    """Return on what machine, and how thoroughly, it was measured."""
    made = results["made"]
    how = "A quick run with fewer turns" if made["quick"] else "One run"
    return (
        f"{how} on {made['cores']} cores ({made['processor']}), {made['memory_gb']} GB, "
        f"Python {made['python']}, Rasa {made['rasa']}; both bots in the same environment, each with its "
        "action server. Training, start and typed turns are medians of rounds in which the two take turns, "
        "so that a machine that is slow for some minutes is so for both; the rest each has the machine for. "
        "Memory is PSS: pages that processes share count once. "
        "No turn of the default bot runs an action; most of Unknot's do." + _of_channels(results)
    )


def _of_channels(results: Mapping[str, Any]) -> str:
    if not results.get("channels"):
        return ""
    return (
        f" Channels: the same {results['channels']['turns']} turns one after the other through each, with "
        "model, actions and channels in one process and every connection inside the machine, so that what "
        "is above the first line is the channel's own. The terminal, Wyoming and the integration connect "
        "anew for each turn; Alexa's requests are signed and verified; what Amazon's or Home Assistant's "
        "own recognisers and networks take comes on top."
    )


def page(results: Mapping[str, Any]) -> str:
    """Return the whole report as Markdown."""
    parts = [f"## {sheet.title}\n\n{sheet.markdown()}" for sheet in sheets(results)]
    return "\n\n".join(["# Measurements", conditions(results), *parts, *left_out(results)]) + "\n"


def save(results: Mapping[str, Any], folder: Path = REPORTS) -> None:
    """Write `bench.json` and `bench.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=2, ensure_ascii=False) + "\n"
    (folder / "bench.json").write_text(text, encoding="utf-8")
    (folder / "bench.md").write_text(page(results), encoding="utf-8")


def show(results: Mapping[str, Any], console: Console) -> None:
    """Print every table."""
    for sheet in sheets(results):
        console.print(sheet.rich())
    for line in left_out(results):
        console.print(line, highlight=False)


def write_readme(
    results: Mapping[str, Any], readme: Path = README, operations: Path = OPERATIONS
) -> None:
    """Put the tables of speed and understanding between the README's marks, sizes into `operations`.

    Raises:
        ValueError: one of them has no such marks.
    """
    tables: Sequence[Sheet | None] = (speed(results), through_channels(results), understood(results))
    body = "\n\n".join([*(sheet.markdown() for sheet in tables if sheet), conditions(results)])
    replace_between(readme, BEGIN, END, body)
    if results["bots"].get("ours"):
        replace_between(operations, BEGIN, END, sizing(results).markdown())

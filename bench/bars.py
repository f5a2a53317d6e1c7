"""What the skill asks of itself beside the default bot, and whether it is so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

MOST_TURN_MS = 60.0
"""A typed turn may take no longer in 95 of 100 cases, whatever the default bot needs."""

CORES_FOR_TWO = 4
"""Two pairs of processes and the speakers need as many to show what they can do."""


@dataclass(frozen=True)
class Bar:
    """One demand: `measured` may be at most (or must be at least) `bar`."""

    name: str
    measured: float | None
    """None where it was not measured."""

    bar: float
    unit: str
    at_least: bool = False
    unjudged: str = ""
    """Why it is shown but not judged; empty for a bar that is."""

    @property
    def met(self) -> bool | None:
        """Whether it is met; None where it cannot be judged."""
        if self.measured is None or self.unjudged:
            return None
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar

    @property
    def demand(self) -> str:
        """The bar in words."""
        return f"{'at least' if self.at_least else 'at most'} {self.bar:g} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        """In words: met, missed or why not judged."""
        if self.met is None:
            return f"not judged: {self.unjudged or 'not measured'}"
        return "met" if self.met else "MISSED"

    def as_dict(self) -> dict[str, Any]:
        """Return it for the report file."""
        measured = None if self.measured is None else round(self.measured, 3)
        return {"name": self.name, "measured": measured, "demand": self.demand, "verdict": self.verdict}


def bars(ours: Mapping[str, Any], default: Mapping[str, Any]) -> list[Bar]:
    """Return every bar for the numbers of `measurements.measure`; missing ones stay unjudged."""

    def share(*path: str) -> float | None:
        mine, other = _at(ours, *path), _at(default, *path)
        return mine / other if mine is not None and other else None

    one, two = _at(ours, "crowd", "turns_per_s"), _at(ours, "crowd_of_two", "turns_per_s")
    cores = _at(ours, "crowd_of_two", "cores") or 0
    before, later = _at(ours, "memory", "pss_mb"), _at(ours, "memory_later", "pss_mb")
    early, late = _at(ours, "long", "turn_3_ms"), _at(ours, "long", "late_turn_ms")
    crowds = [c for c in (ours.get("crowd"), ours.get("crowd_of_two")) if c]
    gone = sum(c["lost"] + c["silent"] + (c["out_of_order"] or 0) for c in crowds)
    return [
        Bar("typed turn, half of all (p50)", share("turn", "p50_ms"), 0.5, "x the default bot's"),
        Bar("typed turn, 95 of 100 (p95)", share("turn", "p95_ms"), 0.5, "x the default bot's"),
        Bar("typed turn, 95 of 100 (p95)", _at(ours, "turn", "p95_ms"), MOST_TURN_MS, "ms"),
        Bar("memory of all processes", share("memory", "pss_mb"), 0.75, "x the default bot's"),
        Bar(
            "growth of memory to the last turn",
            100 * (later / before - 1) if before and later is not None else None,
            5,
            "%",
        ),
        Bar("start to the first answer", share("start_s"), 0.5, "x the default bot's"),
        Bar("training from nothing", share("from_nothing_s"), 1.0, "x the default bot's"),
        Bar("late turn against the third", late / early if early and late is not None else None, 1.5, "x"),
        Bar(
            "two processes against one",
            two / one if one and two is not None else None,
            1.6,
            "x the turns a second",
            at_least=True,
            unjudged="" if cores >= CORES_FOR_TWO else f"{cores} cores, {CORES_FOR_TWO} are needed",
        ),
        Bar("turns lost, unanswered or out of order", float(gone) if crowds else None, 0, ""),
    ]


def _at(found: Mapping[str, Any], *path: str) -> float | None:
    value: Any = found
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value

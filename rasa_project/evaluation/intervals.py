"""How sure a share is, given how few were counted."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

NORMAL_95 = 1.959964
"""Standard deviations that enclose 95 % of a normal distribution."""


@dataclass(frozen=True)
class Share:
    """`hits` of `total`; without any, every method still gives a number or a dash."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None when nothing was counted."""
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval by Wilson (JASA 1927), fit for shares near 0 and 1."""
        if not self.total:
            return 0.0, 1.0
        n, p, z = self.total, self.hits / self.total, NORMAL_95
        centre = p + z * z / (2 * n)
        spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)
        return max(0.0, low), min(1.0, high)

    def as_dict(self) -> dict[str, float | int | None]:
        """Return numbers for a report file."""
        low, high = self.interval
        return {
            "hits": self.hits,
            "total": self.total,
            "share": None if self.value is None else round(self.value, 4),
            "low95": round(low, 4),
            "high95": round(high, 4),
        }

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        low, high = self.interval
        return f"{self.value:.1%} ({self.hits}/{self.total}, {low:.0%}-{high:.0%})"


def share(truths: list[bool]) -> Share:
    """Return how many of `truths` are true."""
    return Share(sum(truths), len(truths))

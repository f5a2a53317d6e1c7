"""What a programme is chosen from, and what is chosen: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Mapping, Optional

from rasa_project.care.exercises import Phase
from rasa_project.care.programme_rules import Position

Reason = Literal["", "condition", "flag"]
Spot = Literal["floor", "bed", "up"]
HALF = 0.5
"""Share of repetitions and holds in a first session (`schema.hold_rule`)."""
FULL = 1.0


@dataclass(frozen=True)
class PhaseHints:
    """What the user said about the course of this episode; None or False = not said."""

    days: Optional[float] = None
    """Days since it began; 0 = today."""

    easing: Optional[bool] = None
    recurring: bool = False
    settled: bool = False

    def merged(self, later: "PhaseHints") -> "PhaseHints":
        """Return these hints with whatever `later` says on top."""
        return PhaseHints(
            days=self.days if later.days is None else later.days,
            easing=self.easing if later.easing is None else later.easing,
            recurring=self.recurring or later.recurring,
            settled=self.settled or later.settled,
        )


@dataclass(frozen=True)
class Request:
    """Everything the choice depends on; kept with the programme so that it can be redone."""

    pain_0_10: int
    position: Position
    hints: PhaseHints = PhaseHints()
    conditions: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    """Flags in force at `see_clinician_soon`, nothing more urgent."""

    long_standing: frozenset[str] = frozenset()
    """Those of `flags` that are in force only as long-standing and unchanged."""

    comfort_only: bool = False
    """The screen ended in "comfort_only first" (unsure answers to Q4 or Q8)."""

    modified_set: bool = False
    """The screen asked for the modified set (Q9 unsure)."""

    first_session: bool = True
    days_done: int = 0
    """Days on which the programme was done before."""

    amount: Optional[float] = None
    """Share of repetitions and holds that the last sessions led to (`care/progression.py`);
    None = half in a first session, else all."""

    steps_up: Optional[int] = None
    """Steps taken up so far: items added to a set that grows by one a day; None = `days_done`."""

    known: frozenset[str] = frozenset()
    """What some items need to be sure of: `clinician_agreed`, `under_seventy`."""

    now_at: Optional[Spot] = None
    """Where the user is now; None = up, or in bed if that is their position."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        plain: dict[str, Any] = {**vars(self), "hints": dict(vars(self.hints))}
        return {k: sorted(v) if isinstance(v, frozenset) else v for k, v in plain.items()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Request":
        """Return the request that `to_dict` wrote."""
        values = {k: frozenset(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**{**values, "hints": PhaseHints(**plain.get("hints", {}))})


@dataclass(frozen=True)
class Programme:
    """What to do today: a named set, and the units to go through in order."""

    id: str
    """Id of `exercises.yml` programmes; empty when nothing is allowed."""

    items: tuple[str, ...]
    """Exercise ids, each allowed for this person today."""

    units: tuple[str, ...]
    """`items` with the transitions to speak before, between and after them."""

    phase: Phase
    request: Request
    conditions: frozenset[str] = frozenset()
    """Conditions that were counted, with those that follow from them."""

    amount: float = FULL
    """Share of the repetitions and holds to do."""

    nothing_because: Reason = ""
    """Why there are no items: a `condition` or `flag` that a clinician has to clear."""

    @property
    def half(self) -> bool:
        """Whether repetitions and holds are halved."""
        return self.amount <= HALF

"""What the detector hands out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Mapping

Tier = Literal["emergency_now", "same_day", "see_clinician_soon"]

URGENCY: Mapping[str, int] = {"see_clinician_soon": 1, "same_day": 2, "emergency_now": 3}
"""Tiers by rising urgency, for comparing."""

Status = Literal[
    "present",
    "negated",
    "historical",
    "hypothetical",
    "question",
    "other_now",
    "other",
    "resolved",
    "long_standing",
    "unsure",
    "confirm",
]


@dataclass(frozen=True)
class Finding:
    """One red flag that the words name, whether or not it is the speaker's own and current."""

    flag: str
    """Id of the flag in `red_flags.yml`."""

    tier: Tier
    """How urgent it is as said here: the flag's tier, or what the sentence raises or lowers it to."""

    start: int
    """Offset in the original text of the first word that names it."""

    end: int
    """Offset behind the last word."""

    matched: str
    """The original words from `start` to `end`."""

    status: Status
    """Whether it holds: only "present" and "long_standing" findings are the speaker's own and current."""

    confidence: float
    """0 to 1; sound-alikes and hints lie below 0.6."""

    heard_as: str | None = None
    """What the words sound like, when a recogniser may have misheard them."""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Detection:
    """Everything the detector found in one utterance; each flag stands in one group only."""

    present: tuple[Finding, ...] = ()
    """The speaker's own and current: escalate."""

    third_person: tuple[Finding, ...] = ()
    """Someone else's, now: escalate with advice for that person."""

    to_confirm: tuple[Finding, ...] = ()
    """A hint, a sound-alike or an unclear mention: ask the flag's `confirm` question."""

    denied: tuple[Finding, ...] = ()
    """Said not to be there."""

    other: tuple[Finding, ...] = ()
    """Past and gone, hypothetical, a general question, another person's past."""

    def all(self) -> tuple[Finding, ...]:
        """Return the findings of all groups, the speaker's own first."""
        return (
            *self.present,
            *self.third_person,
            *self.to_confirm,
            *self.denied,
            *self.other,
        )

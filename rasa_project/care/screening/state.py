"""Where a screening stands, as one frozen value that fits into a slot."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Mapping

Mode = Literal["full", "short", "urgent", "recheck"]

SCREEN_VALID_H = 24
"""Hours a completed full screen counts (red_flags.yml, rescreen_when)."""


@dataclass(frozen=True)
class ScreeningState:
    """Everything the screening knows; holds ids only, never the words of the user."""

    mode: Mode = "full"
    pending: str | None = None
    """Id of the question that waits for an answer; None before the first and after the last."""

    check: str = ""
    """Which re-ask of the pending question it is: "" for the question itself, else `reask`,
    `again`, `confirm`, `resolved`, `long_standing`, `faint`, `who`."""

    check_flag: str = ""
    """Flag that a `confirm` asks about."""

    attempt: int = 1
    """How often the pending question has been put, re-asks counted."""

    reasked: bool = False
    """The concrete second try of the pending question was used."""

    silences: int = 0
    """Turns in a row without an answer."""

    explained: bool = False
    """A refusal of the pending question was met with the reason once."""

    answers: Mapping[str, str] = field(default_factory=dict)
    """Question id to yes, no or unsure."""

    facts: tuple[str, ...] = ()
    """Facts known; "!x" = x was denied."""

    flags: Mapping[str, str] = field(default_factory=dict)
    """Flag id to its tier where answers raised or lowered it, else "" for the flag's own."""

    assumed: tuple[str, ...] = ()
    """Flags that stand for a yes to several things until it is known which."""

    advices: Mapping[str, str] = field(default_factory=dict)
    """Flag id to the advice key that replaces its own advice."""

    conditions: tuple[str, ...] = ()
    """Conditions of exercises.yml that the answers gave."""

    rechecks: tuple[str, ...] = ()
    """Questions to put again after ten minutes; until then only the comfort set."""

    confirmed: tuple[str, ...] = ()
    """Flags whose confirm question was put already."""

    after_confirm: str = ""
    """What a clear no to the confirm question means for the pending one: `no` or `repeat`."""

    spoken_tier: str = ""
    """Most urgent tier whose advice the user has heard."""

    last_main: str = ""
    """Main question answered last, for "wait, actually yes"."""

    mode_before: str = ""
    """Mode before a same-day flag made it urgent; empty while none did."""

    person: Literal["self", "other"] = "self"
    """Who is screened."""

    who_asked: bool = False
    """It was asked whether the exercises are for the speaker; not asked twice."""

    finished: bool = False
    completed_at: str | None = None
    """UTC, ISO 8601; None until the screen is complete."""

    @property
    def comfort_only(self) -> bool:
        """True while something has to be asked again after ten minutes."""
        return bool(self.rechecks)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> "ScreeningState":
        """Read what `to_dict` wrote; None and unknown keys are fine."""
        known = {f.name for f in fields(cls)}
        return cls(
            **{
                key: tuple(value) if isinstance(value, list) else value
                for key, value in (data or {}).items()
                if key in known
            }
        )


def new_state(mode: Mode = "full") -> ScreeningState:
    """Return the state before the first question.

    `full`: the nine groups. `short`: the two questions before a session with a fresh
    screen. `urgent`: Q1 to Q4 after a same-day flag.
    """
    return ScreeningState(mode=mode)


def completed(state: ScreeningState, now: str) -> ScreeningState:
    """Return the state stamped as completed at `now` (UTC, ISO 8601)."""
    return replace(state, finished=True, pending=None, completed_at=now)


def is_fresh(state: ScreeningState, now: str, hours: int = SCREEN_VALID_H) -> bool:
    """Tell whether the screen was completed within `hours` before `now` (UTC, ISO 8601)."""
    if state.completed_at is None:
        return False
    age = _moment(now) - _moment(state.completed_at)
    return timedelta(0) <= age < timedelta(hours=hours)


def _moment(text: str) -> datetime:
    # Python 3.10 does not read a final "Z".
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta(0))

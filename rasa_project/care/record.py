"""What is known about a user's red flags: which are in force, how urgent, and the lock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Mapping

from rasa_project.care.flags import TIER_ORDER, RedFlagContent, load_red_flags
from rasa_project.care.triage import Facts, Verdict, assess


def _own_tier(flag: str) -> str:
    return load_red_flags().flag(flag).tier


@dataclass(frozen=True)
class FlagRecord:
    """Red flags in force for one user; frozen, every change returns a new record."""

    tiers: Mapping[str, str] = field(default_factory=dict)
    """Flag id -> tier at which it was reported."""

    third_person: tuple[str, ...] = ()
    """Flags of somebody else, reported as happening now."""

    outcome: str | None = None
    """Most urgent tier spoken so far, combinations included; None before any."""

    seen_until: float = 0.0
    """Time stamp (seconds since the epoch) of the last user message taken in.

    It tells which message that was; a clock can be set back, so it is no order.
    """

    lead: str | None = None
    """Flag whose advice was spoken last."""

    facts: tuple[str, ...] = ()
    """Facts that are no flags but combine with them (a small fall), from the screening."""

    conditions: tuple[str, ...] = ()
    """Conditions that limit the exercises, from the screening."""

    advices: Mapping[str, str] = field(default_factory=dict)
    """Flag id -> key of the advice that the screening chose for it."""

    @classmethod
    def from_dict(cls, value: Mapping[str, Any] | None) -> "FlagRecord":
        """Read what `to_dict` wrote; None gives the empty record."""
        if not value:
            return cls()
        return cls(
            tiers=dict(value.get("tiers") or {}),
            third_person=tuple(value.get("third_person") or ()),
            outcome=value.get("outcome"),
            seen_until=float(value.get("seen_until") or 0.0),
            lead=value.get("lead"),
            facts=tuple(value.get("facts") or ()),
            conditions=tuple(value.get("conditions") or ()),
            advices=dict(value.get("advices") or {}),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types for a slot."""
        return {
            "tiers": dict(self.tiers),
            "third_person": list(self.third_person),
            "outcome": self.outcome,
            "seen_until": self.seen_until,
            "lead": self.lead,
            "facts": list(self.facts),
            "conditions": list(self.conditions),
            "advices": dict(self.advices),
        }

    def with_flag(self, flag: str, tier: str) -> "FlagRecord":
        """Return the record with `flag` in force, at its most urgent tier so far."""
        known = self.tiers.get(flag)
        if known is not None and TIER_ORDER[known] >= TIER_ORDER[tier]:
            return self
        return replace(self, tiers={**self.tiers, flag: tier})

    def with_third_person(self, flags: Iterable[str]) -> "FlagRecord":
        """Return the record with flags of somebody else added."""
        return replace(
            self, third_person=tuple(dict.fromkeys((*self.third_person, *flags)))
        )

    def with_screening(self, state: Any) -> "FlagRecord":
        """Return the record with everything a `ScreeningState` found out.

        Flags about somebody else are kept apart; their advice is in the third person.
        """
        if getattr(state, "person", "self") == "other":
            return self.with_third_person(state.flags)
        record = self
        for flag, tier in state.flags.items():
            record = record.with_flag(flag, tier or _own_tier(flag))
        for flag in state.assumed:
            record = record.with_flag(flag, _own_tier(flag))
        record = replace(
            record,
            facts=tuple(dict.fromkeys((*self.facts, *state.facts))),
            conditions=tuple(dict.fromkeys((*self.conditions, *state.conditions))),
            advices={**self.advices, **state.advices},
        )
        # Facts together can make a flag (a small fall on blood thinners): it is in force too.
        for flag in record.verdict(load_red_flags()).flags:
            record = record.with_flag(flag, record.tiers.get(flag) or _own_tier(flag))
        return record

    def without(self, flag: str) -> "FlagRecord":
        """Return the record after `flag` turned out to be misheard."""
        tiers = {name: tier for name, tier in self.tiers.items() if name != flag}
        if not tiers:
            return replace(self, tiers={}, outcome=None, lead=None)
        return replace(self, tiers=tiers, lead=None)

    def raised_to(self, tier: str) -> "FlagRecord":
        """Return the record with the outcome at least `tier`."""
        if self.outcome and TIER_ORDER[self.outcome] >= TIER_ORDER[tier]:
            return self
        return replace(self, outcome=tier)

    def verdict(self, content: RedFlagContent) -> Verdict:
        """Assess everything in force together."""
        return assess(
            Facts(
                flags=frozenset(self.tiers),
                conditions=frozenset(self.conditions),
                tiers=dict(self.tiers),
                facts=frozenset(self.facts),
                advices=dict(self.advices),
            ),
            content,
        )

    def locked(self, content: RedFlagContent) -> bool:
        """Return whether exercise coaching must stop until a clinician has cleared it.

        True for any emergency or same-day flag, any flag whose gate says so, and after
        any combination that was spoken as one of these tiers.
        """
        if self.outcome in ("emergency_now", "same_day"):
            return True
        return self.verdict(content).stop_until_cleared

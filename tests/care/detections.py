"""A detector's result, reduced to what the screening reads of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A finding as the detector gives it, reduced to what the screening reads."""

    flag: str
    tier: str
    status: str = "present"


@dataclass(frozen=True)
class Detection:
    """What a detector found; built here because the screening takes any detector's result."""

    present: tuple[Finding, ...] = ()
    third_person: tuple[Finding, ...] = ()
    to_confirm: tuple[Finding, ...] = ()
    denied: tuple[Finding, ...] = ()

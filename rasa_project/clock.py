"""The one place the time comes from, so that tests can move it."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(timezone.utc)

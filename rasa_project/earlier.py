"""What a shortened conversation says of the turns it no longer holds.

Written by `rasa_project.diary.recent_turns` into the metadata of the first event, read by
both processes: Rasa's and the action server's.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

EARLIER = "earlier"
"""Key in the metadata of a shortened conversation's first event."""

UNREAD = "is_unread"
"""Attribute of a tracker whose conversation could not be read: what was said before is unknown."""


def is_unread(tracker: Any) -> bool:
    """Return whether the turns before this one of Rasa's `tracker` could not be read."""
    return bool(getattr(tracker, UNREAD, False))


def summary_in(metadata: Optional[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the summary in an event's metadata: `events`, `texts`; empty where there is none.

    `events` is the length of the summary itself, `texts` is what the user had said.
    """
    return (metadata or {}).get(EARLIER) or {}


def earlier_texts(events: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what the user had said before the turns that `events` (as dictionaries) hold."""
    return list(summary_in(events[0].get("metadata")).get("texts") or ()) if events else []

"""How often somebody may speak, and that nobody in need is sent away.

A person cannot say sixty things in a minute; a program can. What comes too often is
answered with 429, when to come again, and the numbers to call. Before that the rules for
red flags listen to it: words that name one are always let through. Requests of programs on
this machine, which no proxy has passed on, are not counted.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

ADDRESS_TIMES = 5
"""People that may speak from one address at the full rate: a household, a ward."""

LISTENED_TO = 500
"""Characters at each end of a message that are listened to once it came too often: longer
ones would make the rules themselves the thing that is flooded."""


@dataclass(frozen=True)
class TooOften:
    """A request that came too often."""

    retry_after_s: int
    """Whole seconds after which the next one is taken, at least 1."""


class Limits:
    """Counts turns of people and requests of addresses over the last minute, in memory."""

    def __init__(self, turns_per_minute: int) -> None:
        """Allow a person this many turns, and an address `ADDRESS_TIMES` as many requests."""
        self._counts = MovingWindowRateLimiter(MemoryStorage())
        self._of_person = RateLimitItemPerMinute(turns_per_minute)
        self._of_address = RateLimitItemPerMinute(turns_per_minute * ADDRESS_TIMES)

    def count_request(self, address: str) -> TooOften | None:
        """Count a request of an address; return when it may come again if it came too often."""
        return self._count(self._of_address, "address", address)

    def count_turn(self, person: str) -> TooOften | None:
        """Count a turn of a person; return when they may come again if it came too often."""
        return self._count(self._of_person, "person", person)

    def _count(self, limit: RateLimitItemPerMinute, *whose: str) -> TooOften | None:
        if self._counts.hit(limit, *whose):
            return None
        reset_at = self._counts.get_window_stats(limit, *whose).reset_time
        return TooOften(max(math.ceil(reset_at - time.time()), 1))


def names_a_red_flag(words: str) -> bool:
    """Return whether the rules hear a red flag in `words`, or something that may be one."""
    # Imported here: only who is over the limit pays for it.
    from rasa_project.care.red_flags import load_detector

    if len(words) > 2 * LISTENED_TO:
        words = f"{words[:LISTENED_TO]} {words[-LISTENED_TO:]}"
    heard = load_detector().detect(words)
    return bool(heard.present or heard.third_person or heard.to_confirm)


def sorry(too_often: TooOften, country: str) -> str:
    """Return what a person over the limit is told: when to go on, and whom to call."""
    from rasa_project.care.contacts import contacts_for
    from rasa_project.care.escalation_words import load_escalations
    from rasa_project.care.flags import load_red_flags

    apology = contacts_for(country, load_red_flags()).fill(load_escalations().apology.advice, spoken=False)
    return f"{apology} I can listen again in {too_often.retry_after_s} seconds."

"""When the safety questions are due again (`screening_order.rescreen_when` of red_flags.yml)."""

from __future__ import annotations

from typing import Optional

PAIN_RISE = 2
"""Points out of ten by which pain has to rise ("rises by 2 or more out of 10")."""

SEVERE_PAIN = 7
"""From here on pain is severe (triage policy, row 8)."""


def pain_asks_for_screen(before: Optional[int], now: int) -> bool:
    """Return whether a pain score of 0 to 10 makes the safety questions due at once.

    It does when pain rose by two or more, or became severe; without an earlier score
    nothing has risen.
    """
    if before is None:
        return False
    return now - before >= PAIN_RISE or (now >= SEVERE_PAIN > before)

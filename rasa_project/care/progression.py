"""How much to do next time (triage policy, row 14): a step more, the same, or half.

What decides is the pain on the next day. Only a session that felt worse at once counts
without waiting for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal, Optional

from rasa_project.care.history import Days, History, PainScore, SessionEntry
from rasa_project.care.programme_request import FULL, HALF

LEAST = 0.25
"""Below a quarter halving changes nothing any more: one repetition and a few seconds are left."""

WORSE_UNTIL_CLINICIAN = 2
"""Sessions in a row that made it worse after which a clinician is due."""

Change = Literal["", "more", "same", "less"]
Verdict = Optional[Literal["better", "same", "worse"]]


@dataclass(frozen=True)
class Progression:
    """Where somebody stands in building up."""

    amount: float = HALF
    """Share of repetitions and holds for the next session; half on the first day."""

    steps_up: int = 0
    """Steps taken up so far, at most one a day: how many items were added."""

    worse_in_a_row: int = 0
    change: Change = ""
    """How the next session compares with the last one; empty before the first."""

    @property
    def clinician_due(self) -> bool:
        """Whether it got worse twice running: see a clinician soon, easy positions until then."""
        return self.worse_in_a_row >= WORSE_UNTIL_CLINICIAN

    def after(self, verdict: Verdict) -> "Progression":
        """Return where one verdict leads; None (not known yet) changes nothing."""
        if verdict is None:
            return self
        if verdict == "better":
            return Progression(min(FULL, self.amount * 2), self.steps_up + 1, 0, "more")
        if verdict == "same":
            return Progression(self.amount, self.steps_up, 0, "same")
        steps = max(0, self.steps_up - 1)
        return Progression(max(LEAST, self.amount / 2), steps, self.worse_in_a_row + 1, "less")


def progression(history: History, days: Days = Days()) -> Progression:
    """Return what all sessions and scores of `history` lead to.

    Sessions of one day are judged together, so that nobody climbs two steps in a day. What
    came before a clinician's clearance does not count: amounts start at half again.
    """
    counted = history.since(history.cleared_at)
    sessions = [s for s in counted.sessions if s.counts]
    here = Progression()
    for _, group in groupby(sessions, key=lambda s: days.of(s.started_at)):
        here = _after_day(here, list(group), counted.scores, days)
    return here


def _after_day(
    here: Progression,
    sessions: list[SessionEntry],
    scores: tuple[PainScore, ...],
    days: Days,
) -> Progression:
    felt_worse = [s for s in sessions if s.feeling == "worse"]
    if felt_worse:
        for session in sessions:
            # Halved for each that hurt; one that did not breaks the row and no more.
            here = here.after("worse" if session.feeling == "worse" else None)
            if session.feeling in ("better", "same"):
                here = Progression(here.amount, here.steps_up, 0, here.change)
        return here
    verdict = _next_day(sessions, scores, days)
    if verdict is not None:
        return here.after(verdict)
    row = 0 if sessions[-1].feeling else here.worse_in_a_row
    return Progression(here.amount, here.steps_up, row, "same")


def _next_day(
    sessions: list[SessionEntry], scores: tuple[PainScore, ...], days: Days
) -> Verdict:
    """Compare the first score of a later day with the pain before that day's exercises."""
    before = next((s.pain_before for s in sessions if s.pain_before is not None), None)
    today = days.of(sessions[-1].started_at)
    later = next((s.pain for s in scores if days.of(s.at) > today), None)
    if before is None or later is None:
        return None
    if later == before:
        return "same"
    return "better" if later < before else "worse"

"""The lock walk: no path leads past a red flag that stops exercise to a step of an exercise.

Every such flag is said in the middle of an exercise. Behind it everything that could open
the way again is said, and from the states this leads to everything once more, as long as
the account of `ledger.py` still demands that exercises are closed.

Usage:
    python -m rasa_project.evaluation.lock_walk
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from dataclasses import dataclass, field

from rich.console import Console

from rasa_project.care.flags import load_red_flags
from rasa_project.evaluation.branches import Branches, State, branching
from rasa_project.evaluation.ledger import Ledger
from rasa_project.evaluation.loading import load_quietly
from rasa_project.evaluation.walk import (
    MOST_QUESTIONS,
    Fault,
    Key,
    answer_to,
    class_of,
    distinct,
    flag_phrases,
    key_of,
    load_phrases,
)

WAY_IN = ("give me a stretch for my back", "next step please")
"""What leads into an exercise; the questions in between get calm answers."""

OPENERS = (
    "yes", "no", "next step please", "carry on with the exercise", "give me a stretch for my back",
    "my lower back has cramped up", "start over from the beginning", "can you make me an exercise plan",
    "show me how to massage my back", "i feel fine now", "i didn't say that", "that feels much better now",
    "go back one step", "", "i've seen a doctor and they said it's fine",
)  # fmt: skip
"""What people say to get on with it."""

EXPANDED = 12
"""Locked states from which everything is said."""


@dataclass
class LockWalked:
    """What the lock walk found."""

    flags: int = 0
    """Flags behind which it walked."""
    turns: int = 0
    expanded: int = 0
    seconds: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    """Exercises that were given behind a lock."""


def stopping_flags() -> tuple[str, ...]:
    """Return the ids of the flags after which no exercise may be given until cleared."""
    flags = load_red_flags().flags.values()
    return tuple(flag.id for flag in flags if flag.exercise_gate == "stop_until_cleared")


class LockWalk:
    """Explores what follows an escalation."""

    def __init__(self, branches: Branches) -> None:
        """Walk with `branches`."""
        self.branches = branches
        self.walked = LockWalked()
        self._known: set[tuple[Key, Key]] = set()
        self._waiting: deque[tuple[State, Ledger]] = deque()

    async def run(self, expanded: int = EXPANDED) -> LockWalked:
        """Say every stopping flag, then the openers, then expand so many of the locked states."""
        begun, walked = time.monotonic(), self.walked
        exercising = await self._exercising()
        for flag in stopping_flags():
            walked.flags += 1
            state, ledger = await self._step(exercising, Ledger(), flag_phrases()[flag][0].text)
            if ledger.open:
                walked.faults.append(Fault(state.path, f"{flag} locks nothing"))
            for text in OPENERS:
                await self._step(state, ledger, text)
        moves = [*load_phrases().moves, *OPENERS]
        while walked.expanded < expanded and self._waiting:
            walked.expanded += 1
            state, ledger = self._waiting.popleft()
            for text in moves:
                await self._step(state, ledger, text)
        walked.turns, walked.seconds = self.branches.turns, time.monotonic() - begun
        return walked

    async def _exercising(self) -> State:
        state = self.branches.fresh()
        for text in WAY_IN:
            state = await self.branches.say(state, text)
            for _ in range(MOST_QUESTIONS):
                answer = answer_to(state)
                if answer is None:
                    break
                state = await self.branches.say(state, answer)
        if not any(reply.kind == "stretch_step" for reply in state.replies):
            raise AssertionError(f"the way in leads to no exercise: {state.path}")
        return state

    async def _step(self, state: State, ledger: Ledger, text: str) -> tuple[State, Ledger]:
        after = await self.branches.say(state, text)
        ledger = ledger.after(after.replies, after.slots)
        if broken := ledger.broken_by(after.replies):
            self.walked.faults.append(Fault(after.path, broken))
        key = key_of(after), class_of(after)
        if key not in self._known and not ledger.open:
            self._known.add(key)
            self._waiting.append((after, ledger))
        return after, ledger


def main() -> int:
    """Walk and print; the exit code says whether an exercise came through a lock."""
    with branching(load_quietly()) as branches:
        walked = asyncio.run(LockWalk(branches).run())
    console = Console()
    for fault in distinct(walked.faults):
        console.print(str(fault), markup=False, highlight=False)
    console.print(
        f"Behind {walked.flags} flags {walked.turns} turns, {walked.expanded} locked states expanded, "
        f"in {walked.seconds:.0f} s: {len(walked.faults)} faults."
    )
    return 1 if walked.faults else 0


if __name__ == "__main__":
    sys.exit(main())

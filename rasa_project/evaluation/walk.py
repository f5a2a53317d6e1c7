"""The state walk: every red flag, said in every state the dialogue can be in.

States are told apart by the form and the slot that wait, the place in the exercises, the outcome
of the screen and the lock; and once more by kind, which adds what else decides the next reply: the
safety question, coaching or paused, a pain just told, an offer, a flag that is being asked about.
They are found by saying one clear phrase for every intent, and the bare answers, in the states
found so far: in every state without a form, and of forms, which open and close alike wherever one
is in the exercises, in one state of each kind.

Usage:
    python -m rasa_project.evaluation.walk            # a bounded walk, then its table
    SKILL_WALK_STATES=100000 python -m ...            # all of it
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from rasa_project.care.flags import TIER_ORDER, load_red_flags
from rasa_project.care.loading import ContentModel, read_model
from rasa_project.care.record import FlagRecord
from rasa_project.evaluation.branches import Branches, State, branching
from rasa_project.evaluation.ledger import Ledger, faults_of
from rasa_project.evaluation.loading import load_quietly

STATES = int(os.environ.get("SKILL_WALK_STATES", "24"))
"""States in which every flag is said; SKILL_WALK_STATES widens the walk."""

EXPANDED = int(os.environ.get("SKILL_WALK_EXPANDED", str(max(10, STATES // 3))))
"""States from which every phrase is said to find new ones."""

EVERY = 50

MOST_QUESTIONS = 22
SETUP_ANSWERS = {"pain_0_10": "four", "position": "floor"}
ESCALATING = ("escalation", "crisis_support")

SCREENING = "screening_form"

Key = tuple[Any, ...]


class WalkPhrases(ContentModel):
    """`walk_phrases.yml`: what the walks say."""

    version: int
    intents: dict[str, str]
    answers: list[str]
    spines: list[list[str]]

    @property
    def moves(self) -> list[str]:
        """Everything that is said in a state to find the next ones."""
        return [*self.intents.values(), *self.answers]


@lru_cache(maxsize=1)
def load_phrases() -> WalkPhrases:
    """Return the validated phrases."""
    return read_model(Path(__file__).with_name("walk_phrases.yml"), WalkPhrases)


@dataclass(frozen=True)
class FlagPhrase:
    """One way to report a flag, and how urgent it is at least."""

    flag: str
    text: str
    tier: str


@lru_cache(maxsize=1)
def flag_phrases() -> Mapping[str, tuple[FlagPhrase, ...]]:
    """Return every flag's phrases as the content lists them."""
    return {
        flag.id: tuple(
            FlagPhrase(flag.id, text, (flag.say_tier_overrides or {}).get(text, flag.tier))
            for text in flag.say
        )
        for flag in load_red_flags().flags.values()
    }


def key_of(state: State) -> Key:
    """Return what tells a state from others."""
    slots = state.slots
    return (
        state.tracker.active_loop_name,
        slots.get("requested_slot"),
        slots.get("programme_id"),
        slots.get("exercise_id"),
        slots.get("exercise_step"),
        slots.get("triage_outcome"),
        locked(state),
    )


def class_of(state: State) -> Key:
    """Return the kind of a state; the walk visits all kinds before more of one."""
    slots = state.slots
    screening = slots.get("screening") or {}
    coach = slots.get("coach") or {}
    return (
        state.tracker.active_loop_name,
        slots.get("requested_slot"),
        slots.get("coaching"),
        slots.get("triage_outcome"),
        locked(state),
        screening.get("pending") if state.tracker.active_loop_name == SCREENING else None,
        screening.get("check") if state.tracker.active_loop_name == SCREENING else None,
        bool(coach.get("hurts")) if isinstance(coach, dict) else False,
        slots.get("pending_flag") is not None,
        slots.get("offer"),
    )


def locked(state: State) -> bool:
    """Return whether the skill's own record forbids exercises."""
    record = FlagRecord.from_dict(state.slots.get("flag_record"))
    return record.locked(load_red_flags()) or bool(record.third_person)


@dataclass(frozen=True)
class Fault:
    """Something that must not be, with the way that leads there."""

    path: tuple[str, ...]
    what: str

    def __str__(self) -> str:
        said = "\n".join(f"    > {text}" for text in self.path)
        return f"{self.what}, after\n{said}"


@dataclass
class Walked:
    """What a walk found."""

    found: dict[tuple[Key, Key], tuple[State, Ledger]] = field(default_factory=dict)
    """Every state met, by key and kind, with the lock account of the way to it."""
    checked: int = 0
    """States in which every flag was said."""
    phrases: int = 0
    """Flag phrases said."""
    expanded: int = 0
    turns: int = 0
    seconds: float = 0.0
    missed: list[Fault] = field(default_factory=list)
    """Flags that were not escalated, or not urgently enough."""
    faults: list[Fault] = field(default_factory=list)
    """Everything else that must not be."""
    kinds: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Kind of state -> states met, states checked."""


class Walk:
    """Explores the dialogue and says every flag in every state it reaches."""

    def __init__(
        self,
        branches: Branches,
        stop_at_first: bool = True,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        """Walk with `branches`.

        Args:
            stop_at_first: end the walk at the first missed flag.
            progress: called every `EVERY` states with how far the walk is.
        """
        self.branches = branches
        self.progress = progress
        self.stop_at_first = stop_at_first
        self.walked = Walked()
        self._keys: set[Key] = set()
        self._to_check: dict[Key, deque[tuple[Key, Key]]] = defaultdict(deque)
        self._to_expand: dict[Key, deque[tuple[Key, Key]]] = defaultdict(deque)

    async def run(self, states: int = STATES, expanded: int = EXPANDED) -> Walked:
        """Walk until `states` were checked and `expanded` expanded, or nothing is left."""
        begun, walked = time.monotonic(), self.walked
        fresh = self.branches.fresh()
        self._meet(fresh, Ledger())
        for spine in load_phrases().spines:
            await self._follow(fresh, spine)
        while walked.expanded < expanded and (key := _next(self._to_expand, walked.kinds)):
            await self._expand(*walked.found[key])
            self._say_how_far()
        while walked.checked < states and (key := _next(self._to_check, walked.kinds)):
            await self._say_every_flag(walked.found[key][0])
            self._say_how_far()
            if self.stop_at_first and walked.missed:
                break
        walked.turns = self.branches.turns
        walked.seconds = time.monotonic() - begun
        return walked

    def _say_how_far(self) -> None:
        walked = self.walked
        if self.progress and (walked.expanded + walked.checked) % EVERY == 0:
            left = sum(map(len, self._to_expand.values()))
            self.progress(
                f"{len(walked.found)} states met, {walked.expanded} expanded, {left} left to expand, "
                f"{walked.checked} checked, {len(walked.missed)} missed, {len(walked.faults)} faults"
            )

    async def _follow(self, state: State, spine: Sequence[str]) -> None:
        """Go along a spine; every state on it is met."""
        ledger = Ledger()
        for text in spine:
            if text == "screen":
                for _ in range(MOST_QUESTIONS):
                    answer = answer_to(state)
                    if answer is None:
                        break
                    state, ledger = await self._step(state, ledger, answer)
            else:
                state, ledger = await self._step(state, ledger, text)

    async def _step(self, state: State, ledger: Ledger, text: str) -> tuple[State, Ledger]:
        after = await self.branches.say(state, text)
        ledger = ledger.after(after.replies, after.slots)
        if broken := ledger.broken_by(after.replies):
            self._fault(after, broken)
        for fault in faults_of(after.replies):
            self._fault(after, fault)
        self._meet(after, ledger)
        return after, ledger

    def _fault(self, state: State, what: str) -> None:
        if self.progress and all(fault.what != what for fault in self.walked.faults):
            self.progress(str(Fault(state.path, what)))
        self.walked.faults.append(Fault(state.path, what))

    def _meet(self, state: State, ledger: Ledger) -> None:
        key, kind = key_of(state), class_of(state)
        new_kind = kind not in self.walked.kinds
        if key in self._keys and not new_kind:
            return
        self._keys.add(key)
        self.walked.found[key, kind] = (state, ledger)
        self.walked.kinds[kind][0] += 1
        self._to_check[kind].append((key, kind))
        if new_kind or state.tracker.active_loop_name is None:
            self._to_expand[kind].append((key, kind))

    async def _expand(self, state: State, ledger: Ledger) -> None:
        self.walked.expanded += 1
        for text in load_phrases().moves:
            await self._step(state, ledger, text)

    async def _say_every_flag(self, state: State) -> None:
        self.walked.checked += 1
        self.walked.kinds[class_of(state)][1] += 1
        for phrases in flag_phrases().values():
            # Another way to say it in every state, so that all are said many times.
            phrase = phrases[self.walked.checked % len(phrases)]
            after = await self.branches.say(state, phrase.text)
            self.walked.phrases += 1
            if missed := missed_by(after, phrase):
                self.walked.missed.append(Fault(after.path, missed))


def missed_by(after: State, phrase: FlagPhrase) -> str | None:
    """Return how the answer to `phrase` falls short; None when it escalates as it must."""
    tiers = [
        reply.reply.get("tier", "emergency_now")
        for reply in after.replies
        if reply.kind in ESCALATING
    ]
    if not tiers:
        kinds = [reply.kind for reply in after.replies]
        return f"{phrase.flag} was not escalated (replies: {kinds})"
    highest = max(tiers, key=lambda tier: TIER_ORDER[tier])
    if TIER_ORDER[highest] < TIER_ORDER[phrase.tier]:
        return f"{phrase.flag} was escalated as {highest}, not {phrase.tier}"
    return None


def answer_to(state: State) -> str | None:
    """Return the calm answer to the safety or set-up question that waits, None if none does."""
    last = state.replies[-1] if state.replies else None
    if last is None or last.kind not in ("screening_question", "setup_question"):
        return None
    if last.kind == "setup_question":
        return SETUP_ANSWERS.get(str(last.reply.get("id")), "no")
    return "no"


def _next(
    waiting: dict[Key, deque[tuple[Key, Key]]], kinds: Mapping[Key, list[int]]
) -> tuple[Key, Key] | None:
    """Take the earliest state of the kind that was taken least often so far."""
    kind = min(
        (kind for kind, keys in waiting.items() if keys),
        key=lambda kind: _taken(waiting, kind, kinds),
        default=None,
    )
    return waiting[kind].popleft() if kind is not None else None


def _taken(waiting: dict[Key, deque[tuple[Key, Key]]], kind: Key, kinds: Mapping[Key, list[int]]) -> int:
    return kinds[kind][0] - len(waiting[kind])


def print_walk(walked: Walked, console: Console | None = None) -> None:
    """Print what was walked, by kind of state, and every fault."""
    console = console or Console()
    table = Table(title="State walk")
    for name in ("form", "asks for", "coaching", "outcome", "locked", "states", "checked"):
        table.add_column(name)
    groups: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    for kind, (met, checked) in walked.kinds.items():
        row = kind[:5]
        groups[row] = [groups[row][0] + met, groups[row][1] + checked]
    for row, (met, checked) in sorted(groups.items(), key=lambda item: str(item[0])):
        table.add_row(*(str(value or "") for value in row), str(met), str(checked))
    console.print(table)
    for fault in (*walked.missed, *walked.faults):
        console.print(str(fault), markup=False, highlight=False)
    console.print(
        f"{len(walked.found)} states met ({walked.expanded} expanded); in {walked.checked} of them "
        f"every one of {len(flag_phrases())} flags was said: {walked.phrases} phrases, "
        f"{len(walked.missed)} missed; {walked.turns} turns in {walked.seconds:.0f} s."
    )


def distinct(faults: Sequence[Fault]) -> Iterator[Fault]:
    """Yield the first fault of each kind."""
    seen = set()
    for fault in faults:
        if fault.what not in seen:
            seen.add(fault.what)
            yield fault


def main() -> int:
    """Walk and print; the exit code says whether every flag was escalated everywhere."""
    skill = load_quietly()
    with branching(skill) as branches:
        tell = Console(stderr=True).log
        walk: Callable = Walk(branches, stop_at_first=False, progress=tell).run
        walked = asyncio.run(walk())
    print_walk(walked)
    return 1 if walked.missed or walked.faults else 0


if __name__ == "__main__":
    sys.exit(main())

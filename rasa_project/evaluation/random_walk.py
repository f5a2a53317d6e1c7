"""The random walk: many conversations of anything people say, noise included.

Seeded, so that a fault can be met again. Sentences come from the training data, the held-out
sentences, the flags' own phrases and near misses, and noise; often the pending question is
answered, so that conversations get somewhere.

Usage:
    SKILL_RANDOM_WALKS=2000 python -m rasa_project.evaluation.random_walk
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Sequence

import yaml
from rich.console import Console

from rasa_project.care.flags import load_red_flags
from rasa_project.evaluation.branches import Branches, State, branching
from rasa_project.evaluation.ledger import Ledger, faults_of
from rasa_project.evaluation.loading import load_quietly
from rasa_project.evaluation.walk import Fault, distinct, load_phrases

ROOT = Path(__file__).resolve().parents[2]
CONVERSATIONS = int(os.environ.get("SKILL_RANDOM_WALKS", "60"))
"""Conversations held; SKILL_RANDOM_WALKS widens the walk."""

MOST_TURNS = 40
"""Turns of the longest conversation."""

SEED = 20240229

QUESTION_KINDS = ("screening_question", "setup_question", "clarify", "confirm_delete")
ANSWERS = {
    "screening_question": ["no"] * 12 + ["yes", "not sure", "a bit", "not really", "just one leg", ""],
    "pain_0_10": ["four", "two out of ten", "about a six", "eight", "i don't know"],
    "position": ["floor", "a chair", "in bed", "standing", "whatever"],
    "conditions": ["no", "no nothing", "bad knees", "i get dizzy", "my wrists"],
    "session_feeling": ["better", "worse", "the same"],
    "clarify": ["yes", "no", "not sure", "no i didn't say that"],
    "confirm_delete": ["yes", "no"],
    "other": ["yes", "no", "okay"],
}
STEERING = (
    "next", "okay", "done", "back", "repeat", "pause", "go on", "slower", "faster", "skip", "stop",
    "that helped", "that hurts", "give me a stretch", "my back hurts", "another one", "yes", "no",
)  # fmt: skip
NOISE = (
    "", " ", "...", "?", "uh", "mm", "hm hm", "asdf", "blah blah blah", "🙂", "12", "null", "{name}",
    "/restart now", "l'amour", "ja nein vielleicht", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
)  # fmt: skip


@lru_cache(maxsize=1)
def sentences() -> dict[str, tuple[str, ...]]:
    """Return everything that may be said, by where it comes from."""
    flags = load_red_flags().flags.values()
    trained: list[str] = []
    for path in sorted((ROOT / "data" / "nlu").rglob("*.yml")):
        for entry in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu") or ():
            lines = (entry.get("examples") or "").splitlines()
            trained += [line.strip()[2:] for line in lines if line.strip().startswith("- ")]
    held_out: list[str] = []
    for path in sorted((ROOT / "tests" / "sentences").rglob("*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = document.get("sentences") if isinstance(document, dict) else document
        held_out += [one for one in found or () if isinstance(one, str)]
    return {
        "trained": tuple(trained),
        "held out": tuple(held_out),
        "flags": tuple(text for flag in flags for text in flag.say),
        "near misses": tuple(miss.say for flag in flags for miss in flag.near_misses),
        "steering": STEERING,
        "intents": tuple(load_phrases().intents.values()),
        "noise": NOISE,
    }


SHARES = {
    "steering": 24, "trained": 12, "held out": 8, "intents": 8, "near misses": 5, "noise": 4,
    "flags": 2,
}  # fmt: skip
"""How often each source is drawn from when nothing waits for an answer."""

ANSWER_SHARE = 0.75
"""How often a pending question gets an answer of its kind."""


@dataclass
class Wandered:
    """What the random walk found."""

    conversations: int = 0
    turns: int = 0
    seconds: float = 0.0
    kinds: Counter = field(default_factory=Counter)
    """Reply kind -> how often it was heard."""
    reopened: int = 0
    """Locks that were lifted on the way: clearance or a flag taken back."""
    faults: list[Fault] = field(default_factory=list)


def _something_to_say(state: State, dice: random.Random) -> str:
    last = state.replies[-1] if state.replies else None
    if last is not None and last.kind in QUESTION_KINDS and dice.random() < ANSWER_SHARE:
        fitting = ANSWERS.get(str(last.reply.get("id"))) or ANSWERS.get(last.kind) or ANSWERS["other"]
        return dice.choice(fitting)
    pools = sentences()
    source = dice.choices(list(SHARES), weights=list(SHARES.values()))[0]
    return dice.choice(pools[source] or STEERING)


async def _wander(branches: Branches, dice: random.Random, wandered: Wandered) -> None:
    state, ledger = branches.fresh(), Ledger()
    for _ in range(dice.randint(8, MOST_TURNS)):
        state, ledger = await _turn(branches, state, ledger, _something_to_say(state, dice), wandered)
    state, ledger = await _turn(branches, state, ledger, "goodbye", wandered)
    if not any(reply.kind in ("goodbye", "stop") for reply in state.replies):
        kinds = [reply.kind for reply in state.replies]
        wandered.faults.append(Fault(state.path, f"goodbye did not end the talk ({kinds})"))


async def _turn(
    branches: Branches, state: State, ledger: Ledger, text: str, wandered: Wandered
) -> tuple[State, Ledger]:
    state = await branches.say(state, text)
    before, ledger = ledger, ledger.after(state.replies, state.slots)
    wandered.turns += 1
    wandered.kinds.update(reply.kind for reply in state.replies)
    wandered.reopened += not before.open and ledger.open
    faults = faults_of(state.replies)
    if broken := ledger.broken_by(state.replies):
        faults.append(broken)
    wandered.faults += [Fault(state.path, fault) for fault in faults]
    return state, ledger


async def wander(
    branches: Branches, conversations: int = CONVERSATIONS, seed: int = SEED
) -> Wandered:
    """Hold `conversations`, each with dice of its own, and return what they showed."""
    begun, wandered = time.monotonic(), Wandered()
    for number in range(conversations):
        await _wander(branches, random.Random(f"{seed}-{number}"), wandered)
        wandered.conversations += 1
    wandered.seconds = time.monotonic() - begun
    return wandered


def print_wandered(wandered: Wandered, console: Console | None = None) -> None:
    """Print the numbers and the first fault of each kind."""
    console = console or Console()
    for fault in distinct(wandered.faults):
        console.print(str(fault), markup=False, highlight=False)
    heard = ", ".join(f"{kind} {count}" for kind, count in wandered.kinds.most_common())
    console.print(f"Heard: {heard}", markup=False, highlight=False)
    console.print(
        f"{wandered.conversations} conversations, {wandered.turns} turns in {wandered.seconds:.0f} s; "
        f"{wandered.reopened} locks lifted on the way; {len(wandered.faults)} faults."
    )


def main(arguments: Sequence[str] = ()) -> int:
    """Wander and print; the exit code says whether there was a fault."""
    skill = load_quietly()
    with branching(skill) as branches:
        wandered = asyncio.run(wander(branches))
    print_wandered(wandered)
    return 1 if wandered.faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs scripted dialogues against the trained skill and says what went otherwise.

Usage:
    results = run_file(Path("dialogues.yml"), Skill.load())
    print_results(results)
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from rasa_project import clock
from rasa_project.evaluation.outcomes import Thread, fulfils, outcomes
from rasa_project.evaluation.scripts import (
    SETUP_ANSWERS,
    Dialogue,
    Expectation,
    Screen,
    Turn,
    read_dialogues,
)

if TYPE_CHECKING:
    from rasa_project.local import Reply, Skill

MOST_QUESTIONS = 22
"""Questions a screening may ask before the runner gives up on it."""

_ENDS_A_SCREEN = frozenset(
    "escalation crisis_support safety_net ask_adult stretch_step error worse_stop goodbye".split()
)
_QUESTIONS = ("screening_question", "setup_question")
_run_numbers = itertools.count()


@dataclass(frozen=True)
class Exchange:
    """One thing said by the user and everything the skill said to it."""

    said: str
    replies: tuple[Reply, ...]
    outcomes: frozenset[str]


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met."""

    turn: int
    expected: str
    got: str


@dataclass(frozen=True)
class Result:
    """How one dialogue went."""

    id: str
    about: str
    failures: tuple[Failure, ...]
    turns: tuple[tuple[Exchange, ...], ...]
    """Exchanges of each turn: one for a text, any number for a screening."""

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures

    def transcript(self) -> str:
        """Return the conversation for the eye, reply kinds beside the words."""
        lines = []
        for number, exchanges in enumerate(self.turns, 1):
            for exchange in exchanges:
                lines.append(f"{number:>2} > {exchange.said}")
                for reply in exchange.replies:
                    lines.append(f"     [{_label(reply)}] {reply.text}")
        return "\n".join(lines)

    def report(self) -> str:
        """Return the failures and the transcript: what a failing test shows."""
        failures = [f"turn {f.turn}: expected {f.expected}; got {f.got}" for f in self.failures]
        return "\n".join([f"{self.id}: {self.about}", *failures, self.transcript()])


def _label(reply: Reply) -> str:
    data = reply.reply
    parts = [str(data.get("kind"))]
    parts += [str(data[key]) for key in ("tier", "id", "step", "topic") if data.get(key) is not None]
    if data.get("repeated"):
        parts.append("repeated")
    return " ".join(parts)


class _Conversation:
    """One dialogue being held; keeps the thread and the age of the conversation."""

    def __init__(self, skill: Skill, dialogue: Dialogue) -> None:
        self.skill = skill
        self.key = f"script-{next(_run_numbers)}-{dialogue.id}"
        self.metadata: dict[str, Any] = {"country": dialogue.country} if dialogue.country else {}
        self.channel = dialogue.channel
        self.thread = Thread()
        self.last: tuple[Reply, ...] = ()

    async def say(self, text: str) -> Exchange:
        replies = tuple(await self.skill.say(self.key, text, self.metadata, self.channel))
        exchange = Exchange(text, replies, outcomes(replies, self.thread))
        self.thread = self.thread.after(replies)
        self.last = replies
        return exchange

    async def screen(self, screen: Screen) -> list[Exchange]:
        """Answer safety and set-up questions until something else is said."""
        answers = _Answers(screen)
        exchanges: list[Exchange] = []
        while len(exchanges) < MOST_QUESTIONS:
            question = _pending_question(self.last)
            if question is None or (exchanges and _ends_a_screen(self.last, screen.go_on)):
                break
            exchanges.append(await self.say(answers.to(question)))
        return exchanges

    async def age(self, hours: float) -> None:
        """Make everything said so far `hours` older, so that sessions expire by themselves."""
        tracker = await self.skill.tracker(self.key)
        for event in tracker.events:
            event.timestamp -= hours * 3600
        await self.skill.agent.tracker_store.save(tracker)


class _Answers:
    """Chooses the answer to each question of one screening."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.asked = 0
        self.used: dict[str, int] = {}

    def to(self, question: Reply) -> str:
        """Return what the script says to `question`."""
        data = question.reply
        if question.kind == "setup_question":
            name = str(data.get("id"))
            if name in self.screen.named:
                return self._next(name, self.screen.named[name])
            return SETUP_ANSWERS.get(name, "no")
        self.asked += 1
        if self.asked in self.screen.nth:
            return self.screen.nth[self.asked]
        text = question.text.lower()
        for words, answers in self.screen.asked.items():
            if words in text:
                return self._next(words, answers)
        for flag in data.get("covers") or ():
            if flag in self.screen.named:
                return self._next(flag, self.screen.named[flag])
        group = str(data.get("id"))
        if group in self.screen.named and not data.get("follow_up"):
            return self._next(group, self.screen.named[group])
        return self.screen.default

    def _next(self, name: str, answers: Sequence[str]) -> str:
        turn = self.used.get(name, 0)
        self.used[name] = turn + 1
        return answers[min(turn, len(answers) - 1)]


def _pending_question(replies: Sequence[Reply]) -> Reply | None:
    """Return the safety or set-up question that ends the last turn, if one does."""
    if replies and replies[-1].kind in _QUESTIONS:
        return replies[-1]
    return None


def _ends_a_screen(replies: Sequence[Reply], go_on: bool) -> bool:
    return any(
        reply.kind in _ENDS_A_SCREEN
        and not (go_on and reply.reply.get("tier") == "see_clinician_soon")
        for reply in replies
    )


async def run_dialogue(dialogue: Dialogue, skill: Skill) -> Result:
    """Hold one dialogue from a fresh conversation and compare it with what is expected."""
    conversation = _Conversation(skill, dialogue)
    turns: list[tuple[Exchange, ...]] = []
    slots: list[Mapping[str, Any]] = []
    real_clock, was_dead = clock.utc_now, skill.actions.dead
    hours = 0.0
    try:
        for turn in dialogue.turns:
            if turn.action_server:
                skill.actions.dead = turn.action_server == "dead"
            if turn.hours_later:
                hours += turn.hours_later
                await conversation.age(turn.hours_later)
                later = timedelta(hours=hours)
                clock.utc_now = lambda later=later: real_clock() + later
            if turn.restarted:
                await skill.forget_conversation(conversation.key)
            turns.append(tuple(await _take(turn, conversation)))
            slots.append(await skill.slots(conversation.key))
    finally:
        clock.utc_now, skill.actions.dead = real_clock, was_dead
    failures = [f for one in dialogue.expect for f in _check(one, dialogue.expect, turns, slots)]
    return Result(dialogue.id, dialogue.about, tuple(failures), tuple(turns))


async def _take(turn: Turn, conversation: _Conversation) -> list[Exchange]:
    if turn.screen is None:
        return [await conversation.say(turn.say)]
    return await conversation.screen(turn.screen)


def _check(
    expected: Expectation,
    all_expected: Sequence[Expectation],
    turns: Sequence[tuple[Exchange, ...]],
    slots: Sequence[Mapping[str, Any]],
) -> Iterable[Failure]:
    number = expected.after_turn
    exchanges = turns[number - 1]
    last = exchanges[-1].outcomes if exchanges else frozenset({"no question to answer"})
    got = " ".join(sorted(last))
    if expected.any_of and not any(fulfils(name, last) for name in expected.any_of):
        yield Failure(number, " or ".join(expected.any_of), got)
    for name in expected.then:
        if not fulfils(name, last):
            yield Failure(number, f"also {name}", got)
    happened = frozenset().union(*(exchange.outcomes for exchange in exchanges))
    for name in expected.anywhere:
        if not fulfils(name, happened):
            yield Failure(number, f"somewhere {name}", " ".join(sorted(happened)))
    for later, exchange in _from(turns, number):
        for name in expected.must_not:
            if name in exchange.outcomes and not _wanted_by(name, number, later, all_expected):
                yield Failure(later, f"no {name}", f"it, to '{exchange.said}'")
    heard = " ".join(r.text for r in exchanges[-1].replies).lower() if exchanges else ""
    for words in expected.says:
        if words.lower() not in heard:
            yield Failure(number, f"the words '{words}'", heard)
    for later, exchange in _from(turns, number):
        for words in expected.never_says:
            if any(words.lower() in reply.text.lower() for reply in exchange.replies):
                yield Failure(later, f"never the words '{words}'", f"them, to '{exchange.said}'")
    for name, value in expected.slots.items():
        found = slots[number - 1].get(name)
        if not _same(value, found):
            yield Failure(number, f"slot {name} = {value!r}", repr(found))


def _wanted_by(name: str, since: int, turn: int, all_expected: Sequence[Expectation]) -> bool:
    """Return whether an expectation behind turn `since`, up to `turn`, asks for `name` itself.

    From there on what was forbidden is forbidden no more: no stretch before the safety
    questions are through, then a stretch.
    """
    return any(
        since < one.after_turn <= turn and name in (*one.any_of, *one.then, *one.anywhere)
        for one in all_expected
    )


def _from(
    turns: Sequence[tuple[Exchange, ...]], number: int
) -> Iterable[tuple[int, Exchange]]:
    for later, exchanges in enumerate(turns[number - 1 :], number):
        for exchange in exchanges:
            yield later, exchange


def _same(expected: Any, found: Any) -> bool:
    """Compare a slot: `{has: x}` looks into a list, `{one_of: [..]}` at choices."""
    if isinstance(expected, dict) and "has" in expected:
        wanted = expected["has"]
        wanted = [wanted] if isinstance(wanted, str) else wanted
        return set(wanted) <= set(found or ())
    if isinstance(expected, dict) and "one_of" in expected:
        return found in expected["one_of"]
    if isinstance(expected, list):
        return sorted(expected) == sorted(found or ())
    if expected is None:
        return not found
    return bool(expected == found)


def run_file(path: Path, skill: Skill) -> list[Result]:
    """Hold every dialogue of the file at `path`, each as a conversation of its own.

    Raises:
        ContentError: the file breaks the format of `scripts.py`.
    """

    async def run_all() -> list[Result]:
        return [await run_dialogue(dialogue, skill) for dialogue in read_dialogues(path)]

    return asyncio.run(run_all())


def print_results(results: Sequence[Result], console: Console | None = None) -> None:
    """Print a table of the dialogues, and the whole talk of each that went otherwise."""
    console = console or Console()
    table = Table(title="Scripted dialogues")
    table.add_column("dialogue")
    table.add_column("what it is about", overflow="fold")
    table.add_column("result")
    for result in results:
        verdict = "[green]as expected[/]" if result.passed else "[red]otherwise[/]"
        table.add_row(result.id, result.about, verdict)
    console.print(table)
    for result in results:
        if not result.passed:
            console.print(result.report(), markup=False, highlight=False)
    passed = sum(result.passed for result in results)
    console.print(f"{passed} of {len(results)} dialogues went as expected.")

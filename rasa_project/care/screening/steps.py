"""How a screening goes on: the next question, an escalation, or the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from rasa_project.care.flags import TIER_ORDER, RedFlagContent
from rasa_project.care.screening.answers import Reading
from rasa_project.care.screening.progress import (
    SAME_DAY_FACT,
    STOPPED_FACT,
    URGENT_GROUPS,
    apply_effect,
    next_node,
    verdict_of,
    with_facts,
)
from rasa_project.care.screening.prompts import Prompt, prompt_for
from rasa_project.care.screening.questions import AnswerKind, Node, Screening, load_screening
from rasa_project.care.screening.state import ScreeningState, completed
from rasa_project.care.triage import Verdict

OutcomeKind = Literal["ask", "escalate", "complete", "refused", "abandoned", "digression"]


@dataclass(frozen=True)
class Outcome:
    """What follows from one answer."""

    state: ScreeningState
    kind: OutcomeKind
    prompt: Prompt | None = None
    """Question to ask now; with `escalate` it follows the advice, None = nothing more."""

    say_before: tuple[str, ...] = ()
    """Short sentences to speak before the prompt."""

    verdict: Verdict | None = None
    flag: str | None = None
    """Flag whose advice is spoken."""

    advice_key: str | None = None
    """Key for `triage.advice_text`."""


def explanation(node_id: str, content: RedFlagContent) -> str:
    """Return the one sentence that says why a question is asked."""
    screening = load_screening(content.folder)
    node = screening.node(node_id)
    main = screening.nodes.get(node.group, node)
    return node.why or main.why or screening.say("meaning")


def pose_next(state: ScreeningState, content: RedFlagContent) -> ScreeningState:
    if state.pending is not None or state.finished:
        return state
    state, node = next_node(state, content)
    return pending(state, node.id) if node else replace(state, finished=True)


def pending(state: ScreeningState, node_id: str) -> ScreeningState:
    return replace(
        state, pending=node_id, check="", check_flag="", attempt=1, reasked=False,
        silences=0, explained=False,
    )


class Step:
    """One turn of the screening and the ways in which it can go on."""

    def __init__(
        self, state: ScreeningState, reading: Reading, content: RedFlagContent, now: str | None
    ) -> None:
        self.state = state
        self.reading = reading
        self.content = content
        self.now = now
        self.screening: Screening = load_screening(content.folder)
        self.node: Node = self.screening.node(state.pending or "")
        self.before: list[str] = []

    def _ask(self, check: str, *before: str) -> Outcome:
        second = check == "reask" or (check == "confirm" and self.state.check == "confirm")
        self.state = replace(
            self.state,
            check=check,
            attempt=self.state.attempt + 1,
            reasked=second or (self.state.reasked and check != "confirm"),
        )
        return self._settle_named() or self._ask_outcome(before)

    def _ask_outcome(self, before: tuple[str, ...]) -> Outcome:
        return Outcome(self.state, "ask", prompt_for(self.state, self.content), before)

    def _done(self, kind: AnswerKind | None, tier: str = "") -> Outcome:
        """Close the pending question with `kind` (None: its effect is taken already)."""
        node = self.node
        if kind is None:
            answers = {**self.state.answers}
            answers.setdefault(node.id, "unsure")
            self.state = replace(self.state, answers=answers)
        else:
            self.state, effect = apply_effect(self.state, node, kind, self.reading.named, self.content, tier)
            if effect.say:
                self.before.append(effect.say)
            if effect.stop:
                return self._escalate(verdict_of(self.state, self.content), stop=True)
        if node.is_main:
            self.state = replace(self.state, last_main=node.id)
        if self.state.mode == "recheck":
            self.state = replace(
                self.state, rechecks=tuple(r for r in self.state.rechecks if r != node.id)
            )
        self.state = replace(self.state, pending=None)
        return self._settle_named() or self._go_on(node)

    def _settle_named(self) -> Outcome | None:
        """Escalate when what is known by now is more urgent than what was spoken."""
        verdict = verdict_of(self.state, self.content)
        heard = TIER_ORDER.get(self.state.spoken_tier, 0)  # type: ignore[call-overload]
        if verdict.tier in ("emergency_now", "same_day") and TIER_ORDER[verdict.tier] > heard:
            return self._escalate(verdict)
        return None

    def _escalate(self, verdict: Verdict, stop: bool = False) -> Outcome:
        assert verdict.tier is not None
        self.state = replace(self.state, pending=None, check="", spoken_tier=verdict.tier)
        if stop or verdict.tier == "emergency_now":
            self.state = replace(self.state, finished=True)
            return self._escalation(verdict, None, ())
        self.state = replace(
            self.state, mode="urgent", mode_before=self.state.mode_before or self.state.mode
        )
        self.state = with_facts(self.state, [SAME_DAY_FACT], self.content)
        self.state = pose_next(self.state, self.content)
        raised = verdict_of(self.state, self.content)
        if raised.tier == "emergency_now":
            return self._escalate(raised)
        prompt = prompt_for(self.state, self.content)
        urgent_left = prompt is not None and prompt.node in URGENT_GROUPS
        return self._escalation(verdict, prompt, (self._say("urgent"),) if urgent_left else ())

    def _with_soon_advice(self, outcome: Outcome) -> Outcome:
        """Return `outcome` with the advice to see a clinician before the next question."""
        verdict = verdict_of(outcome.state, self.content)
        if outcome.kind != "ask" or verdict.tier != "see_clinician_soon":
            return outcome
        return replace(
            outcome, kind="escalate", verdict=verdict, flag=verdict.lead, advice_key=verdict.advice_key
        )

    def _escalation(self, verdict: Verdict, prompt: Prompt | None, before: tuple[str, ...]) -> Outcome:
        return Outcome(
            self.state, "escalate", prompt, before, verdict, verdict.lead, verdict.advice_key
        )

    def _go_on(self, answered: Node) -> Outcome:
        self.state = pose_next(self.state, self.content)
        escalation = self._settle_named()
        if escalation is not None:
            return escalation
        prompt = prompt_for(self.state, self.content)
        if STOPPED_FACT in self.state.facts:
            return self._escalate(verdict_of(self.state, self.content), stop=True)
        if prompt is None:
            return self._complete()
        progress = self.content.screening_order.progress
        passed = self.state.mode == "full" and answered.group == progress.after
        if passed and prompt.group != progress.after:
            self.before.append(progress.say)
        return self._ask_outcome(tuple(self.before))

    def _complete(self) -> Outcome:
        verdict = verdict_of(self.state, self.content)
        self.state = replace(self.state, finished=True, pending=None)
        if self.now is not None:
            self.state = completed(self.state, self.now)
        return Outcome(
            self.state, "complete", None, tuple(self.before), verdict,
            verdict.lead or None, verdict.advice_key or None,
        )

    def _say(self, key: str) -> str:
        return self.screening.say(key)

"""The screening: one answer in, the next question or an escalation out."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Mapping

from rasa_project.care.errors import UnknownReference
from rasa_project.care.flags import RedFlagContent, Tier
from rasa_project.care.screening.answers import DetectionLike, Reading, read_answer
from rasa_project.care.screening.progress import take_named_flags, with_facts
from rasa_project.care.screening.prompts import Prompt, prompt_for
from rasa_project.care.screening.questions import load_screening
from rasa_project.care.screening.state import ScreeningState
from rasa_project.care.screening.steps import Outcome, pose_next
from rasa_project.care.screening.turn import Turn


def next_prompt(state: ScreeningState, content: RedFlagContent) -> Prompt | None:
    """Return the question that waits, or the first one; None when nothing is left to ask."""
    return prompt_for(pose_next(state, content), content)


def with_denials(state: ScreeningState, denied: Iterable[str], content: RedFlagContent) -> ScreeningState:
    """Return the state with elements that were denied up front (see `read_denials`)."""
    return with_facts(state, (f"!{name}" for name in denied), content)


def with_flags(state: ScreeningState, flags: Mapping[str, Tier], content: RedFlagContent) -> ScreeningState:
    """Return the state with flags that were raised outside the screening (id -> tier)."""
    return take_named_flags(state, flags, content)


def asked_who(state: ScreeningState, content: RedFlagContent) -> ScreeningState:
    """Return the state in which it is first asked whom the exercises are for."""
    return replace(pose_next(state, content), check="who", who_asked=True)


def recheck_state(state: ScreeningState) -> ScreeningState:
    """Return the state in which what was unsure is asked again, ten minutes into comfort."""
    answers = {key: value for key, value in state.answers.items() if key not in state.rechecks}
    return replace(
        state, mode="recheck", pending=None, check="", attempt=1, reasked=False, silences=0,
        finished=False, answers=answers,
    )


def advance(
    state: ScreeningState, reading: Reading, content: RedFlagContent, now: str | None = None
) -> Outcome:
    """Take in one answer to the pending question.

    `now` (UTC, ISO 8601) stamps the state when this answer completes the screen.

    Raises:
        UnknownReference: no question is pending.
    """
    state = pose_next(state, content)
    if state.pending is None:
        raise UnknownReference("No question is pending; ask next_prompt() first.")
    return Turn(state, reading, content, now).outcome()


def emergency_by_answer(
    text: str,
    intent: str | None,
    group_or_prompt: str | Prompt,
    detection: DetectionLike | None,
    content: RedFlagContent,
) -> tuple[str, ...]:
    """Return the flags of an emergency that this reply to a pending question makes at once.

    Pure and stateless, for the moment when nothing else answers: an unsure reply to a
    question that was asked a second time counts as a yes. Empty when it is no emergency.
    """
    if isinstance(group_or_prompt, Prompt):
        prompt = group_or_prompt
    else:
        node = load_screening(content.folder).node(group_or_prompt)
        prompt = Prompt(node.id, "", node.group, tuple(node.covers))
    screening = load_screening(content.folder)
    order = [node.id for node in screening.file.nodes]
    before = order[: order.index(prompt.node)] if prompt.node in order else []
    state = ScreeningState(
        answers={node_id: "no" for node_id in before},
        mode="short" if prompt.group == "short_rescreen" else "full",
        pending=prompt.node,
        check=prompt.check,
        check_flag=prompt.flag,
        attempt=prompt.attempt,
        reasked=prompt.check == "reask",
        person=prompt.person,  # type: ignore[arg-type]
        facts=tuple(screening.node(prompt.node).needs),
    )
    outcome = advance(state, read_answer(text, intent, prompt, detection, content), content)
    verdict = outcome.verdict
    if outcome.kind != "escalate" or verdict is None or verdict.tier != "emergency_now":
        return ()
    return tuple(dict.fromkeys((verdict.lead, *verdict.flags)))

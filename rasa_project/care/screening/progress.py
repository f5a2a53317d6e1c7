"""What is known so far: facts, flags and the verdict, and which question comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterable, Mapping

from rasa_project.care.flags import RedFlagContent, Tier
from rasa_project.care.screening.cues import load_lexicon
from rasa_project.care.screening.questions import AnswerKind, Effect, Node, Screening, load_screening
from rasa_project.care.screening.state import ScreeningState
from rasa_project.care.triage import Facts, Verdict, assess

URGENT_GROUPS = ("Q1_life_threat", "Q2_saddle", "Q3_bladder_bowel", "Q4_legs")
"""Asked also after a same-day flag, because they can raise it (stop_rule)."""

SAME_DAY_FACT = "same_day_flag"
STOPPED_FACT = "stopped"
"""Nothing more is asked: the coach is not for this person (a child)."""

_AFTER_SAME_DAY = frozenset(
    {"Q6_illness.which", "Q6_illness.low_defence", "Q4_legs.numb_too"}
)
"""Follow-ups that are still asked after a same-day advice, because they can raise it."""


def verdict_of(state: ScreeningState, content: RedFlagContent) -> Verdict:
    """Return how urgent everything known so far is."""
    tiers: dict[str, Tier] = {flag: tier for flag, tier in state.flags.items() if tier}  # type: ignore[misc]
    return assess(
        Facts(
            flags=frozenset(state.flags) | frozenset(state.assumed),
            conditions=frozenset(state.conditions),
            tiers=tiers,
            facts=frozenset(state.facts),
            advices=state.advices,
        ),
        content,
    )


def with_facts(state: ScreeningState, facts: Iterable[str], content: RedFlagContent) -> ScreeningState:
    """Return the state with `facts` known; a denial never removes what was said to be there."""
    elements = load_lexicon(content.folder).cues.elements
    known = list(state.facts)
    for fact in facts:
        for name in (fact, *(elements[fact].also if fact in elements else ())):
            if name.startswith("!") and name[1:] in known:
                continue
            if not name.startswith("!") and f"!{name}" in known:
                known.remove(f"!{name}")
            if name not in known:
                known.append(name)
    return replace(state, facts=tuple(known))


def with_flag(
    state: ScreeningState, flag: str, content: RedFlagContent, tier: str = "", advice: str = ""
) -> ScreeningState:
    """Return the state with `flag` in force at `tier` ("" = its own); never lowered again."""
    own = content.flag(flag).tier
    before = state.flags.get(flag)
    order = {"see_clinician_soon": 1, "same_day": 2, "emergency_now": 3}
    if before is not None and order[before or own] >= order[tier or own]:
        return state
    advices = {**state.advices, flag: advice} if advice else {
        key: value for key, value in state.advices.items() if key != flag
    }
    return replace(state, flags={**state.flags, flag: tier}, advices=advices)


def apply_effect(
    state: ScreeningState,
    node: Node,
    kind: AnswerKind,
    named: Iterable[str],
    content: RedFlagContent,
    tier: str = "",
) -> tuple[ScreeningState, Effect]:
    """Return the state after `kind` was answered to `node`, and the effect that did it.

    `named` are the elements that the answer named; `tier` lowers what a yes raises.
    """
    effect: Effect = getattr(node, kind)
    if effect.as_:
        effect = getattr(node, effect.as_)
    elements = load_lexicon(content.folder).cues.elements
    state = replace(state, answers={**state.answers, node.id: kind})
    state = with_facts(state, effect.facts, content)
    state = replace(
        state, conditions=tuple(dict.fromkeys((*state.conditions, *effect.conditions)))
    )
    said = [name for name in named if name in elements]
    flags = [elements[name].flag for name in said if elements[name].flag] if effect.named else []
    only = {effect.only_flag.get(name) for name in said} - {None} if effect.only_flag else set()
    if flags:
        state = with_facts(state, said, content)
        for flag in dict.fromkeys(flags):
            if flag and _decides(flag, state, content):
                state = with_flag(state, flag, content, tier or effect.tier or "")
        state = replace(state, assumed=())
    elif only and len(only) == 1 and len(said) == len([n for n in said if n in effect.only_flag]):
        state = with_flag(state, next(iter(only)) or "", content, tier)
    elif effect.flag:
        # The words for a bare yes speak of an emergency; they do not fit a lowered flag.
        advice = "" if tier else effect.advice or ""
        state = with_flag(state, effect.flag, content, tier or effect.tier or "", advice)
    elif effect.assumed and not tier:
        state = replace(
            state,
            assumed=tuple(dict.fromkeys((*state.assumed, effect.assumed))),
            advices={**state.advices, effect.assumed: effect.advice or effect.assumed},
        )
    elif tier and node.covers:
        state = with_flag(state, node.covers[0], content, tier)
    if effect.recheck and effect.recheck not in state.rechecks:
        state = replace(state, rechecks=(*state.rechecks, effect.recheck))
    return state, effect


def _decides(flag: str, state: ScreeningState, content: RedFlagContent) -> bool:
    """Tell whether naming `flag` raises it at once; some are worked out by follow-ups."""
    return flag not in load_screening(content.folder).file.worked_out_by_questions


def take_named_flags(
    state: ScreeningState, flags: Mapping[str, Tier], content: RedFlagContent, decide: bool = False
) -> ScreeningState:
    """Return the state with flags that the words themselves named.

    A flag that has questions of its own to weigh it only sets its facts, unless it was
    said in an urgent form. With `decide` every flag is raised.
    """
    file = load_screening(content.folder).file
    for flag, tier in flags.items():
        own = content.flag(flag).tier
        state = with_facts(state, file.facts_of_flag.get(flag, ()), content)
        if not decide and flag in file.worked_out_by_questions and tier == "see_clinician_soon" and state.mode == "full":
            continue
        state = with_flag(state, flag, content, tier if tier != own else "")
        if flag in state.assumed or state.assumed:
            state = replace(state, assumed=())
    return state


def next_node(state: ScreeningState, content: RedFlagContent) -> tuple[ScreeningState, Node | None]:
    """Return the next question to ask, taking on the way what is known already.

    The state comes back too, because a question that the facts answer is answered
    without being asked.
    """
    screening = load_screening(content.folder)
    while True:
        node = _first_open(state, screening)
        if node is None:
            return state, None
        kind = _known_answer(node, state)
        if kind is None:
            return state, node
        named = [name for name in node.asks if name in state.facts]
        state, effect = apply_effect(state, node, kind, named, content)
        if effect.stop:
            return replace(with_facts(state, [STOPPED_FACT], content), finished=True), None


def _first_open(state: ScreeningState, screening: Screening) -> Node | None:
    for node in _plan(state, screening):
        if node.id not in state.answers and _fits(node, state):
            return node
    return None


def _plan(state: ScreeningState, screening: Screening) -> list[Node]:
    if state.mode == "recheck":
        return [screening.node(node_id) for node_id in state.rechecks]
    routine = screening.file.nodes
    if state.mode == "short":
        # A yes in the short check may open follow-ups of a group (a fall: how bad?).
        opened = [screening.node(n.id) for n in routine if not n.is_main and n.group != "Q9_about_you"]
        return [screening.node(n.id) for n in screening.file.short] + opened
    if state.mode == "urgent":
        # Follow-ups that can raise a same-day flag come before new questions.
        first = [n for n in routine if n.id in _AFTER_SAME_DAY]
        rest = [n for n in routine if n.group in URGENT_GROUPS and n.id not in _AFTER_SAME_DAY]
        return [screening.node(n.id) for n in (*first, *rest)]
    return [screening.node(n.id) for n in routine]


def _fits(node: Node, state: ScreeningState) -> bool:
    facts = set(state.facts)
    if state.mode == "urgent":
        facts.add(SAME_DAY_FACT)
    if node.needs and not set(node.needs) <= facts:
        return False
    if node.needs_any and not set(node.needs_any) & facts:
        return False
    return not set(node.unless) & facts


def _known_answer(node: Node, state: ScreeningState) -> AnswerKind | None:
    facts = set(state.facts)
    if set(node.known.get("yes", ())) & facts:
        return "yes"
    if set(node.known.get("no", ())) & facts:
        return "no"
    if node.is_main and node.asks:
        if all(f"!{name}" in facts for name in node.asks):
            return "no"
        if any(name in facts for name in node.asks) and not node.yes.named:
            return "yes" if node.yes.facts else None
    return None

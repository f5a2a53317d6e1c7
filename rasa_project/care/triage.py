"""From single flags and facts to one verdict: how urgent, which advice, which limits.

The rules are `content/screening_triage.yml`; clinically they are `answer_rules.combine`
and `upgrade_if` of the red flags and rows 1 to 7 of the triage policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Mapping

from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.escalation_words import load_escalations
from rasa_project.care.flag_checks import MAX_ADVICE_WORDS, check_placeholders, check_words
from rasa_project.care.flags import (
    TIER_ORDER,
    Gate,
    RedFlagContent,
    Tier,
    load_red_flags,
    more_urgent,
)
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model

COMBINED = "combined_emergency"
"""Advice key of an emergency that only the combination makes."""

CHANGED = "changed"
"""First part of the advice key of a flag at another tier than its own; the tier follows."""

NO_FLAG = "no_flag"
"""Rule of a verdict without any flag (triage policy rows 8 to 10)."""

_ANY_SAME_DAY = "any_same_day"
_ANY_NERVE_SIGN = "any_nerve_sign"


class AddRule(ContentModel):
    """Adds a flag when one id of each list is there."""

    rule: str
    all_of: list[list[str]]
    flag: str


class RaiseRule(ContentModel):
    """Gives a tier when one id of each list is there."""

    rule: str
    all_of: list[list[str]]
    tier: Tier
    advice: str


class CombinedAdvice(ContentModel):
    """Words for a combination that no flag has words for."""

    advice: str
    sources: list[str]
    reviewed: str


class TriageRules(ContentModel):
    """`screening_triage.yml` as a whole."""

    version: int
    causes: dict[str, list[str]]
    never_second_cause: list[str]
    nerve_signs: list[str]
    facts: list[str]
    adds: list[AddRule]
    raises: list[RaiseRule]
    combined_emergency: CombinedAdvice
    own_advice_at: dict[str, list[Tier]]
    lead_first: list[str]
    conditions: dict[str, list[str]]


@dataclass(frozen=True)
class Facts:
    """What is known about one person: flags, exercise conditions and other facts."""

    flags: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()
    """Keys of `schema.conditions` in exercises.yml."""

    tiers: Mapping[str, Tier] = field(default_factory=dict)
    """Tier of a flag where the words or answers raised or lowered it."""

    facts: frozenset[str] = frozenset()
    """Ids of `facts` in screening_triage.yml, such as `small_fall`; unknown ids have no effect."""

    advices: Mapping[str, str] = field(default_factory=dict)
    """Flag id to the advice key to speak instead of the flag's own advice."""


@dataclass(frozen=True)
class Verdict:
    """How urgent the whole is, and what follows for exercises."""

    tier: Tier | None
    """None: no flag, self-care (rows 8 to 10)."""

    lead: str
    """Flag whose advice is spoken; empty without any flag."""

    flags: tuple[str, ...]
    """All flags, most urgent first."""

    rule: str
    """Which rule decided: `single_flag`, `no_flag`, or a rule of screening_triage.yml."""

    stop_until_cleared: bool
    """True: no exercise until a clinician has cleared it."""

    conditions: frozenset[str]
    """Conditions that limit the exercises."""

    advice_key: str = ""
    """Key for `advice_text`; the lead's id when its own advice is spoken."""

    exercise_gate: Gate = "none"
    """Strictest gate of all flags."""


@lru_cache(maxsize=8)
def load_triage_rules(folder: Path) -> TriageRules:
    """Return the combination rules of `folder`, checked against its flags.

    Raises:
        ContentError: a rule names an unknown flag or fact, or its advice is too long.
    """
    path = folder / "screening_triage.yml"
    rules = read_model(path, TriageRules)
    content = load_red_flags(folder)
    known = set(content.flags) | set(rules.facts) | {_ANY_SAME_DAY, _ANY_NERVE_SIGN}
    named: list[tuple[str, str]] = [
        (f"rule '{rule.rule}'", name)
        for rule in (*rules.adds, *rules.raises)
        for group in rule.all_of
        for name in group
    ]
    named += [(f"rule '{rule.rule}'", rule.flag) for rule in rules.adds]
    named += [("conditions", name) for name in rules.conditions]
    named += [("lead_first", name) for name in rules.lead_first]
    named += [("own_advice_at", name) for name in rules.own_advice_at]
    named += [("nerve_signs", name) for name in rules.nerve_signs]
    named += [("never_second_cause", name) for name in rules.never_second_cause]
    named += [(f"cause '{cause}'", name) for cause in rules.causes for name in rules.causes[cause]]
    for place, name in named:
        if name not in known:
            raise ContentError(
                f"{path}: {place} names '{name}', which is neither a flag of red_flags.yml nor "
                "one of `facts`. Correct the id or add it."
            )
    check_words(path, COMBINED, rules.combined_emergency.advice, MAX_ADVICE_WORDS)
    check_placeholders(path, COMBINED, rules.combined_emergency.advice)
    return rules


def assess(facts: Facts, content: RedFlagContent) -> Verdict:
    """Decide how urgent the facts are together; the highest rule that matches wins.

    Raises:
        UnknownReference: a flag that the content does not have.
    """
    rules = load_triage_rules(content.folder)
    flags, added_by = _with_added_flags(facts, rules)
    tiers = {flag: facts.tiers.get(flag, content.flag(flag).tier) for flag in flags}
    # An added flag is a new finding: what lowered it as a single one no longer holds.
    tiers.update({flag: content.flag(flag).tier for flag in added_by})
    order = sorted(flags, key=lambda flag: _rank(flag, tiers[flag], rules, content))
    lead = order[0] if order else ""
    tier = tiers[lead] if order else None
    rule = added_by.get(lead, "single_flag") if order else NO_FLAG
    advice = _own_advice(lead, tiers, facts, content) if lead not in added_by else lead
    for raised in _raising(flags, tiers, facts, rules):
        if more_urgent(raised.tier, tier) != tier:
            tier, rule, advice = raised.tier, raised.rule, raised.advice
            lead = advice if advice in content.flags else lead
    return Verdict(
        tier=tier,
        lead=lead,
        flags=tuple(order),
        rule=rule,
        stop_until_cleared=_gate(tier, tiers, content) == "stop_until_cleared",
        conditions=facts.conditions | _conditions(flags | facts.facts, rules),
        advice_key=advice,
        exercise_gate=_gate(tier, tiers, content),
    )


def advice_text(key: str, content: RedFlagContent) -> str:
    """Return the advice of a key that a verdict names, placeholders unfilled.

    A key is a flag id, `combined_emergency`, `changed.<tier>`, or `<group>.advice_…` for the words a
    question has of its own.

    Raises:
        UnknownReference: the content has no such advice.
    """
    if key == COMBINED:
        return load_triage_rules(content.folder).combined_emergency.advice
    group, _, name = key.partition(".")
    if group == CHANGED:
        words = load_escalations(content.folder).changed_tier
        if name not in words:
            raise UnknownReference(f"escalations.yml has no words for the tier '{name}'.")
        return words[name].advice
    if name:
        return getattr(content.question(group), name)
    return content.flag(key).advice


def _own_advice(
    lead: str, tiers: Mapping[str, Tier], facts: Facts, content: RedFlagContent
) -> str:
    if not lead or lead in facts.advices:
        return facts.advices.get(lead, "")
    tier = tiers[lead]
    rules = load_triage_rules(content.folder)
    if tier == content.flag(lead).tier or tier in rules.own_advice_at.get(lead, ()):
        return lead
    # "Go to an emergency department now" would be wrong for what is not there any more.
    return f"{CHANGED}.{tier}"


def _with_added_flags(facts: Facts, rules: TriageRules) -> tuple[frozenset[str], dict[str, str]]:
    known = facts.flags | facts.facts
    added: dict[str, str] = {}
    for rule in rules.adds:
        if all(known & set(group) for group in rule.all_of):
            added[rule.flag] = rule.rule
    return facts.flags | set(added), added


def _raising(
    flags: frozenset[str], tiers: Mapping[str, Tier], facts: Facts, rules: TriageRules
) -> list[RaiseRule]:
    same_day = {flag for flag in flags if tiers[flag] == "same_day"}
    known = set(flags) | facts.facts
    if same_day - set(rules.nerve_signs) - {"leg_pain_one_side"}:
        known.add(_ANY_SAME_DAY)
    if any(tiers.get(sign, "see_clinician_soon") != "see_clinician_soon" for sign in rules.nerve_signs):
        known.add(_ANY_NERVE_SIGN)
    raising = [r for r in rules.raises if all(known & set(group) for group in r.all_of)]
    causes = {
        cause
        for cause, members in rules.causes.items()
        if same_day & (set(members) - set(rules.never_second_cause))
    }
    if len(causes) >= 2:
        raising.append(
            RaiseRule(rule="two_causes", all_of=[], tier="emergency_now", advice=COMBINED)
        )
    return raising


def _rank(
    flag: str, tier: Tier, rules: TriageRules, content: RedFlagContent
) -> tuple[int, int, int]:
    preferred = rules.lead_first
    place = preferred.index(flag) if flag in preferred else len(preferred)
    return -TIER_ORDER[tier], place, list(content.flags).index(flag)


def _gate(tier: Tier | None, tiers: Mapping[str, Tier], content: RedFlagContent) -> Gate:
    if tier in ("emergency_now", "same_day"):
        return "stop_until_cleared"
    strictest: Gate = "none"
    for flag in tiers:
        gate = content.flag(flag).exercise_gate
        # An emergency flag that was lowered to "soon" keeps no lock, but asks for care.
        if gate == "stop_until_cleared" and content.flag(flag).tier == "see_clinician_soon":
            return gate
        if gate != "none":
            strictest = "modified_only"
    return strictest


def conditions_asked_for(folder: Path = CONTENT_DIR) -> frozenset[str]:
    """Return the conditions that answers to safety questions work out.

    "A back operation" answers such a question, and only its follow-up tells whether that is
    one to exercise around.
    """
    rules = load_triage_rules(folder)
    return frozenset(c for named in rules.conditions.values() for c in named)


def _conditions(known: frozenset[str], rules: TriageRules) -> frozenset[str]:
    return frozenset(
        condition for name in known for condition in rules.conditions.get(name, ())
    )

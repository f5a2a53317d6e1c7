"""Which advice is spoken for the red flags of a turn, and under which response name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from rasa_project.care.escalation_words import load_escalations
from rasa_project.care.flags import TIER_ORDER, RedFlagContent, load_red_flags
from rasa_project.care.record import FlagRecord
from rasa_project.care.red_flags import Detection
from rasa_project.care.triage import CHANGED, COMBINED, advice_text

RESPONSE = "utter_escalation"
"""Name of the response whose own words hold whatever the flag."""

SINGLE_FLAG = "single_flag"
"""Rule of a verdict that one flag decides by itself."""

CRISIS_FLAGS = frozenset({"suicidal_or_self_harm", "medication_overdose"})
"""Flags with a script of their own: reply kind `crisis_support`."""


@dataclass(frozen=True)
class Escalation:
    """What is said about the flags of one turn."""

    response: str
    """Domain response that words it."""

    tier: str
    flags: tuple[str, ...]
    third_person: bool = False
    lead: str | None = None
    rule: str = ""

    @property
    def kind(self) -> str:
        """Reply kind of the behaviour contract."""
        return "crisis_support" if self.lead in CRISIS_FLAGS else "escalation"

    @property
    def reply(self) -> dict[str, Any]:
        """The `reply` metadata of the message."""
        return {
            "kind": self.kind,
            "id": self.lead,
            "tier": self.tier,
            "flags": list(self.flags),
            "third_person": self.third_person,
            "expects_reply": True,
        }


def response_for(key: str) -> str:
    """Return the response that speaks the advice `key` of a verdict."""
    return f"{RESPONSE}_{key.replace('.', '_')}"


def choose(
    record: FlagRecord, detection: Detection, content: RedFlagContent
) -> Escalation:
    """Return what must be said now, `record` already holding this turn's flags.

    The speaker's own flags come before somebody else's. Among several the flag named
    in this very turn is spoken about, unless an earlier one is more urgent.
    """
    own_now = [finding.flag for finding in detection.present]
    if record.tiers and (own_now or not detection.third_person):
        verdict = record.verdict(content)
        tier = verdict.tier or "see_clinician_soon"
        lead, key = verdict.lead, verdict.advice_key
        if record.outcome and TIER_ORDER[record.outcome] > TIER_ORDER[tier]:
            tier = record.outcome
            key = f"{CHANGED}.{tier}"
        elif verdict.rule == SINGLE_FLAG and lead not in own_now:
            named = [flag for flag in own_now if record.tiers[flag] == tier]
            if named:
                alone = FlagRecord(tiers={named[0]: tier}, advices=record.advices)
                lead, key = named[0], alone.verdict(content).advice_key
        return Escalation(
            response_for(key), tier, verdict.flags, lead=lead, rule=verdict.rule
        )
    if detection.third_person or record.third_person:
        return _third_person(record, detection, content)
    return Escalation(RESPONSE, "emergency_now", ())


def _third_person(
    record: FlagRecord, detection: Detection, content: RedFlagContent
) -> Escalation:
    findings = sorted(detection.third_person, key=lambda f: -TIER_ORDER[f.tier])
    if findings:
        flag, tier = findings[0].flag, findings[0].tier
        flags = tuple(finding.flag for finding in findings)
    else:
        flags = record.third_person
        flag = max(flags, key=lambda name: TIER_ORDER[content.flag(name).tier])
        tier = content.flag(flag).tier
    key = content.flag(flag).route if tier == "emergency_now" else tier
    if f"{key}" not in load_escalations().third_person:
        key = "emergency_department"
    return Escalation(
        f"{RESPONSE}_third_person_{key}", tier, flags, third_person=True, lead=flag
    )


def domain_responses(content: RedFlagContent | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return every escalation as a plain domain response, placeholders left in.

    The responses carry `reply` in their metadata for whoever runs them without our
    response generator; it replaces that by the flags of the moment.
    """
    content = content or load_red_flags()
    words = load_escalations()
    responses: dict[str, list[dict[str, Any]]] = {}

    def add(name: str, text: str, tier: str, flags: list[str], third: bool = False) -> None:
        kind = "crisis_support" if set(flags) & CRISIS_FLAGS else "escalation"
        reply = {"kind": kind, "tier": tier, "flags": flags, "third_person": third}
        responses[name] = [{"text": text, "metadata": {"reply": reply}}]

    add(RESPONSE, words.unknown_flag.advice, "emergency_now", [])
    for flag in content.flags.values():
        add(f"{RESPONSE}_{flag.id}", flag.advice, flag.tier, [flag.id])
    for tier, entry in words.changed_tier.items():
        add(f"{RESPONSE}_changed_{tier}", entry.advice, tier, [])
    for route, entry in words.third_person.items():
        tier = route if route in TIER_ORDER else "emergency_now"
        add(f"{RESPONSE}_third_person_{route}", entry.advice, tier, [], third=True)
    for key, (text, tier) in special_advice(content).items():
        add(f"{RESPONSE}_{key}", text, tier, [])
    responses["utter_error"] = [
        {"text": words.apology.advice, "metadata": {"reply": {"kind": "error"}}}
    ]
    return responses


def special_advice(content: RedFlagContent) -> Mapping[str, tuple[str, str]]:
    """Return advice texts that belong to no single flag: key -> (text, tier)."""
    found = {COMBINED: (advice_text(COMBINED, content), "emergency_now")}
    for question in content.screening_order.questions:
        bare = "emergency_now" if question.group[:2] in ("Q1", "Q2", "Q3") else "same_day"
        for name, tier in (
            ("advice_bare_yes", bare),
            ("advice_unsure", "same_day"),
            ("advice_thinners_no_fall", "see_clinician_soon"),
        ):
            text = getattr(question, name)
            if text:
                found[f"{question.group}_{name}"] = (text, tier)
    return found

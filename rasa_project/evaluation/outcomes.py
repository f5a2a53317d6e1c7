"""What a reply amounts to: the outcomes that scripted dialogues are written in.

Every reply kind of the behaviour contract is an outcome of its own name. The others say how
a reply relates to what came before it (`repeat_step`, `screening_resumes`) or how urgent an
escalation is (`escalate_same_day`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Mapping, Sequence

if TYPE_CHECKING:  # reading scripts must not load Rasa
    from rasa_project.local import Reply

KINDS = frozenset(
    """greeting help screening_question setup_question stretch_step paused resumed slower faster
    relief_ack worse_stop answer plan progress logged clinician_info confirm_delete data_deleted
    stop goodbye thanks fallback clarify explain refuse_dose refuse_diagnosis escalation
    crisis_support ask_adult safety_net error""".split()
)
"""Reply kinds of the behaviour contract."""

ESCALATE: Mapping[str, str] = {
    "emergency_now": "escalate_emergency",
    "same_day": "escalate_same_day",
    "see_clinician_soon": "escalate_clinician",
}
"""Tier -> outcome."""

_RELATED = frozenset(
    """screening_resumes repeat_step previous_step next_step massage_steps third_party_emergency
    third_party_advice repeated silence escalate_emergency escalate_same_day
    escalate_clinician""".split()
)
_ONE_TIER_HIGHER = {
    "escalate_clinician": "escalate_same_day",
    "escalate_same_day": "escalate_emergency",
}
_MASSAGE = frozenset({"tennis_ball_wall", "foam_roller_upper_back"})

Place = tuple[str, int]
"""Exercise (or transition) id and step, as the reply names them."""


@dataclass(frozen=True)
class Thread:
    """What has been asked and instructed so far; every reply makes a new one."""

    question: tuple[str, tuple[str, ...]] | None = None
    """Group and covered flags of the last safety question."""

    places: tuple[Place, ...] = ()
    """Instructions that lie behind the listener, the present one last; going back shortens it."""

    def after(self, replies: Sequence[Reply]) -> "Thread":
        """Return the thread once `replies` were heard."""
        thread = self
        for reply in replies:
            if reply.kind == "screening_question":
                thread = replace(thread, question=question_of(reply))
            elif reply.kind == "stretch_step":
                place = place_of(reply)
                behind = thread.places
                if place in behind:
                    behind = behind[: len(behind) - behind[::-1].index(place)]
                else:
                    behind = (*behind, place)
                thread = replace(thread, places=behind)
        return thread


def question_of(reply: Reply) -> tuple[str, tuple[str, ...]]:
    """Return group and covered flags of a safety question."""
    return str(reply.reply.get("id")), tuple(sorted(reply.reply.get("covers") or ()))


def place_of(reply: Reply) -> Place:
    """Return exercise and step of an instruction."""
    return str(reply.reply.get("id")), int(reply.reply.get("step") or 0)


def is_outcome(name: str) -> bool:
    """Return whether scripts may use `name`."""
    return name in KINDS or name in _RELATED or name.startswith("answer:")


def outcomes(replies: Sequence[Reply], before: Thread) -> frozenset[str]:
    """Return everything that the replies to one turn amount to."""
    found: set[str] = set()
    if not any(reply.text.strip() for reply in replies):
        found.add("silence")
    for reply in replies:
        found |= _outcomes_of(reply, before)
        before = before.after((reply,))
    return frozenset(found)


def _outcomes_of(reply: Reply, before: Thread) -> set[str]:
    data, kind = reply.reply, reply.kind
    found = {kind} if kind else set()
    if data.get("repeated"):
        found.add("repeated")
    if kind == "screening_question":
        if question_of(reply) == before.question:
            found.add("screening_resumes")
        if int(data.get("attempt") or 1) > 1:
            found.add("clarify")
    elif kind == "stretch_step":
        found |= _movement(reply, before)
    elif kind == "answer":
        found.add(f"answer:{data.get('topic')}")
    elif kind == "fallback":
        found.add("clarify")
    elif kind in ("escalation", "crisis_support"):
        found |= _escalation(data)
    return found


def _movement(reply: Reply, before: Thread) -> set[str]:
    place = place_of(reply)
    found = {"massage_steps"} if place[0] in _MASSAGE else set()
    if before.places and place == before.places[-1]:
        return found | {"repeat_step"}
    if place in before.places or _lies_before(place, before):
        return found | {"previous_step"}
    return found | {"next_step"}


def _lies_before(place: Place, before: Thread) -> bool:
    """An earlier step of the same exercise was not necessarily spoken by this conversation."""
    return bool(before.places) and before.places[-1][0] == place[0] and place[1] < before.places[-1][1]


def _escalation(data: Mapping[str, Any]) -> set[str]:
    tier = str(data.get("tier"))
    if not data.get("third_person"):
        return {ESCALATE.get(tier, "escalate_emergency")}
    return {"third_party_emergency" if tier == "emergency_now" else "third_party_advice"}


def fulfils(expected: str, happened: frozenset[str]) -> bool:
    """Return whether `expected` happened; an escalation may be one tier higher."""
    return expected in happened or _ONE_TIER_HIGHER.get(expected, expected) in happened

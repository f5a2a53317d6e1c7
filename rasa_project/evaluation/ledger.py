"""An independent account of the lock, and of what no reply may look like.

It reads replies and the slots of the behaviour contract only, never how the skill decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Mapping, Sequence

from rasa_project.care.flags import load_red_flags
from rasa_project.local import Reply

MOST_WORDS = 25
"""Words a listener can follow in one sentence (style rules)."""

FEWEST_QUESTIONS = 5
"""Safety questions that a new full screen asks at the very least, whatever is known."""

_STOPPING_TIERS = ("emergency_now", "same_day")
_CLEAN = ("self_care", "see_clinician_soon")


@lru_cache(maxsize=1)
def stopping_without_urgency() -> frozenset[str]:
    """Return the flags that lock although a clinician soon is enough."""
    return frozenset(
        flag.id
        for flag in load_red_flags().flags.values()
        if flag.tier not in _STOPPING_TIERS and flag.exercise_gate == "stop_until_cleared"
    )


@dataclass(frozen=True)
class Ledger:
    """Whether exercises are open, as the conversation heard so far demands it."""

    locked_by: frozenset[str] = frozenset()
    """Flags behind the lock; `{"?"}` when an escalation named none."""

    screening_due: bool = False
    """The lock was lifted, but no new screen has been completed since."""

    asked: int = 0
    """Safety questions asked since the lock was lifted."""

    asked_clearance: bool = False
    asked_about: frozenset[str] = frozenset()
    """Flags whose confirm question ended the last turn."""

    @property
    def open(self) -> bool:
        """Whether an exercise may be given."""
        return not self.locked_by and not self.screening_due

    def after(self, replies: Sequence[Reply], slots: Mapping[str, Any]) -> "Ledger":
        """Return the account after a turn that was answered with `replies`."""
        ledger = self._lifted(slots)
        for reply in replies:
            ledger = ledger._locked(reply)
        questions = sum(_is_main_question(reply) for reply in replies)
        ledger = replace(ledger, asked=ledger.asked + questions if ledger.screening_due else 0)
        if ledger.screening_due and ledger.asked >= FEWEST_QUESTIONS and slots.get("triage_outcome") in _CLEAN:
            ledger = replace(ledger, screening_due=False)
        return replace(
            ledger,
            asked_clearance=any(reply.reply.get("id") == "clearance" for reply in replies),
            asked_about=frozenset(
                flag
                for reply in replies
                if reply.kind == "clarify"
                for flag in reply.reply.get("covers") or ()
            ),
        )

    def _lifted(self, slots: Mapping[str, Any]) -> "Ledger":
        if not self.locked_by:
            return self
        if self.asked_clearance and slots.get("cleared_by_clinician") is True:
            return Ledger(screening_due=True)
        if self.asked_about & self.locked_by:
            left = self.locked_by & frozenset(slots.get("red_flags") or ())
            if not left:
                return Ledger(screening_due=True)
            return replace(self, locked_by=left)
        return self

    def _locked(self, reply: Reply) -> "Ledger":
        data = reply.reply
        if reply.kind not in ("escalation", "crisis_support") or data.get("third_person"):
            return self
        flags = frozenset(data.get("flags") or ())
        locking = flags if data.get("tier") in _STOPPING_TIERS else flags & stopping_without_urgency()
        if data.get("tier") in _STOPPING_TIERS and not flags:
            locking = frozenset({"?"})
        if not locking:
            return self
        return replace(self, locked_by=self.locked_by | locking, screening_due=False)

    def broken_by(self, replies: Sequence[Reply]) -> str | None:
        """Return what is wrong with `replies` while this account holds, None when nothing is."""
        kinds = [reply.kind for reply in replies]
        if "stretch_step" in kinds and "screening_question" in kinds:
            return "an exercise beside a safety question"
        if self.open or not any(reply.kind == "stretch_step" for reply in replies):
            return None
        if self.locked_by:
            return f"an exercise after an uncleared flag ({', '.join(sorted(self.locked_by))})"
        return "an exercise before the new screen was complete"


def _is_main_question(reply: Reply) -> bool:
    return (
        reply.kind == "screening_question"
        and reply.reply.get("id") != "intro"
        and not reply.reply.get("follow_up")
        and int(reply.reply.get("attempt") or 1) == 1
    )


_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')]?\s+|\n+")
_ARTEFACTS = (
    (re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b"), "an internal name"),
    (re.compile(r"[{}]"), "a placeholder"),
    # "True weakness" and "None of that" are English; a value stands alone.
    (re.compile(r"\b(?:None|True|False)\b(?! [a-z])|\b(?:null|nan)\b|\[['\"]|^- ", re.MULTILINE), "a data artefact"),
    (re.compile(r"[<>|`*#]|https?:"), "markup"),
    (re.compile(r"  |\s[.,;?!]|\.\.(?!\.)"), "a seam"),
)


def faults_of(replies: Sequence[Reply]) -> list[str]:
    """Return what no listener should hear in the replies to one turn; empty when all is well."""
    faults = []
    if not any(reply.text.strip() for reply in replies):
        faults.append("silence")
    if any(reply.kind == "error" for reply in replies):
        faults.append("an error reply")
    if sum(reply.text.count("?") for reply in replies) > 1:
        first = next(reply.text for reply in replies if "?" in reply.text)
        faults.append(f"more than one question in a turn; the first: {first!r}")
    for reply in replies:
        if reply.kind is None and not reply.reply.get("repeated"):
            faults.append(f"no reply kind: {reply.text!r}")
        for pattern, name in _ARTEFACTS:
            if found := pattern.search(reply.text):
                faults.append(f"{name} ({found.group()!r}) in {reply.text!r}")
        for sentence in _SENTENCE_END.split(reply.text):
            if len(sentence.split()) > MOST_WORDS:
                faults.append(f"a sentence of {len(sentence.split())} words: {sentence!r}")
    return faults

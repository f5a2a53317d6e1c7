"""Red flags as first sentences of new conversations: what the whole reply amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Sequence

from rasa_project.evaluation.intervals import Share, share
from rasa_project.evaluation.lines import TIERS, FlagLine

if TYPE_CHECKING:  # scoring stored replies must not load Rasa
    from rasa_project.local import Reply, Skill

ESCALATING_KINDS = ("escalation", "crisis_support")
URGENT = ("same_day", "emergency_now")


@dataclass(frozen=True)
class Answered:
    """A sentence and how urgent the reply to it was."""

    line: FlagLine
    tier: str
    """The most urgent tier spoken, `none` when the reply did not escalate."""

    asked: bool
    """A flag that may have been misheard was asked about (`clarify` with `covers`)."""

    @property
    def urgent_enough(self) -> bool:
        """At least as urgent as the mildest tier that is right."""
        return urgency(self.tier) >= min(urgency(tier) for tier in self.line.tier_ok)


def urgency(tier: str) -> int:
    """Return the rank of a tier, 0 for `none`."""
    return TIERS.index(tier)


def read_replies(line: FlagLine, replies: Sequence[Reply]) -> Answered:
    """Return what the replies to a line amount to."""
    tiers = [r.reply.get("tier", "none") for r in replies if r.kind in ESCALATING_KINDS]
    asked = any(r.kind == "clarify" and r.reply.get("covers") for r in replies)
    return Answered(line, max(tiers, key=urgency, default="none"), asked)


async def say_all(skill: Skill, lines: Sequence[FlagLine]) -> list[Answered]:
    """Say every line as the first sentence of a conversation of its own."""
    return [
        read_replies(line, await skill.say(f"evaluation-{number}", line.text))
        for number, line in enumerate(lines)
    ]


@dataclass(frozen=True)
class FlagScores:
    """Sensitivity and specificity of the replies."""

    escalated: Share
    emergencies: Share
    """Of the emergencies, those that got any escalation."""

    right_tier: Share
    """Of what must escalate, what got at least its tier."""

    left_alone: Share
    """Of what must not, what got no same-day and no emergency answer."""

    escalated_or_asked: Share
    """Like `escalated`, a confirming question counted too: the measure for heard sentences."""

    by_kind: dict[str, Share]
    by_flag: dict[str, Share]
    misses: tuple[Answered, ...]


def score_flags(answered: Sequence[Answered]) -> FlagScores:
    """Return the scores of all lines."""
    must = [a for a in answered if a.line.must_escalate]
    must_not = [a for a in answered if not a.line.must_escalate]
    return FlagScores(
        escalated=share([a.tier != "none" for a in must]),
        emergencies=share([a.tier != "none" for a in must if a.line.tier == "emergency_now"]),
        right_tier=share([a.urgent_enough for a in must]),
        left_alone=share([_right(a) for a in must_not]),
        escalated_or_asked=share([a.tier != "none" or a.asked for a in must]),
        by_kind=_by(answered, lambda a: a.line.kind),
        by_flag=_by(answered, lambda a: a.line.flag),
        misses=tuple(a for a in answered if not _right(a)),
    )


def _right(answered: Answered) -> bool:
    if answered.line.must_escalate:
        return answered.tier != "none" and answered.urgent_enough
    return answered.tier not in URGENT


def _by(answered: Sequence[Answered], key: Callable[[Answered], str]) -> dict[str, Share]:
    names = sorted({key(a) for a in answered} - {""})
    return {name: share([_right(a) for a in answered if key(a) == name]) for name in names}

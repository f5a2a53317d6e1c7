"""What the skill answers to one turn, before any front end puts it into its own form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence, Union

Segment = Mapping[str, Union[str, float]]
"""Either `{"say": "…"}` or `{"pause_s": 20}` (behaviour contract, section 3)."""

URGENT_KINDS = frozenset({"escalation", "crisis_support", "ask_adult", "safety_net", "error"})
"""Reply kinds that no front end may shorten, delay or leave out."""


def reply_metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the `reply` part of a bot message's metadata, from either place it may lie in."""
    metadata = metadata or {}
    nested = metadata.get("metadata") or {}
    return dict(metadata.get("reply") or nested.get("reply") or {})


@dataclass(frozen=True)
class Message:
    """One message of the skill."""

    text: str
    """For the eye."""

    reply: Mapping[str, Any] = field(default_factory=dict)
    """The `reply` metadata of the behaviour contract; empty when there is none."""

    image: str | None = None
    """Path of a picture that the skill itself serves."""

    @property
    def kind(self) -> str | None:
        """Reply kind; None for a message without metadata."""
        return self.reply.get("kind")

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The message for the ear, in order: words, and pauses in seconds."""
        return tuple(self.reply.get("segments") or ({"say": self.text},))

    @property
    def is_urgent(self) -> bool:
        """Whether this is about safety and must come through whole."""
        return self.kind in URGENT_KINDS


@dataclass(frozen=True)
class TurnReply:
    """Everything the skill says in one turn; never empty."""

    messages: tuple[Message, ...]

    in_time: bool = True
    """False when the turn failed or missed its deadline; what is here was said instead."""

    @property
    def text(self) -> str:
        """For the eye: one line a message."""
        return "\n".join(message.text for message in self.messages)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """For the ear: the segments of all messages, in order."""
        return tuple(s for message in self.messages for s in message.segments)

    @property
    def replies(self) -> Sequence[Mapping[str, Any]]:
        """The `reply` metadata of each message, in order."""
        return [message.reply for message in self.messages]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The reply kinds, in order; a message without one is left out."""
        return tuple(message.kind for message in self.messages if message.kind)

    @property
    def hold_s(self) -> float:
        """Seconds of all timed pauses together; 0 when nothing is timed."""
        return sum(float(s["pause_s"]) for s in self.segments if "pause_s" in s)

    @property
    def expects_reply(self) -> bool:
        """Whether the skill waits for an answer: the microphone should open again.

        The last message decides; one that does not say so waits.
        """
        return bool(self.messages[-1].reply.get("expects_reply", True))

    @property
    def ends(self) -> bool:
        """Whether this ends the conversation: after a stop, a goodbye, a deletion."""
        return not self.expects_reply

    @property
    def is_urgent(self) -> bool:
        """Whether any message is about safety and must come through whole."""
        return any(message.is_urgent for message in self.messages)

    @property
    def image(self) -> str | None:
        """Path of the last picture of the turn, None when there is none."""
        named = (m.image or m.reply.get("image") for m in reversed(self.messages))
        return next((image for image in named if image), None)

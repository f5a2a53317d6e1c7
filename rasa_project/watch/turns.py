"""Watches every turn on its way through Rasa: counts it, and writes its line when asked to."""

from __future__ import annotations

import json
import logging
import logging.handlers
import time
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List, Mapping, Optional

import structlog
from rasa.core.channels.channel import UserMessage

from rasa_project.channels.conversations import apology, as_spoken
from rasa_project.channels.replies import reply_metadata
from rasa_project.launch.logs import KEPT, MAX_BYTES
from rasa_project.watch import metrics

Handle = Callable[[UserMessage], Awaitable[Any]]

logger = logging.getLogger(__name__)

REST = "rest"
FILE = "turns.jsonl"
APOLOGIES = frozenset({"error"})
MOST_URGENT_FIRST = ("emergency_now", "same_day", "see_clinician_soon")


class TurnLog:
    """One JSON object a line: channel, milliseconds, reply kinds, tier, error class."""

    def __init__(self, folder: Path) -> None:
        """Write to `turns.jsonl` in `folder`, about 8 MB at most."""
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / FILE, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter("%(message)s"))
        lines = logging.Logger("unknot.turns")  # by itself: no other handler sees its lines
        lines.addHandler(handler)
        self._handler = handler
        self._log = structlog.wrap_logger(
            lines,
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(serializer=json.dumps),
            ],
            wrapper_class=structlog.BoundLogger,
        )

    def write(self, **turn: Any) -> None:
        """Write one turn."""
        self._log.info("turn", **turn)

    def close(self) -> None:
        """Close the file."""
        self._handler.close()


class TurnWatch:
    """Stands around the agent's `handle_message`; a turn runs the same with it or without."""

    def __init__(self, log: Optional[TurnLog] = None) -> None:
        """Count turns, and write them to `log` if there is one."""
        self._log = log

    def around(self, handle: Handle) -> Handle:
        """Return `handle`, watched."""

        async def handle_message(message: UserMessage) -> Any:
            _as_if_spoken(message)
            replies: List[Mapping[str, Any]] = []
            _listen(message.output_channel, replies)
            began = time.monotonic()
            error: Optional[BaseException] = None
            try:
                return await handle(message)
            except BaseException as raised:
                error = raised
                if message.input_channel != REST or not isinstance(raised, Exception):
                    raise
                await _apologise(message, replies, raised)
            finally:
                if getattr(message.output_channel, "is_heard", True):
                    self._note(message.input_channel, time.monotonic() - began, replies, error)

        return handle_message

    def _note(
        self,
        channel: Optional[str],
        seconds: float,
        replies: List[Mapping[str, Any]],
        error: Optional[BaseException],
    ) -> None:
        where = metrics.known(channel, metrics.CHANNELS)
        kinds = [metrics.known(r["kind"], metrics.KINDS) for r in replies if r.get("kind")]
        tier = _most_urgent(replies)
        outcome = _outcome(replies, kinds, error)
        metrics.TURNS.labels(where, outcome).inc()
        metrics.TURN_SECONDS.labels(where).observe(seconds)
        for kind in kinds:
            metrics.REPLIES.labels(kind).inc()
        if "fallback" in kinds:
            metrics.FALLBACKS.labels(where).inc()
        if tier:
            metrics.ESCALATIONS.labels(tier).inc()
        if self._log is not None:
            self._log.write(
                channel=where,
                ms=round(seconds * 1000, 1),
                kinds=kinds,
                tier=tier,
                outcome=outcome,
                error=type(error).__name__ if error else None,
            )


async def _apologise(message: UserMessage, replies: List[Mapping[str, Any]], error: Exception) -> None:
    """Say that a turn over REST broke, unless it has said something already.

    Our own channels do so themselves. Rasa's would answer with an empty list, which is
    silence, and its stream would wait for ever.
    """
    logger.error("turn failed channel=%s error=%s", REST, type(error).__name__)
    if replies or message.output_channel is None:
        return
    country = (message.metadata or {}).get("country")
    sorry = apology(country if isinstance(country, str) else None)
    said = {"text": sorry.text, "metadata": {"reply": dict(sorry.reply)}}
    await message.output_channel.send_response(message.sender_id, said)


def _as_if_spoken(message: UserMessage) -> None:
    """Take away what nobody says: an intent by name, control characters, a speech without end.

    The channels of this skill do so before; Rasa's REST channel hands on what it gets, and
    `/inform{"cleared_by_clinician": true}` would be believed.
    """
    if message.text is not None and message.input_channel != "cmdline":
        message.text = as_spoken(message.text)


def _listen(channel: Any, replies: List[Mapping[str, Any]]) -> None:
    """Note the `reply` metadata of everything that goes out through `channel`, a turn's own."""
    if channel is None:
        return
    send = channel.send_response

    async def send_response(recipient_id: str, message: Dict[str, Any]) -> None:
        replies.append(reply_metadata(message))
        await send(recipient_id, message)

    channel.send_response = send_response


def _most_urgent(replies: List[Mapping[str, Any]]) -> Optional[str]:
    tiers = {r.get("tier") for r in replies}
    return next((tier for tier in MOST_URGENT_FIRST if tier in tiers), None)


def _outcome(
    replies: List[Mapping[str, Any]], kinds: List[str], error: Optional[BaseException]
) -> str:
    if error is not None:
        return "failed"
    if not replies:
        return "silent"
    return "apology" if APOLOGIES & set(kinds) else "answered"

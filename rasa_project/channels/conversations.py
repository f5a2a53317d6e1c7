"""A turn of any front end: words of one person in, the skill's whole answer out, in time.

The front ends (`wyoming.py` and its kin) only translate between a device and this module.
What is said, above all about red flags, is decided in Rasa. Here is only what every
front end needs and Rasa does not give: a deadline, an answer when a turn breaks, and
conversations that end when nobody has spoken for a while.

    talks = Conversations(on_new_message, "wyoming", idle_s=1800)
    reply = await talks.turn("kitchen", "my back cramped", country="GB")
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable, Mapping

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from rasa_project.care.contacts import contacts_for
from rasa_project.care.escalation_words import load_escalations
from rasa_project.care.flags import load_red_flags
from rasa_project.care.long_messages import shortened
from rasa_project.channels.replies import Message, TurnReply, reply_metadata
from rasa_project.in_force import DEFAULT_COUNTRY
from rasa_project.launch.action_endpoint import turn_ends_at
from rasa_project.watch import metrics

logger = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]
"""Rasa's way to take a message in; returns when everything is said."""

DEADLINE_S = 6.0
"""Seconds after which a turn is answered whatever happens: Alexa hangs up at 8."""

URGENT_GRACE_S = 1.0
"""Seconds that the rest of a turn gets once an escalation is out: help does not wait for a diary."""

MOST_AT_ONCE = 6
"""Turns that Rasa works on at once; it reads one sentence at a time anyway, and of many that
are taken up together all would be late together. Who waits is served in the order of coming."""

LATE_MOST_S = 30.0
"""Seconds after its deadline at which a turn that still runs is given up."""

MOST_SESSIONS = 5000
"""Sessions remembered at once; the one that was silent longest goes first."""

END_WORD = "stop"
"""What ends forms and exercises in the skill while flags and locks stay (`action_stop`)."""


class SkillOutput(CollectingOutputChannel):
    """Collects what the skill says in one turn, with its metadata.

    Its name is that of the channel, so that the domain may word a response for it alone.
    """

    def __init__(self, channel: str, is_heard: bool = True) -> None:
        """Collect for the channel called `channel`; not `is_heard`: nobody will be told."""
        super().__init__()
        self._channel = channel
        self.is_heard = is_heard
        self.said: list[Message] = []
        self.is_urgent = asyncio.Event()
        """Set once an emergency was answered: nothing is asked after that."""

    def name(self) -> str:  # type: ignore[override]  # Rasa asks instances only
        """Return the channel's name."""
        return self._channel

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Collect a message for eye and ear."""
        words = " ".join(text.split())
        if words:
            self.said.append(Message(words, reply_metadata(kwargs)))
            if self.said[-1].reply.get("tier") == "emergency_now":
                self.is_urgent.set()

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: Any, **kwargs: Any
    ) -> None:
        """Collect the words; nobody can press a loudspeaker's buttons."""
        await self.send_text_message(recipient_id, text, **kwargs)

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        """Put a picture to the message it came with."""
        if self.said:
            self.said[-1] = replace(self.said[-1], image=image)

    async def send_attachment(self, recipient_id: str, attachment: str, **kwargs: Any) -> None:
        """Leave out what can be neither heard nor seen."""

    async def send_custom_json(self, recipient_id: str, json_message: Any, **kwargs: Any) -> None:
        """Leave out what can be neither heard nor seen."""


@dataclass
class _Session:
    """What is remembered of one conversation between its turns."""

    last_at: float
    """When it was last spoken in, on the clock of `Conversations`."""

    unheard: bool = False
    """Whether the skill may have said something that its user never heard."""

    turns: int = 0
    """How many turns it has had."""


class Conversations:
    """The conversations of one channel."""

    def __init__(
        self,
        on_new_message: OnNewMessage,
        channel: str,
        idle_s: float,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare everything that must not fail later.

        Args:
            on_new_message: what Rasa gives a channel's blueprint.
            channel: name of the channel, for responses and the diary.
            idle_s: seconds of silence after which forms and exercises are left; the
                skill then asks before anything goes on.
            deadline_s: seconds after which a turn is answered with an apology.
        """
        self._on_new_message = on_new_message
        self._channel = channel
        self._idle_s, self._deadline_s, self._clock = idle_s, deadline_s, clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._dropped_any = False
        self._late: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        apology()  # its words are read now, not when something is broken

    async def turn(
        self,
        key: str,
        text: str,
        metadata: Mapping[str, Any] | None = None,
        country: str | None = None,
    ) -> TurnReply:
        """Say `text` to the skill as the person (or device) called `key`.

        An empty text is an answer too: the skill asks again. Whatever breaks, the reply
        has words; it never raises and never takes longer than the deadline.

        Args:
            metadata: what the channel knows about this message; it reaches the actions.
            country: ISO code of where the user is, for emergency numbers; None when the
                channel does not know (then `SKILL_COUNTRY` holds).
        """
        given = dict(metadata or {})
        if country:
            given["country"] = country
        session, leave_first = self._enter(key)
        out = SkillOutput(self._channel)
        ends_at = asyncio.get_running_loop().time() + self._deadline_s
        turn_ends_at.set(time.monotonic() + self._deadline_s)
        placed = await self._wait_for_place()
        # Without a place the turn is late, but what it says must still be written down.
        task = asyncio.ensure_future(self._run(key, as_spoken(text), given, out, leave_first))
        try:
            await self._until_answered(task, out, ends_at)
        except asyncio.CancelledError:
            # The front end hung up; what the skill answers now nobody hears.
            session.unheard = True
            self._let_finish(task)
            raise
        finally:
            session.last_at = self._clock()
            if placed:
                # Also when it still runs: a turn that hangs may hold up nobody else.
                self._places.release()
        heard = tuple(out.said)
        error = _error_of(task)
        if not task.done():
            logger.warning("turn is late channel=%s said=%d", self._channel, len(heard))
            metrics.LATE_TURNS.labels(self._channel).inc()
            session.unheard = True
            turn = session.turns
            task.add_done_callback(lambda _: self._settle(session, turn, out, len(heard)))
            self._let_finish(task)
        elif error is not None:
            logger.error("turn failed channel=%s error=%s", self._channel, type(error).__name__)
            session.unheard = True
        elif not heard:
            logger.error("turn without words channel=%s", self._channel)
        in_time = task.done() and error is None and bool(heard)
        return TurnReply(heard or (self.apology(given.get("country")),), in_time)

    def not_heard(self, key: str) -> None:
        """Note that the last reply never reached its user, so that no answer is taken for it."""
        session = self._sessions.get(key)
        if session is not None:
            session.unheard = True

    async def end(self, key: str) -> None:
        """End a conversation that the front end has closed; nobody hears the goodbye."""
        self._sessions.pop(key, None)
        await self.turn(key, END_WORD)
        self._sessions.pop(key, None)

    def apology(self, country: str | None = None) -> Message:
        """Return what is said when a turn breaks: sorry, and when to call which number."""
        return apology(country)

    async def close(self) -> None:
        """Give up the turns that are still running."""
        late = list(self._late)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    @staticmethod
    async def _until_answered(
        task: "asyncio.Task[None]", out: SkillOutput, ends_at: float
    ) -> None:
        """Wait for the turn, but not past its deadline, nor long past an escalation."""
        urgent = asyncio.ensure_future(out.is_urgent.wait())
        try:
            left_s = max(ends_at - asyncio.get_running_loop().time(), 0.0)
            await asyncio.wait({task, urgent}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if urgent.done() and not task.done():
                left_s = min(URGENT_GRACE_S, max(ends_at - asyncio.get_running_loop().time(), 0.0))
                await asyncio.wait({task}, timeout=left_s)
        finally:
            urgent.cancel()

    async def _wait_for_place(self) -> bool:
        try:
            await asyncio.wait_for(self._places.acquire(), self._deadline_s)
        except asyncio.TimeoutError:
            return False
        return True

    def _enter(self, key: str) -> tuple[_Session, bool]:
        """Return the session of `key`, and whether what was under way is to be left first.

        After a long silence somebody else may stand before the loudspeaker, and an answer
        to a question that nobody heard must not count as one.
        """
        now = self._clock()
        session = self._sessions.pop(key, None)
        if session is None:
            session, leave_first = _Session(now), self._dropped_any
        else:
            leave_first = session.unheard or now - session.last_at > self._idle_s
        session.unheard = False
        session.turns += 1
        self._sessions[key] = session
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
            self._dropped_any = True
        return session, leave_first

    @staticmethod
    def _settle(session: _Session, turn: int, out: SkillOutput, heard: int) -> None:
        """Take back that something was not heard when a late turn had nothing more to say."""
        if heard and len(out.said) == heard and session.turns == turn:
            session.unheard = False

    async def _run(
        self,
        key: str,
        text: str,
        metadata: Mapping[str, Any],
        out: SkillOutput,
        leave_first: bool,
    ) -> None:
        if leave_first:
            await self._pass_on(key, END_WORD, metadata, SkillOutput(self._channel, is_heard=False))
        await self._pass_on(key, text, metadata, out)

    async def _pass_on(
        self, key: str, text: str, metadata: Mapping[str, Any], out: SkillOutput
    ) -> None:
        await self._on_new_message(
            UserMessage(
                text,
                out,
                sender_id=key,
                input_channel=self._channel,
                metadata=dict(metadata),
            )
        )

    def _let_finish(self, task: "asyncio.Task[None]") -> None:
        """Let a turn write down what it found out (a flag above all), but not for ever."""
        self._late.add(task)
        limit = asyncio.get_running_loop().call_later(LATE_MOST_S, task.cancel)

        def done(finished: "asyncio.Task[None]") -> None:
            limit.cancel()
            self._late.discard(finished)
            error = _error_of(finished)
            if error is not None:
                logger.error("late turn failed channel=%s error=%s", self._channel, type(error).__name__)

        task.add_done_callback(done)


def apology(country: str | None = None) -> Message:
    """Return what is said when a turn breaks: sorry, and when to call which number."""
    country = country or os.environ.get("SKILL_COUNTRY") or DEFAULT_COUNTRY
    words = contacts_for(country, load_red_flags()).fill(load_escalations().apology.advice, spoken=False)
    return Message(words, {"kind": "error", "expects_reply": True})


def _error_of(task: "asyncio.Task[None]") -> BaseException | None:
    """Return what a finished task failed with, None when it did not or still runs."""
    if not task.done():
        return None
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def as_spoken(text: str) -> str:
    """Return `text` as speech: no control characters, no command of Rasa's, not endless."""
    spoken = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c
        for c in text.encode("utf-8", "ignore").decode("utf-8")
    )
    # Rasa takes a text that begins with a slash for an intent by name; nobody speaks one.
    return shortened(" ".join(spoken.split()).lstrip("/ "))

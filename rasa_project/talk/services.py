"""What talking needs and does not do itself, each over Wyoming: hearing, a voice, the skill."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.handle import Handled
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize

from rasa_project.care.errors import UnknotError
from rasa_project.channels.wyoming_info import NAME
from rasa_project.talk.sounds import HEARING_HZ, WIDTH, Sound, mono

CONNECT_S = 5.0
SERVICE_S = 60.0
"""Seconds that a speech service gets; a small machine is slow with a long sentence."""

SKILL_S = 10.0
"""Seconds that the skill gets; its own deadline is shorter."""

CHUNK_BYTES = 2048 * WIDTH
PERSON = "talk"
"""Under this name the skill and its diary know whoever talks here."""


class ServiceError(UnknotError):
    """A service does not answer; the message says which and what to do."""


@dataclass(frozen=True)
class Answer:
    """What the skill says to one utterance."""

    text: str
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def says_goodbye(self) -> bool:
        """Whether the skill takes leave. After a mere stop it still listens: it may be needed."""
        return any(r.get("kind") == "goodbye" for r in self.context.get("replies") or ())

    @property
    def parts(self) -> Sequence[Mapping[str, Any]]:
        """Everything in order: `{"say": …}` and `{"pause_s": …}`."""
        return [{"say": self.text}, *(self.context.get("timeline") or ())]


@dataclass(frozen=True)
class Services:
    """Addresses (`tcp://host:port`) of the three."""

    hearing: str
    voice: str
    skill: str

    async def hear(self, sound: Sound) -> str:
        """Return what was said; empty when the recogniser understood nothing.

        Raises:
            ServiceError: it does not answer.
        """
        pcm = sound.at(HEARING_HZ).pcm
        form = {"rate": HEARING_HZ, "width": WIDTH, "channels": 1}
        sent = [Transcribe(language="en").event(), AudioStart(**form).event()]
        for at in range(0, len(pcm), CHUNK_BYTES):
            sent.append(AudioChunk(audio=pcm[at : at + CHUNK_BYTES], **form).event())
        sent.append(AudioStop().event())
        events = await self._last_of(
            self.hearing, sent, Transcript.is_type, "SKILL_STT_URI", SERVICE_S
        )
        return Transcript.from_event(events[-1]).text

    async def speak(self, text: str) -> Sound:
        """Return a text as speech.

        Raises:
            ServiceError: it does not answer, or not with sound.
        """
        events = await self._last_of(
            self.voice, [Synthesize(text).event()], AudioStop.is_type, "SKILL_TTS_URI", SERVICE_S
        )
        chunks = [AudioChunk.from_event(e) for e in events if AudioChunk.is_type(e.type)]
        if not chunks:
            raise ServiceError(f"The voice on {self.voice} gave no sound. See SKILL_TTS_URI.")
        first = chunks[0]
        return mono(b"".join(c.audio for c in chunks), first.rate, first.width, first.channels)

    async def say(self, text: str) -> Answer:
        """Say a sentence to the skill and return its answer.

        Raises:
            ServiceError: there is none.
        """
        context = {"satellite_id": PERSON, "times_holds": True}
        transcript = Transcript(text=text, language="en", context=context).event()
        events = await self._last_of(
            self.skill, [transcript], Handled.is_type, "SKILL_WYOMING_PORT", SKILL_S
        )
        handled = Handled.from_event(events[-1])
        return Answer(handled.text or "", handled.context or {})

    async def check(self) -> None:
        """Find out whether somebody hears and somebody speaks.

        Raises:
            ServiceError: one of them does not answer.
        """
        for uri, setting, has in (
            (self.hearing, "SKILL_STT_URI", lambda info: info.asr),
            (self.voice, "SKILL_TTS_URI", lambda info: info.tts),
        ):
            events = await self._last_of(uri, [Describe().event()], Info.is_type, setting, CONNECT_S)
            if not has(Info.from_event(events[-1])):
                raise ServiceError(f"What answers on {uri} is of another kind. See {setting}.")

    @staticmethod
    async def _last_of(
        uri: str, sent: Sequence[Event], wanted: Any, setting: str, timeout_s: float
    ) -> list[Event]:
        """Send events and return those that came back, up to the one that is wanted."""

        async def exchange() -> list[Event]:
            came: list[Event] = []
            async with AsyncClient.from_uri(uri, connect_timeout=CONNECT_S) as client:
                for event in sent:
                    await client.write_event(event)
                while True:
                    event = await client.read_event()
                    if event is None:
                        raise ConnectionResetError
                    came.append(event)
                    if wanted(event.type):
                        return came

        try:
            return await asyncio.wait_for(exchange(), timeout_s)
        except (OSError, asyncio.TimeoutError, EOFError):
            raise ServiceError(f"Nothing answers on {uri}. Start it, or set {setting}.") from None


async def is_the_skill(uri: str) -> bool:
    """Return whether this skill answers there."""
    try:
        async with AsyncClient.from_uri(uri, connect_timeout=1.0, read_timeout=2.0) as client:
            await client.write_event(Describe().event())
            event = await client.read_event()
    except (OSError, asyncio.TimeoutError, EOFError):
        return False
    if event is None or not Info.is_type(event.type):
        return False
    return any(program.name == NAME for program in Info.from_event(event).handle)

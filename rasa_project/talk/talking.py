"""The talk itself: listen, pass on, speak, time the holds, and be interrupted."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable, Optional, Protocol

from rasa_project.care.normalise import normalise
from rasa_project.talk.services import Answer, ServiceError, Services
from rasa_project.talk.sounds import Sound

STOP = "stop"
HEARD_AS_STOP = frozenset("stop stock top spot enough ow ouch".split())
"""What ends speech: "stop" and what small recognisers make of it. A wrong stop is cheap."""

MOST_WORDS_OF_A_STOP = 3
"""A longer sentence that is heard while the machine speaks is the machine itself."""


class Ears(Protocol):
    """Where utterances come from."""

    @property
    def listens_while_speaking(self) -> bool:
        """Whether somebody may interrupt."""

    async def utterance(self, begun: Callable[[], None]) -> Optional[Sound]:
        """Return what is said next, None when nothing more will be."""

    def forget(self) -> None:
        """Drop what was heard so far."""


class Mouth(Protocol):
    """Where speech goes."""

    async def play(self, sound: Sound) -> None:
        """Play to the end, or until `stop`."""

    async def wait(self, seconds: float) -> None:
        """Let time pass."""

    def stop(self) -> None:
        """Be silent at once."""


class Talk:
    """One talk between a person at this machine and the skill."""

    def __init__(
        self,
        ears: Ears,
        mouth: Mouth,
        services: Services,
        show: Callable[[str, str], None],
        apology: str,
        spoken: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare a talk.

        Args:
            show: takes who speaks ("You", "Unknot") and the words.
            apology: said when the skill does not answer, with when to call which number.
            spoken: called when a turn of the skill is spoken or was interrupted.
        """
        self._ears, self._mouth, self._services = ears, mouth, services
        self._show, self._spoken, self._apology = show, spoken, apology
        self._listening: asyncio.Task[Optional[Sound]] | None = None
        self._is_gone = False
        """Whether the skill did not answer the last time."""
        self._begun = False
        """Whether somebody has pressed the key to speak."""

    async def run(self, first: str = "hello") -> None:
        """Talk until a goodbye, or until nobody can be heard any more.

        Raises:
            ServiceError: nobody hears or speaks any more, or the skill was gone twice running.
        """
        words: str | None = first
        try:
            while words is not None:
                answer = await self._answer(words)
                words = await self._speak(answer)
                if words is None:
                    if answer.says_goodbye:
                        return
                    words = await self._next_words()
        finally:
            if self._listening is not None:
                self._listening.cancel()

    async def _answer(self, words: str) -> Answer:
        """Return what the skill says; without the skill the apology, for nobody knows what was said."""
        try:
            answer = await self._services.say(words)
        except ServiceError:
            if self._is_gone:
                raise
            self._is_gone = True
            return Answer(self._apology)
        self._is_gone = False
        return answer

    async def _speak(self, answer: Answer) -> str | None:
        """Speak an answer with its holds; return the words that interrupted it, else None."""
        try:
            for part in answer.parts:
                if "say" in part:
                    text = str(part["say"])
                    self._show("Unknot", text)
                    sound = await self._services.speak(text)
                    words = await self._unless_interrupted(self._mouth.play(sound), text)
                else:
                    seconds = float(part["pause_s"])
                    self._show("", f"({seconds:g} s)")
                    # What the microphone has of the words before is no answer to them.
                    self._ears.forget()
                    words = await self._unless_interrupted(self._mouth.wait(seconds), None)
                if words is not None:
                    return words
            self._ears.forget()
            return None
        finally:
            self._spoken()

    async def _unless_interrupted(self, doing: Awaitable[None], text: str | None) -> str | None:
        """Do something to its end, or until somebody speaks; return their words, else None.

        `text` is what is being spoken. Then only a stop interrupts, because the microphone
        hears the loudspeaker; in a pause everything does.
        """
        task: asyncio.Future[Any] = asyncio.ensure_future(doing)
        while not task.done() and self._ears.listens_while_speaking:
            listening = self._listen()
            await asyncio.wait({task, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not listening.done():
                continue
            begun = self._begun
            words = await self._words_of(self._take(listening))
            if words is None:
                break
            if not begun and not (words if text is None else _is_stop(words, text)):
                continue
            self._mouth.stop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return self._shown(words if begun or text is None else STOP)
        await task
        # Who has pressed the key is speaking; the skill's next words would fall into it.
        return await self._next_words() if self._begun else None

    async def _next_words(self) -> str | None:
        words = await self._words_of(await self._awaited(self._listen()))
        return None if words is None else self._shown(words)

    def _shown(self, words: str) -> str:
        self._show("You", words or "(nothing)")
        return words

    async def _words_of(self, sound: Optional[Sound]) -> str | None:
        return None if sound is None else (await self._services.hear(sound)).strip()

    def _listen(self) -> "asyncio.Task[Optional[Sound]]":
        if self._listening is None:
            self._listening = asyncio.ensure_future(self._ears.utterance(self._begin))
        return self._listening

    def _begin(self) -> None:
        self._begun = True
        self._mouth.stop()

    def _take(self, listening: "asyncio.Task[Optional[Sound]]") -> Optional[Sound]:
        self._listening, self._begun = None, False
        return listening.result()

    async def _awaited(self, listening: "asyncio.Task[Optional[Sound]]") -> Optional[Sound]:
        await asyncio.wait({listening})
        return self._take(listening)


def _is_stop(words: str, spoken: str) -> bool:
    """Return whether somebody says stop over what is being spoken."""
    said = normalise(words).split()
    stops = HEARD_AS_STOP.intersection(said) - set(normalise(spoken).split())
    return bool(stops) and len(said) <= MOST_WORDS_OF_A_STOP

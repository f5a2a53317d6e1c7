"""The microphone and the loudspeaker of this machine, through PortAudio."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any, Callable

from rasa_project.care.errors import UnknotError
from rasa_project.talk.endpointing import FRAME_SAMPLES, Endpointer, silero
from rasa_project.talk.sounds import HEARING_HZ, WIDTH, Sound

PLAY_SAMPLES = 1024
"""Samples written at once: how late a stop is heard."""


class NoSoundDevice(UnknotError):
    """This machine has no microphone or loudspeaker that can be used."""


def portaudio() -> Any:
    """Return the library `sounddevice`.

    Raises:
        NoSoundDevice: PortAudio is not installed.
    """
    try:
        import sounddevice
    except (ImportError, OSError):
        raise NoSoundDevice(
            "PortAudio is not installed, so nothing can be heard or said here. "
            "Install it (Debian, Ubuntu: apt install libportaudio2; macOS: it comes along)."
        ) from None
    return sounddevice


class Microphone:
    """Hears utterances: by itself, or between two presses of Enter."""

    listens_while_speaking = True

    def __init__(self, by_key: bool) -> None:
        """Open the microphone; `by_key` waits for Enter before and after an utterance.

        Raises:
            NoSoundDevice: there is no microphone.
        """
        library = portaudio()
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._keys: asyncio.Queue[bool] = asyncio.Queue()
        self._by_key = by_key
        self._endpointer = Endpointer(silero())
        try:
            self._stream = library.RawInputStream(
                samplerate=HEARING_HZ,
                blocksize=FRAME_SAMPLES,
                channels=1,
                dtype="int16",
                callback=self._heard,
            )
            self._stream.start()
        except library.PortAudioError as error:
            raise NoSoundDevice(f"The microphone cannot be used: {error.args[0]}.") from None
        if by_key:
            threading.Thread(target=self._watch_keys, name="keys", daemon=True).start()

    async def utterance(self, begun: Callable[[], None]) -> Sound | None:
        """Return what is said next; None when there is nothing more to come.

        `begun` is called when a key says that somebody is about to speak.
        """
        if self._by_key:
            return await self._between_keys(begun)
        while True:
            sound = self._endpointer.feed(await self._frames.get())
            if sound is not None:
                return sound

    def forget(self) -> None:
        """Drop what was heard so far, such as this machine's own voice."""
        while not self._frames.empty():
            self._frames.get_nowait()
        self._endpointer.forget()

    def close(self) -> None:
        """Close the microphone."""
        self._stream.close()

    async def _between_keys(self, begun: Callable[[], None]) -> Sound | None:
        if not await self._keys.get():
            return None
        begun()
        self.forget()
        frames: list[bytes] = []
        ended = asyncio.ensure_future(self._keys.get())
        while not ended.done():
            frame = asyncio.ensure_future(self._frames.get())
            await asyncio.wait({ended, frame}, return_when=asyncio.FIRST_COMPLETED)
            if frame.done():
                frames.append(frame.result())
            else:
                frame.cancel()
        return Sound(b"".join(frames), HEARING_HZ)

    def _heard(self, data: Any, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._frames.put_nowait, bytes(data))

    def _watch_keys(self) -> None:
        for _ in sys.stdin:
            self._loop.call_soon_threadsafe(self._keys.put_nowait, True)
        self._loop.call_soon_threadsafe(self._keys.put_nowait, False)


class Loudspeaker:
    """Plays speech, and waits in real time."""

    def __init__(self) -> None:
        """Find the loudspeaker.

        Raises:
            NoSoundDevice: there is none.
        """
        self._library = portaudio()
        self._stopped = threading.Event()
        try:
            self._library.check_output_settings(channels=1, dtype="int16")
        except (self._library.PortAudioError, ValueError) as error:
            raise NoSoundDevice(f"The loudspeaker cannot be used: {error.args[0]}.") from None

    async def play(self, sound: Sound) -> None:
        """Play a sound to its end, or until `stop`."""
        self._stopped = threading.Event()
        await asyncio.get_running_loop().run_in_executor(None, self._play, sound, self._stopped)

    async def wait(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def stop(self) -> None:
        """Be silent at once."""
        self._stopped.set()

    def close(self) -> None:
        """Be silent for good."""
        self.stop()

    def _play(self, sound: Sound, stopped: threading.Event) -> None:
        size = PLAY_SAMPLES * WIDTH
        stream = self._library.RawOutputStream(
            samplerate=sound.rate_hz, channels=1, dtype="int16", blocksize=PLAY_SAMPLES
        )
        with stream:
            for at in range(0, len(sound.pcm), size):
                if stopped.is_set():
                    stream.abort()
                    return
                stream.write(sound.pcm[at : at + size])

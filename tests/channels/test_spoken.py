"""Aloud: espeak-ng says it, pocketsphinx hears it, the skill answers, and the answer is spoken.

A small recogniser and a synthetic voice, in room noise: worse than any speaker that is sold.
What must hold is not that everything is understood, but what happens when it is not.
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

from language_model import write_model
from rasa_project.care.normalise import normalise
from rasa_project.channels.wyoming import WyomingInput
from rasa_project.launch.ports import free_port
from rasa_project.settings import PREFIX, PROJECT
from rasa_project.talk.endpointing import silero, utterance_in
from rasa_project.talk.services import Services
from rasa_project.talk.sounds import HEARING_HZ, Sound, read_wav, silence, write_wav
from wire import HOST, say

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed; Debian package espeak-ng"
)

ORDINARY = (
    "my lower back has seized up",
    "my back is cramped",
    "hello",
    "yes",
    "no",
    "goodbye",
    "thank you",
    "repeat that please",
    "what is a muscle spasm",
    "can i use heat",
    "how long does it last",
    "can i take a walk",
    "show me a stretch",
    "i need a break",
)
EMERGENCIES = (
    "i can not feel anything between my legs",
    "i have lost control of my bladder",
    "both my legs have gone numb",
    "i want to kill myself",
    "i have chest pain and i can not breathe",
    "i can not pee at all",
    "my leg is getting weaker and weaker",
    "i fell off a ladder and my back hurts",
    "i lost control of my bowels",
    "i am numb between my legs",
)
WELL_HEARD = 0.2
"""Word error rate up to which a sentence must be acted on."""

WORST_WER = 0.6
"""Worse than this the recogniser hears nothing, and the test would prove nothing."""

NOISE = 30
"""Standard deviation of the room's noise, of 32767: a quiet room."""

ESCALATED = {"escalation", "crisis_support"}
ASKED = {"clarify", "screening_question"}
"""A safety question is asked: nothing else is offered before it is answered."""


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Addresses of a real recogniser and a real voice."""
    model = write_model(tmp_path_factory.mktemp("speech") / "sentences.arpa")
    ports = free_port(17300), free_port(17200)
    script = Path(__file__).parent / "speech_servers.py"
    process = subprocess.Popen(
        [sys.executable, str(script), *map(str, ports), str(model)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline().strip() == "ready"
    yield f"tcp://{HOST}:{ports[0]}", f"tcp://{HOST}:{ports[1]}"
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


def test_what_is_said_aloud_is_answered_aloud(
    speech: tuple[str, str], house: int, run: Callable, capsys: pytest.CaptureFixture
) -> None:
    hearing, voice = speech
    services = Services(hearing, voice, f"tcp://{HOST}:{house}")

    async def one(number: int, words: str) -> tuple[str, Any, Sound]:
        heard_by_microphone = in_a_room(await services.speak(words), number)
        utterance = utterance_in(heard_by_microphone, silero())
        heard = await services.hear(utterance or silence(0.1, HEARING_HZ))
        answer = await say(house, heard, satellite_id=f"spoken{number}")
        return heard, answer, await services.speak(answer.text)

    run(services.check())
    wrong = total = well_heard = helped = 0
    for number, words in enumerate((*ORDINARY, *EMERGENCIES)):
        heard, answer, spoken = run(one(number, words))
        kinds = {reply.get("kind") for reply in answer.context["replies"]}
        # Never silence, never a breakdown: whatever was heard.
        assert answer.text and spoken.seconds > 0.5 and "error" not in kinds, (words, heard)
        assert "stretch_step" not in kinds
        mistakes, said = errors(words, heard)
        wrong, total = wrong + mistakes, total + said
        if words in EMERGENCIES and mistakes / said <= WELL_HEARD:
            well_heard += 1
            assert kinds & (ESCALATED | ASKED), (words, heard, kinds)
            helped += bool(kinds & ESCALATED)
    with capsys.disabled():
        print(
            f"\nspoken: {len(ORDINARY) + len(EMERGENCIES)} sentences, word error rate {wrong / total:.0%}; of "
            f"{len(EMERGENCIES)} emergencies {well_heard} heard well, {helped} of them escalated at once"
        )
    assert wrong / total < WORST_WER
    assert well_heard >= 3 and helped >= 2


def test_a_whole_talk_from_files_is_heard_and_written(
    speech: tuple[str, str], house: int, run: Callable, tmp_path: Path
) -> None:
    """`make talk WAV=…` as a command: complaint, silence, an emergency in the middle of speech."""
    hearing, voice = speech
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
    # Sent to help where the recogniser left anything of the words; else the question stays.
    asked = sum("very bad tummy pain" in turn for turn in turns)
    assert "emergency department" in said or asked == 3, "\n".join(turns)
    replies = sorted((PROJECT / "talk").glob("reply-*.wav"))
    assert len(replies) >= 4 and all(read_wav(path).seconds > 0.5 for path in replies)

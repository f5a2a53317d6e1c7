"""A client simulator of somebody else's reads our interaction model and talks to the skill.

`virtual-alexa` (npm) turns spoken phrases into requests by the committed model. They are
signed here and sent to the real web server.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

from alexa_authority import APPLICATION_ID, Amazon, utc_now
from alexa_speaker import Heard, Speaker
from rasa_project.channels.alexa.interaction_model import FOLDER
from rasa_project.channels.alexa.requests import read_request
from rasa_project.channels.alexa.utterances import load_utterances

SCRIPT = Path(__file__).with_name("virtual_alexa.js")
PHRASES = {
    "i have numbness in my groin": "i have numbness in my groin",
    "i don't have numbness in my groin": "i don't have numbness in my groin",
    "i've got pins and needles down both legs": "i have pins and needles down both legs",
    "no pain down my leg": "no pain down my leg",
    "i can't control my bladder": "i can't control my bladder",
    "my back is cramped": "my back is cramped",
    "7 out of ten": "7 out of ten",
    "7": "7",
    "yes": "yes",
}


def requests_of(phrases: list[str]) -> list[dict[str, Any]]:
    """Return the simulator's requests: launch, phrases, end."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if subprocess.run([node, "-e", "require('virtual-alexa')"], capture_output=True).returncode:
        pytest.skip("virtual-alexa is not installed (npm install --no-save virtual-alexa@0.7.8, NODE_PATH)")
    model = str(FOLDER / "en-US.json")
    done = subprocess.run(
        [node, str(SCRIPT), model, json.dumps(phrases), APPLICATION_ID],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_the_simulator_and_the_skill_read_the_model_alike() -> None:
    _, *spoken, _ = requests_of(list(PHRASES))
    heard = [read_request(request) for request in spoken]
    words = [load_utterances().words_of(request.intent, request.slots) for request in heard]
    assert words == list(PHRASES.values())


def test_a_talk_with_the_simulator(skill: Any, run: Callable, amazon: Amazon) -> None:
    requests = requests_of(["my back is cramped", "no", "i don't have numbness there", "i can't control my bladder"])

    async def talk() -> list[Heard]:
        async with Speaker.at(skill, amazon) as speaker:
            heard = []
            for request in requests:
                request["request"]["timestamp"] = utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")
                heard.append(await speaker.sends(request))
            return heard

    opened, pain, first, denied, flagged, ended = run(talk())
    assert "How's your back" in opened.words or "back" in opened.words
    assert "chest pain" in pain.words and "between your legs" in first.words
    assert "emergency department" not in denied.words
    assert "nine one one" in flagged.words and flagged.ends is False
    assert ended.body == {"version": "1.0", "response": {}}

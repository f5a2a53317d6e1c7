"""Other people's programs for Alexa talk to the skill and check what it answers.

`virtual-alexa` turns spoken phrases into requests by the committed model; they are signed by
an authority of these tests and sent to the real web server. `ssml-check-core` checks the
speech, `apl-suggester`, which is Amazon's, the documents for screens. npm installs them into
a temporary folder, pinned by `checkers/package-lock.json`; no script of a package is run.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from alexa_authority import APPLICATION_ID, Amazon, utc_now
from alexa_speaker import Heard, Speaker, plain_words
from rasa_project.channels.alexa.answers import answer
from rasa_project.channels.alexa.interaction_model import FOLDER
from rasa_project.channels.alexa.requests import read_request
from rasa_project.channels.alexa.screen import FOLDER as SCREENS
from rasa_project.channels.alexa.utterances import load_utterances
from rasa_project.channels.replies import Message, TurnReply

HERE = Path(__file__).parent
MODEL = str(FOLDER / "en-US.json")
INSTALL_S, RUN_S = 180, 120
FETCH = ("--fetch-retries=0", "--fetch-timeout=20000")
"""A machine without network is told so soon."""

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
LONG = "This is a long sentence about heat, rest, and walking in the park. "


@dataclass(frozen=True)
class Node:
    """Node with the packages of `checkers`."""

    program: str
    modules: Path

    def command(self, script: str, *arguments: str) -> list[str]:
        return [self.program, str(HERE / script), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "NODE_PATH": str(self.modules)}

    def run(self, script: str, *arguments: str, told: Any = None) -> Any:
        """Return what a script prints, as JSON."""
        done = subprocess.run(
            self.command(script, *arguments), env=self.environment, capture_output=True, text=True,
            input=None if told is None else json.dumps(told), timeout=RUN_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def problems(self, speech: list[str], documents: list[Any]) -> list[Any]:
        """Return what the checkers have against speech and documents."""
        found = self.run("checks.js", told={"ssml": speech, "apl": documents})
        assert (len(found["ssml"]), len(found["apl"])) == (len(speech), len(documents))
        return [problem for kind in ("ssml", "apl") for one in found[kind] for problem in one]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """The packages, installed as the lock says."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        pytest.skip("node and npm are not installed; nobody else's checkers look at the Alexa channel")
    folder = tmp_path_factory.mktemp("checkers")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "checkers" / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", *FETCH]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install the checkers within {INSTALL_S} s")
    if done.returncode != 0:
        # A lock that does not fit its package.json is a fault; only a missing network is not.
        assert "EUSAGE" not in done.stderr and "EINTEGRITY" not in done.stderr, done.stderr
        pytest.skip("npm has no network; nobody else's checkers look at the Alexa channel")
    return Node(program, folder / "node_modules")


def requests_of(node: Node, phrases: list[str]) -> list[dict[str, Any]]:
    """Return the simulator's requests: launch, phrases, end."""
    return node.run("virtual_alexa.js", "requests", MODEL, APPLICATION_ID, json.dumps(phrases))


def test_the_simulator_and_the_skill_read_the_model_alike(node: Node) -> None:
    _, *spoken, _ = requests_of(node, list(PHRASES))
    heard = [read_request(request) for request in spoken]
    words = [load_utterances().words_of(request.intent, request.slots) for request in heard]
    assert words == list(PHRASES.values())


def test_a_red_flag_in_a_talk_with_the_simulator(skill: Any, run: Callable, amazon: Amazon, node: Node) -> None:
    phrases = ["my back is cramped", "no", "i don't have numbness there", "i can't control my bladder"]
    requests = requests_of(node, phrases)

    async def talk() -> list[Heard]:
        async with Speaker.at(skill, amazon) as speaker:
            heard = []
            for request in requests:
                request["request"]["timestamp"] = utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")
                heard.append(await speaker.sends(request))
            return heard

    opened, pain, first, denied, flagged, ended = run(talk())
    assert "back" in opened.words
    assert "chest pain" in pain.words and "between your legs" in first.words
    assert "emergency department" not in denied.words
    assert "nine one one" in flagged.words and flagged.ends is False
    assert ended.body == {"version": "1.0", "response": {}}


def test_a_whole_talk_is_led_by_the_simulator_and_pleases_the_checkers(
    skill: Any, run: Callable, amazon: Amazon, node: Node
) -> None:
    """From opening to goodbye before a screen; the simulator keeps the session and reads the answers."""
    spoken = ["next", "repeat", "pause", "resume", "next", "help", "what is a muscle spasm", "stop"]

    async def talk() -> list[dict[str, Any]]:
        async with Speaker.at(skill, amazon, pictures_url="https://skill.example") as speaker:

            async def sign(request: web.Request) -> web.Response:
                heard = await speaker.posts(await request.read())
                return web.Response(status=heard.status, body=heard.raw, content_type="application/json")

            app = web.Application()
            app.router.add_post("/", sign)
            runner = web.AppRunner(app)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
                command = node.command("virtual_alexa.js", "talk", MODEL, APPLICATION_ID, json.dumps(spoken), url)
                process = await asyncio.create_subprocess_exec(
                    *command, env=node.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
                )
                out, err = await asyncio.wait_for(process.communicate(), RUN_S)
                assert process.returncode == 0, err.decode()
                return json.loads(out)
            finally:
                await runner.cleanup()

    turns = run(talk())
    said = [turn["said"] for turn in turns]
    answers = [turn["answer"]["response"] for turn in turns]
    words = [plain_words(a["outputSpeech"]["ssml"]) for a in answers]
    assert said[:2] == ["", "my back is cramped"] and said[-len(spoken) :] == spoken
    assert "the floor" in said and "5" in said and said.count("no") >= 9
    first_step = len(turns) - len(spoken) - 1
    step, following, repeated = words[first_step : first_step + 3]
    assert step != following == repeated
    assert "muscle" in words[-2] and [a["shouldEndSession"] for a in answers] == [False] * (len(turns) - 1) + [True]
    documents = [a["directives"][0]["document"] for a in answers]
    assert len(documents) == len(turns)
    speech = [a["outputSpeech"]["ssml"] for a in answers]
    speech += [a["reprompt"]["outputSpeech"]["ssml"] for a in answers[:-1]]
    assert node.problems(speech, documents) == []


def test_amazons_rules_for_speech_and_documents_are_kept(node: Node) -> None:
    def reply(text: str, kind: str, **more: Any) -> TurnReply:
        return TurnReply((Message(text, {"kind": kind, **more}),))

    segments = [{"say": "Hold it & breathe."}, {"pause_s": 45}, {"say": "And let go."}]
    whole = [
        answer(reply("Hold it.", "stretch_step", segments=segments)),
        answer(reply("Go to an emergency department now, or call 911.", "escalation"), new=True),
        answer(reply(LONG * 200, "answer")),
    ]
    speech = [one["response"]["outputSpeech"]["ssml"] for one in whole]
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(SCREENS.glob("*.json"))]
    assert node.problems(speech, documents) == []


def test_the_checkers_see_what_is_wrong(node: Node) -> None:
    """Else their silence about us would mean nothing."""
    broken = json.loads((SCREENS / "words.json").read_text(encoding="utf-8"))
    broken["mainTemplate"]["items"][0]["items"].append({"type": "Image", "width": "auto", "source": 7})
    assert node.problems(['<speak><break time="20s"/></speak>'], []) != []
    assert node.problems([], [broken]) != []

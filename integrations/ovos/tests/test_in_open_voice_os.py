"""The skill in Open Voice OS's own pipeline, with Unknot's side of the wire played by a server.

Runs where ovos-workshop, ovos-core and ovoscope are installed (Python 3.11, pre-releases):

    pip install --pre ovoscope ovos-core ovos-workshop pytest
    pip install . && pytest tests
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Iterator, List, Tuple

import pytest

pytest.importorskip("ovos_workshop", reason="Open Voice OS is not installed")
ovoscope = pytest.importorskip("ovoscope", reason="ovoscope is not installed")

from ovos_bus_client.message import Message  # noqa: E402
from ovos_bus_client.session import Session  # noqa: E402
from ovos_skill_unknot import MINUTES, UnknotSkill  # noqa: E402

SKILL = "ovos-skill-unknot.unknot"
PIPELINE = [
    "ovos-stop-pipeline-plugin-high",
    "ovos-converse-pipeline-plugin",
    "ovos-padacioso-pipeline-plugin-high",
    "ovos-padatious-pipeline-plugin-high",
]


class Unknot(ThreadingHTTPServer):
    """Answers as the REST channel does, and keeps what it heard."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: List[Tuple[str, str]] = []
        self.broken = False
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: Unknot

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((body["sender"], body["message"]))
        self.send_response(500 if self.server.broken else 200)
        self.end_headers()
        answer = [{"recipient_id": body["sender"], "text": f"I heard {body['message']}. Call 911."}]
        self.wfile.write(b"" if self.server.broken else json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def unknot() -> Iterator[Unknot]:
    server = Unknot()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def core(unknot: Unknot) -> Iterator[Any]:
    core = ovoscope.get_minicroft([SKILL], extra_skills={SKILL: UnknotSkill}, default_pipeline=PIPELINE)
    yield core
    core.stop()


@pytest.fixture
def skill(core: Any, unknot: Unknot) -> UnknotSkill:
    unknot.heard.clear()
    unknot.broken = False
    loaded = core.plugin_skills[SKILL]
    found = getattr(loaded, "instance", loaded)
    found.settings["url"] = unknot.url
    return found


class Talk:
    """Utterances of one session, and what is spoken to it."""

    def __init__(self, core: Any, name: str) -> None:
        self.core, self.session = core, Session(name, pipeline=PIPELINE, lang="en-US")

    def says(self, words: str) -> List[Tuple[str, bool]]:
        """Return what is spoken, with whether the microphone opens again."""
        capture = ovoscope.CaptureSession(self.core)
        message = Message(
            "recognizer_loop:utterance",
            {"utterances": [words], "lang": "en-US"},
            {"session": self.session.serialize(), "source": "A", "destination": "B"},
        )
        capture.capture(message, timeout=30)
        spoken: List[Tuple[str, bool]] = []
        for found in capture.finish():
            if "session" in found.context:
                self.session = Session.deserialize(found.context["session"])
            if found.msg_type in ("speak", "ovos.utterance.speak"):
                spoken.append((found.data["utterance"], bool(found.data.get("expect_response"))))
        return spoken


def test_an_intent_begins_and_every_word_goes_to_unknot(core: Any, skill: UnknotSkill, unknot: Unknot) -> None:
    talk = Talk(core, "one")
    assert talk.says("open unknot") == [("I heard hello. Call 9 1 1.", True)]
    assert talk.says("i have numbness in my groin")[0][0].startswith("I heard i have numbness in my groin")
    assert talk.says("no") == [("I heard no. Call 9 1 1.", True)]
    assert {sender for sender, _ in unknot.heard} == {"ovos-one"}
    assert MINUTES == 30


def test_what_is_said_about_the_back_is_the_first_turn(core: Any, skill: UnknotSkill, unknot: Unknot) -> None:
    talk = Talk(core, "two")
    talk.says("my back is in spasm")
    assert unknot.heard == [("ovos-two", "my back is in spasm")]


def test_without_a_talk_nothing_goes_to_unknot(core: Any, skill: UnknotSkill, unknot: Unknot) -> None:
    Talk(core, "three").says("what is the capital of france")
    assert unknot.heard == []


def test_stop_ends_the_talk_in_unknot_too(core: Any, skill: UnknotSkill, unknot: Unknot) -> None:
    talk = Talk(core, "four")
    talk.says("open unknot")
    talk.says("stop")
    assert unknot.heard[-1] == ("ovos-four", "stop")
    assert not skill.can_converse(Message("x", {}, {"session": talk.session.serialize()}))


def test_goodbye_closes_the_microphone(core: Any, skill: UnknotSkill, unknot: Unknot) -> None:
    talk = Talk(core, "five")
    talk.says("open unknot")
    assert talk.says("goodbye") == [("I heard goodbye. Call 9 1 1.", False)]


def test_an_unknot_out_of_reach_is_said_with_what_to_do(core: Any, skill: UnknotSkill, unknot: Unknot) -> None:
    talk = Talk(core, "six")
    talk.says("open unknot")
    unknot.broken = True
    spoken = talk.says("i can't feel my legs")
    assert "emergency number" in spoken[0][0] and spoken[0][1] is True

"""What the skill for Open Voice OS sends and hears, against the real REST channel and model."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Callable, Iterator

import pytest
from rasa.core.channels.rest import RestInput

from rasa_project.settings import PROJECT
from in_process_server import serving

FOLDER = PROJECT / "integrations" / "ovos"


def load_client() -> Any:
    """Return the client's module: the package around it needs Open Voice OS."""
    spec = importlib.util.spec_from_file_location(
        "ovos_client_under_test", FOLDER / "ovos_skill_unknot" / "client.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


client = load_client()


@pytest.fixture
def talk(skill: Any, run: Callable) -> Callable[..., list[str]]:
    """Say things in one session over HTTP; gives what is to be spoken."""

    def held(session: str, *lines: str) -> list[str]:
        async def over_http() -> list[str]:
            async with serving(skill, RestInput()) as url:
                unknot = client.UnknotClient(url)
                loop = asyncio.get_running_loop()
                return [await loop.run_in_executor(None, unknot.say, session, line) for line in lines]

        return run(over_http())

    return held


def test_a_talk_goes_through(talk: Any) -> None:
    hello, pain, first = talk("default", "hello", "my back's cramped", "no")
    assert "not a doctor" in hello and "chest pain" in pain and "between your legs" in first


def test_an_emergency_comes_whole_with_its_number_digit_by_digit(talk: Any, skill: Any, run: Any) -> None:
    plain = run(skill.say("elsewhere", "i can't control my bladder", channel="rest"))[0].text
    assert talk("emergency", "i can't control my bladder") == [plain.replace("911", "9 1 1")]


def test_with_the_action_server_dead_an_emergency_is_still_answered(talk: Any, skill: Any) -> None:
    skill.actions.dead = True
    assert "9 1 1" in talk("dead", "it's gone numb between my legs")[0]


def test_sessions_are_kept_apart(talk: Any) -> None:
    talk("one", "my back's cramped")
    assert "between your legs" not in talk("two", "no")[0]


def test_stop_leaves_what_was_under_way(talk: Any) -> None:
    *_, stopped, after = talk("stops", "my back's cramped", "stop", "no")
    assert "between your legs" not in after and stopped


def test_nothing_said_is_answered_too(talk: Any) -> None:
    assert talk("silent", "") != [""]


class Odd(BaseHTTPRequestHandler):
    """Answers with whatever the test wants."""

    status, body = 200, b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def odd() -> Iterator[tuple[type[Odd], str]]:
    handler = type("OddNow", (Odd,), {})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield handler, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"[]"), (404, b""), (200, b""), (200, b"[]"), (200, b"<html>"), (200, b"null"), (200, b'[{"image": "x"}]'),
     (200, b'[{"text": 5}, 7, {"text": " "}]'), (200, b"\xff")],
)  # fmt: skip
def test_an_answer_without_words_is_out_of_reach(odd: Any, status: int, body: bytes) -> None:
    handler, url = odd
    handler.status, handler.body = status, body
    with pytest.raises(client.OutOfReach) as error:
        client.UnknotClient(url).say("s", "i have numbness")
    assert "numbness" not in str(error.value)


def test_nobody_listening_and_nobody_answering_are_out_of_reach() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(client.OutOfReach):
            client.UnknotClient(url, timeout_s=0.3).say("s", "hello")
        silent.listen()
        with pytest.raises(client.OutOfReach):
            client.UnknotClient(url, timeout_s=0.3).say("s", "hello")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Call 911 now.", "Call 9 1 1 now."),
        ("Ring 1-800-222-1222.", "Ring 1, 8 0 0, 2 2 2, 1 2 2 2."),
        ("Lifeline is 13 11 14.", "Lifeline is 1 3, 1 1, 1 4."),
        ("Text 85258.", "Text 8 5 2 5 8."),
        ("That's 4 out of ten, 20 minutes.", "That's 4 out of ten, 20 minutes."),
    ],
)
def test_telephone_numbers_are_spoken_digit_by_digit(text: str, spoken: str) -> None:
    assert client.spoken_numbers(text) == spoken


def test_the_package_names_its_licence_skill_and_files() -> None:
    text = (FOLDER / "pyproject.toml").read_text(encoding="utf-8")
    assert 'license = { text = "Apache-2.0" }' in text
    assert '"opm.skill"' in text and "ovos_skill_unknot:UnknotSkill" in text
    locale = FOLDER / "ovos_skill_unknot" / "locale" / "en-US"
    assert {p.name for p in locale.iterdir()} == {
        "open.intent", "pain.intent", "goodbye.voc", "ended.dialog", "out_of_reach.dialog",
    }  # fmt: skip

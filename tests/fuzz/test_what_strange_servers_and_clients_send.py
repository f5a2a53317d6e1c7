"""More readers of what a network brings: the door, Alexa's proofs, and our clients before a server gone mad."""

from __future__ import annotations

import asyncio
import base64
import importlib
import importlib.util
import json
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from rasa_project.channels.alexa.certificates import FOLDER, HOST, certificate_url
from rasa_project.channels.alexa.refusals import Refused
from rasa_project.channels.alexa.utterances import load_utterances
from rasa_project.channels.alexa.verification import Verifier
from rasa_project.settings import PROJECT, settings
from rasa_project.watch.access import given_token, is_right
from rasa_project.watch.door import MOST_SENDER, _rest_body
from rasa_project.watch.limits import TooOften, names_a_red_flag, sorry
from test_what_strangers_send import FEW, bodies, events, in_time, jsons, said, tried

CLIENTS = PROJECT / "integrations"


@pytest.fixture(scope="module", autouse=True)
def _counted() -> Iterator[None]:
    before = sum(tried.values())
    yield
    print(f"\nmade-up inputs: {sum(tried.values()) - before} ({settings().fuzz} each at least)")


class _Request:
    """As much of Sanic's request as the door reads."""

    def __init__(self, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.body, self.headers = body, headers or {}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@seed(1)
@FEW
@given(bodies | st.fixed_dictionaries({"message": said, "sender": jsons, "metadata": jsons, "input_channel": jsons}).map(
    lambda j: json.dumps(j).encode()
))  # fmt: skip
def test_the_door_s_reader_of_rest_bodies(content: bytes) -> None:
    body = in_time("rest body", lambda: _rest_body(_Request(content)))  # type: ignore[arg-type]
    if body is not None:
        assert isinstance(body["message"], str) and 0 < len(body["sender"]) <= MOST_SENDER
        assert "input_channel" not in body and isinstance(body.get("metadata", {}), dict)


@seed(1)
@FEW
@given(st.text(max_size=80) | st.text(max_size=40).map(lambda t: f"Bearer {t}"))
def test_the_door_s_reader_of_tokens(header: str) -> None:
    token = in_time("token", lambda: given_token(_Request(headers={"authorization": header})))  # type: ignore[arg-type]
    assert not is_right(token, "a secret that nobody has guessed")


@seed(1)
@FEW
@given(said, st.text(max_size=8))
def test_what_is_said_over_the_limit(text: str, country: str) -> None:
    assert isinstance(in_time("over the limit", lambda: names_a_red_flag(text)), bool)
    words = in_time("sorry", lambda: sorry(TooOften(7), country))
    assert "7 seconds" in words and "{" not in words


urls = st.text(max_size=80) | st.tuples(
    st.sampled_from(["https://", "http://", "HTTPS://", "//", "https:"]),
    st.sampled_from([HOST, HOST.upper(), f"a@{HOST}", f"{HOST}.evil.example", f"{HOST}:443", f"{HOST}:80", f"{HOST}:x", "[::1"]),
    st.sampled_from([FOLDER, "/echo.api/../", "/", "/echo.api%2f", "/ECHO.API/"]),
    st.text("ab./%\\?#;@é\u0000", max_size=20),
).map("".join)  # fmt: skip


@seed(1)
@FEW
@given(urls)
def test_the_reader_of_certificate_addresses(url: str) -> None:
    try:
        found = in_time("certificate address", lambda: certificate_url(url))
    except Refused:
        return
    assert found.startswith(f"https://{HOST}{FOLDER}") and ".." not in found and "%" not in found


class _Key:
    """Takes any signature, so that what stands behind it is read too."""

    def verify(self, *_: Any) -> None:
        pass


class _Certificates:
    async def key(self, url: str) -> _Key:
        return _Key()

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=timezone.utc)


stamps = st.sampled_from(["2026-11-22T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59"]) | jsons
requests = bodies | st.fixed_dictionaries(
    {"request": st.fixed_dictionaries({"timestamp": stamps}), "session": jsons, "context": jsons}
).map(lambda j: json.dumps(j).encode())


@seed(1)
@FEW
@given(requests, st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()) | st.text(max_size=30))
def test_the_proof_that_a_request_is_alexa_s(content: bytes, signature: str) -> None:
    headers = {"Signature-256": signature, "SignatureCertChainUrl": f"https://{HOST}{FOLDER}a.pem"}
    verifier = Verifier("amzn1.ask.skill.ours", _Certificates())  # type: ignore[arg-type]
    with pytest.raises(Refused):
        in_time("alexa proof", lambda: asyncio.run(verifier.verified(headers, content)))


@seed(1)
@FEW
@given(st.sampled_from(sorted(load_utterances().intents)) | st.text(max_size=30), st.dictionaries(st.sampled_from(
    ["query", "pain", "number", "x"]), jsons, max_size=4))  # fmt: skip
def test_the_reader_of_alexa_s_slots(intent: str, slots: dict[str, Any]) -> None:
    words = in_time("alexa slots", lambda: load_utterances().words_of(intent, slots))
    assert words is None or isinstance(words, str)


class Mad:
    """A server that sends the same bytes to everybody and closes."""

    def __init__(self) -> None:
        self.content = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return
            with one:
                try:
                    one.recv(65536)
                    one.sendall(self.content)
                    one.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def mad() -> Iterator[Mad]:
    server = Mad()
    yield server
    server.close()


def client_of_open_voice_os() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ovos_client_fuzzed", CLIENTS / "ovos" / "ovos_skill_unknot" / "client.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def client_of_home_assistant() -> ModuleType:
    """The integration's client by itself: its package wants Home Assistant."""
    package = ModuleType("unknot_in_home_assistant")
    package.__path__ = [str(CLIENTS / "home_assistant" / "custom_components" / "unknot")]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.client")


OVOS, HOME = client_of_open_voice_os(), client_of_home_assistant()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
answers = st.one_of(
    st.binary(max_size=300),
    bodies.map(lambda b: OK + b"\r\n" + b),
    st.tuples(st.integers(-5, 10**12), bodies).map(lambda t: OK + b"Content-Length: %d\r\n\r\n" % t[0] + t[1]),
    st.lists(st.dictionaries(st.sampled_from(["text", "image"]), jsons, max_size=2), max_size=3).map(
        lambda j: OK + b"\r\n" + json.dumps(j).encode()
    ),
    bodies.map(lambda b: OK + b"Transfer-Encoding: chunked\r\n\r\n" + b),
    st.sampled_from([b"HTTP/1.1 999 X\r\n\r\n", b"HTTP/x\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300 + b"\r\n"]),
    st.just(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70000 + b"\r\n\r\n"),
)  # fmt: skip


@seed(1)
@FEW
@given(content=answers)
def test_open_voice_os_before_a_server_gone_mad(mad: Mad, content: bytes) -> None:
    mad.content = content
    client = OVOS.UnknotClient(f"http://127.0.0.1:{mad.port}", 2)
    try:
        assert in_time("ovos client", lambda: client.say("s", "hello")).strip()
    except OVOS.OutOfReach as error:
        assert "hello" not in str(error)


told = events | st.fixed_dictionaries(
    {"type": st.sampled_from(["info", "handled", HOME.PICTURE]) | jsons,
     "data": jsons | st.fixed_dictionaries({"handle": jsons | st.lists(jsons, max_size=3), "text": jsons, "context": jsons})}
).map(lambda head: json.dumps(head).encode() + b"\n")  # fmt: skip


@seed(1)
@FEW
@given(content=told)
def test_home_assistant_before_a_server_gone_mad(mad: Mad, content: bytes) -> None:
    async def ask() -> None:
        for question in (HOME.describe("127.0.0.1", mad.port), HOME.say("127.0.0.1", mad.port, "hello", {})):
            try:
                found = await question
            except (HOME.CannotConnect, HOME.NotUnknot):
                continue
            if isinstance(found, HOME.Answer):
                assert found.text.strip() and isinstance(found.timeline, list)
        png = await HOME.picture("127.0.0.1", mad.port, {})
        assert png is None or png.startswith(HOME.PNG)

    mad.content = content
    in_time("home assistant client", lambda: asyncio.run(ask()))

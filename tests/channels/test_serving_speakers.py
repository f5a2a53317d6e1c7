"""`make serve` with the trained skill as a process of its own: how it starts, lasts and ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from own_ports import next_port
from rasa_project.settings import PREFIX, PROJECT
from wire import HOST, say

START_S = 180
TURNS = ("hello", "my back's cramped", "no", "why do you ask", "no", "stop")


@dataclass
class Served:
    """A running `make serve`."""

    process: "subprocess.Popen[str]"
    rasa: int
    actions: int
    wyoming: int

    @property
    def action_server(self) -> int:
        """Process id of the action server."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text().split()[0])


def environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    given = {
        "SKILL_RASA_PORT": str(next_port()),
        "SKILL_ACTION_PORT": str(next_port()),
        "SKILL_WYOMING_PORT": str(next_port()),
        "SKILL_LOG_DIR": str(folder / "logs"),
        "SKILL_DATA_DIR": str(folder / "data"),
        "SKILL_LOG_LEVEL": "INFO",
    }
    return {**kept, **given}


def start(given: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "rasa_project.launch.serve"],
        cwd=PROJECT,
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    given = environment(tmp_path)
    process = start(given)
    here = Served(process, *(int(given[f"SKILL_{n}_PORT"]) for n in ("RASA", "ACTION", "WYOMING")))
    deadline = time.monotonic() + START_S
    try:
        assert process.stdout is not None
        for said in process.stdout:
            if "Ctrl-C" in said:
                break
            assert time.monotonic() < deadline
        assert process.poll() is None
        yield here
    finally:
        process.kill()
        process.communicate()


def rest(port: int, text: str) -> str:
    body = json.dumps({"sender": "latency", "message": text}).encode()
    request = urllib.request.Request(
        f"http://{HOST}:{port}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


def percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"p50 {1000 * statistics.median(ordered):.0f} ms, p95 {1000 * p95:.0f} ms"


def test_it_serves_answers_without_actions_and_ends_in_order(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """One start for the whole life: a start takes longer than everything in it."""
    through_wyoming, in_the_core = [], []
    for turn in TURNS * 6:
        began = time.monotonic()
        asyncio.run(say(served.wyoming, turn, device_id="latency"))
        through_wyoming.append(time.monotonic() - began)
        began = time.monotonic()
        rest(served.rasa, turn)
        in_the_core.append(time.monotonic() - began)
    with capsys.disabled():
        print(f"\na turn over Wyoming: {percentiles(through_wyoming)}; over REST: {percentiles(in_the_core)}")
    # What the channel adds is nothing anybody hears.
    assert statistics.median(through_wyoming) < statistics.median(in_the_core) + 0.1

    # An action server that hangs, and then one that is gone.
    os.kill(served.action_server, signal.SIGSTOP)
    began = time.monotonic()
    answer = asyncio.run(say(served.wyoming, "I can't feel anything between my legs", device_id="hung", country="GB"))
    assert "nine nine nine" in answer.text and time.monotonic() - began < 3
    answer = asyncio.run(say(served.wyoming, "hello", device_id="hung2", country="GB"))
    assert "nine nine nine" in answer.text and time.monotonic() - began < 10
    os.kill(served.action_server, signal.SIGCONT)
    answer = asyncio.run(say(served.wyoming, "give me a stretch", device_id="hung", country="GB"))
    assert "stretch_step" not in [reply.get("kind") for reply in answer.context["replies"]]
    os.kill(served.action_server, signal.SIGKILL)
    answer = asyncio.run(say(served.wyoming, "I've lost control of my bladder", device_id="dead"))
    assert answer.context["replies"][0]["kind"] == "escalation" and "nine one one" in answer.text
    answer = asyncio.run(say(served.wyoming, "what is a spasm", device_id="dead2"))
    assert "nine one one" in answer.text

    # What was said about health is in no log.
    logs = "".join(file.read_text(errors="replace") for file in (tmp_path / "logs").iterdir())
    for words in ("between my legs", "bladder", "cramped"):
        assert words not in logs

    # It ends although speakers hold connections open.
    held = [socket.create_connection((HOST, served.wyoming)) for _ in range(20)]
    held[0].sendall(b'{"type":"transc')
    began = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    said, _ = served.process.communicate(timeout=15)
    assert time.monotonic() - began < 5 and "Traceback" not in said
    for connection in held:
        connection.close()
    with pytest.raises(OSError):
        socket.create_connection((HOST, served.wyoming), timeout=1)


def test_it_says_where_home_assistant_finds_it_and_when_it_cannot(tmp_path: Path) -> None:
    given = environment(tmp_path)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((HOST, int(given["SKILL_WYOMING_PORT"])))
        other.listen()
        process = start(given)
        said, _ = process.communicate(timeout=START_S)
    assert process.returncode == 1
    assert f"Port {given['SKILL_WYOMING_PORT']}" in said and "SKILL_WYOMING_PORT" in said
    assert "Traceback" not in said and len(said.strip().splitlines()) <= 3


def test_a_port_taken_at_the_last_moment_ends_it_with_the_same_sentence(tmp_path: Path) -> None:
    given = environment(tmp_path)
    process = start(given)
    try:
        assert process.stdout is not None
        for said in process.stdout:
            if "Starting" in said:
                break
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind((HOST, int(given["SKILL_WYOMING_PORT"])))
            other.listen()
            said, _ = process.communicate(timeout=START_S)
    finally:
        process.kill()
    assert process.returncode == 1 and "SKILL_WYOMING_PORT" in said and "Traceback" not in said

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

from mini_project import environment, start
from rasa_project.launch.ports import LOOPBACK, answers, is_free

TOKEN = "a-long-secret-of-this-test"

ENDED_WHILE_STARTING = """
import asyncio, os, signal, sys
from pathlib import Path
from rasa_project.launch import rasa_server
from rasa_project.settings import settings

async def on_ready():
    if sys.argv[1] == "later":
        asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)
    os.kill(os.getpid(), signal.SIGTERM)
    for _ in range(int(sys.argv[1])):
        await asyncio.sleep(0)

rasa_server.serve(settings(), Path(sys.argv[2]), ["http://127.0.0.1:1"], settings().rasa_port, on_ready)
print("ended in order")
"""


@contextmanager
def serving(root: Path, **settings: str) -> Iterator[tuple["subprocess.Popen[str]", int, int]]:
    """Serve the mini project while the block runs; gives the process and its two ports."""
    given = environment()
    ports = {"RASA_PORT": given["SKILL_RASA_PORT"], "ACTION_PORT": given["SKILL_ACTION_PORT"]}
    child = start(root, "serve", **{**ports, **settings})
    rasa, actions = int(ports["RASA_PORT"]), int(ports["ACTION_PORT"])
    try:
        deadline = time.monotonic() + 120
        while not (
            answers(f"http://127.0.0.1:{rasa}/webhooks/rest/")
            and answers(f"http://127.0.0.1:{actions}/health")
        ):
            assert child.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        yield child, rasa, actions
    finally:
        child.kill()
        child.communicate()


def ask(port: int, path: str, body: dict | None = None) -> tuple[int, str]:
    """Return status and body of a request to the served skill."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_rest_answers_and_without_a_token_there_is_no_api(mini_project: Path) -> None:
    with serving(mini_project) as (child, rasa, actions):
        status, body = ask(rasa, "/webhooks/rest/webhook", {"sender": "a", "message": "it cramped"})
        assert status == 200 and json.loads(body)[0]["text"] == "Since when?"
        assert ask(rasa, "/model/parse", {"text": "hello"})[0] == 404
        assert ask(rasa, "/conversations/a/tracker")[0] == 404


def test_with_a_token_the_api_answers_only_whoever_has_it(mini_project: Path) -> None:
    with serving(mini_project, API_TOKEN=TOKEN) as (child, rasa, actions):
        assert ask(rasa, "/model/parse", {"text": "hello"})[0] == 401
        assert ask(rasa, "/conversations/a/tracker?token=wrong")[0] == 401
        status, body = ask(rasa, f"/model/parse?token={TOKEN}", {"text": "hello"})
        assert status == 200 and json.loads(body)["intent"]["name"] == "greet"
        assert TOKEN not in (mini_project / "logs" / "rasa.log").read_text(encoding="utf-8")


def test_one_interrupt_ends_both_servers(mini_project: Path) -> None:
    with serving(mini_project) as (child, rasa, actions):
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=15)
        assert child.returncode == 0 and "Traceback" not in said
        assert is_free(rasa) and is_free(actions)


def test_termination_ends_both_servers_within_five_seconds(mini_project: Path) -> None:
    with serving(mini_project) as (child, rasa, actions):
        began = time.monotonic()
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=15)
        assert time.monotonic() - began < 5
        assert is_free(rasa) and is_free(actions)


@pytest.mark.parametrize("steps", ["0", "1", "2", "3", "6", "later"])
def test_a_sign_to_end_is_heeded_in_every_moment_of_the_start(mini_project: Path, steps: str) -> None:
    (model,) = (mini_project / "models").rglob("*.tar.gz")
    done = subprocess.run(
        [sys.executable, "-c", ENDED_WHILE_STARTING, steps, str(model)],
        cwd=mini_project, env=environment(), capture_output=True, text=True, timeout=30,
    )
    assert "Traceback" not in done.stderr and done.stdout == "ended in order\n"


def test_a_port_that_is_taken_while_the_skill_starts_is_said(mini_project: Path) -> None:
    given = environment()
    (model,) = (mini_project / "models").rglob("*.tar.gz")
    with socket.create_server((LOOPBACK, int(given["SKILL_RASA_PORT"]))):
        done = subprocess.run(
            [sys.executable, "-c", ENDED_WHILE_STARTING, "0", str(model)],
            cwd=mini_project, env=given, capture_output=True, text=True, timeout=30,
        )
    assert done.returncode == 1 and "was taken while the skill started" in done.stderr


def test_a_taken_port_is_said_in_one_sentence(mini_project: Path) -> None:
    with serving(mini_project) as (_, rasa, __):
        second = start(mini_project, "serve", RASA_PORT=str(rasa))
        _, said = second.communicate(timeout=60)
        assert second.returncode == 1
        assert "SKILL_RASA_PORT" in said and "Traceback" not in said

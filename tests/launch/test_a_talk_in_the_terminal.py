from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from mini_project import converse, environment, make_mini_project, start
from rasa_project.launch.ports import answers


def _ends_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def _pid_of_listener(port: int) -> int:
    """Return the process that runs our action server on `port`."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if "rasa_project.launch.action_server" in words and str(port) in words:
                return int(folder.name)
    raise AssertionError(f"no action server on {port}")


TURNS = """hello
my zebra cramped
it cramped, break the quagga

/zorse
goodbye
"""


@pytest.fixture(scope="module")
def talk(mini_project: Path) -> "subprocess.CompletedProcess[str]":
    """A talk from a pipe, logged as loudly as it can be."""
    return converse(mini_project, TURNS, LOG_LEVEL="DEBUG")


def _answer_to(turn: str, talk: "subprocess.CompletedProcess[str]") -> str:
    lines = talk.stdout.splitlines()
    return lines[lines.index(f"You: {turn}") + 1]


def test_turns_come_from_a_pipe_and_its_end_ends_the_talk(talk) -> None:
    assert talk.returncode == 0
    assert _answer_to("hello", talk) == "Unknot: Hello."
    assert _answer_to("my zebra cramped", talk) == "Unknot: Since when?"
    assert talk.stdout.splitlines()[-2:] == ["You: goodbye", "Unknot: Take care."]


def test_no_turn_is_answered_with_silence_even_if_its_action_fails(talk) -> None:
    assert _answer_to("it cramped, break the quagga", talk).startswith("Unknot: Sorry")
    assert _answer_to("", talk).startswith("Unknot: ")
    assert _answer_to("/zorse", talk).startswith("Unknot: ")


def test_the_terminal_shows_no_log_and_no_warning(talk) -> None:
    for noise in ("WARNING", "Warning", "INFO", "Traceback", "sanic", "rasa.com", "tensorflow"):
        assert noise not in talk.stdout + talk.stderr, talk.stderr


def test_a_second_run_trains_nothing(talk) -> None:
    assert "Learning" not in talk.stderr


def test_what_was_said_is_in_no_log_whatever_the_level(talk, mini_project: Path) -> None:
    logs = [path for path in (mini_project / "logs").iterdir() if path.name != "train.log"]
    assert {"rasa.log", "actions.log"} <= {path.name for path in logs}
    written = {path.name: path.read_text(encoding="utf-8").lower() for path in logs}
    # They are not empty either: the failure is there, and Rasa's own events.
    assert "valueerror at" in written["actions.log"]
    assert "processor" in written["rasa.log"]
    for name, text in written.items():
        for word in ("zebra", "quagga", "zorse", "cramped", "cannot read"):
            assert word not in text, f"{name} holds '{word}'"


def test_a_taken_action_port_is_replaced_by_a_free_one(mini_project: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        talk = converse(
            mini_project, "it cramped\n", ACTION_PORT=str(other.getsockname()[1])
        )
    assert "Unknot: Since when?" in talk.stdout


def test_killing_the_talk_ends_its_action_server_too(mini_project: Path) -> None:
    port = int(environment()["SKILL_ACTION_PORT"])
    talk = start(mini_project, "run", ACTION_PORT=str(port))
    try:
        deadline = time.monotonic() + 90
        while not answers(f"http://127.0.0.1:{port}/health"):
            assert time.monotonic() < deadline and talk.poll() is None
            time.sleep(0.1)
        actions = _pid_of_listener(port)
        talk.send_signal(signal.SIGKILL)
        assert _ends_within(actions, 6)
    finally:
        talk.kill()
        talk.communicate()


def test_an_interrupted_training_leaves_no_model_and_the_next_run_ends_it(tmp_path: Path) -> None:
    root = make_mini_project(tmp_path)
    training = start(root, "training")
    time.sleep(2.0)
    training.send_signal(signal.SIGINT)
    _, said = training.communicate(timeout=30)
    if training.returncode != 0:
        assert "Stopped" in said or "interrupt" in said.lower()
        assert not list((root / "models").glob("*.tar.gz"))
    assert converse(root, "hello\n").stdout.splitlines()[-1] == "Unknot: Hello."


def test_a_mistyped_setting_is_said_in_one_sentence_before_anything_starts(
    mini_project: Path,
) -> None:
    talk = converse(mini_project, "hello\n", CONTRY="GB")
    assert talk.returncode == 1 and "Did you mean SKILL_COUNTRY" in talk.stderr
    assert "Traceback" not in talk.stderr and "You:" not in talk.stdout


def test_a_data_error_names_the_log_that_explains_it(tmp_path: Path) -> None:
    root = make_mini_project(tmp_path)
    config = root / "config.yml"
    config.write_text(config.read_text().replace("Keyword", "NoSuch"), encoding="utf-8")
    talk = converse(root, "hello\n")
    assert talk.returncode == 1 and "train.log" in talk.stderr
    assert "Traceback" not in talk.stderr

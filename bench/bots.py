"""The two bots that are compared: how each is trained and started, as its users do it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Mapping, Sequence

from bench import FOLDER
from bench.processes import end, start
from rasa_project.care.errors import UnknotError
from rasa_project.launch.ports import LOOPBACK, free_port
from rasa_project.launch.training import model_path
from rasa_project.settings import PROJECT

TOKEN = "only-of-this-measurement"
RASA = (sys.executable, str(PROJECT / "bench" / "rasa_command.py"))
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}


class BenchError(UnknotError):
    """A bot could not be trained or started; the message names the log that says why."""


@dataclass(frozen=True)
class Running:
    """A bot that is being started or runs."""

    url: str
    """Where turns are posted: Rasa's REST channel."""

    actions_health: str
    """Address that answers when the action server is there."""

    children: tuple["subprocess.Popen[bytes]", ...]
    log: Path
    tracker: str | None = None
    """Address of a conversation's tracker with `{sender}` in it; None where the API is off."""

    @property
    def roots(self) -> list[int]:
        """Process ids below which all its processes are."""
        return [child.pid for child in self.children]

    def check(self) -> None:
        """Raise BenchError if one of its processes has ended."""
        if any(child.poll() is not None for child in self.children):
            raise BenchError(f"A server ended too early. The end of {self.log} says why.")


@dataclass(frozen=True)
class Trained:
    """How long it took to get a bot from nothing, in seconds."""

    model_s: float
    assets_s: float = 0.0
    """Files a model is made with that are built once on a machine."""

    @property
    def all_s(self) -> float:
        """Everything together."""
        return self.model_s + self.assets_s


class Unknot:
    """This skill, as `make train` and `make serve` do it."""

    name, key = "Unknot", "ours"

    def train(self) -> Trained:
        """Build language assets and model from nothing, beside the ones in use."""
        folder = FOLDER / "ours" / "from_nothing"
        shutil.rmtree(folder, ignore_errors=True)
        variables = {
            "SKILL_ASSETS_DIR": str(folder / "assets"),
            "RASA_CACHE_DIRECTORY": str(folder / "cache"),
            **QUIET,
        }
        assets_s = run([sys.executable, "-m", "rasa_project.launch.assets"], folder, "assets", variables)
        trainer = [sys.executable, "-m", "rasa_project.launch.trainer", str(folder / "model.tar.gz")]
        return Trained(run(trainer, folder, "train", variables), assets_s)

    @contextmanager
    def start(self, number: int = 1) -> Iterator[Running]:
        """Start `make serve` on ports of its own; several may run, told apart by `number`.

        Raises:
            BenchError: no model of the present inputs is there; training is no part of a start.
        """
        if not model_path().is_file():
            raise BenchError("The skill is not trained on its present inputs: run `make train` first.")
        folder = FOLDER / "ours" / f"server_{number}"
        shutil.rmtree(folder, ignore_errors=True)
        rasa, actions = free_port(25005 + 10 * number), free_port(25006 + 10 * number)
        variables = {
            "SKILL_RASA_PORT": str(rasa),
            "SKILL_ACTION_PORT": str(actions),
            "SKILL_BIND": LOOPBACK,
            "SKILL_WYOMING_PORT": str(free_port(25007 + 10 * number)),
            "SKILL_WYOMING_BIND": LOOPBACK,
            "SKILL_LOG_DIR": str(folder / "logs"),
            "SKILL_DATA_DIR": str(folder / "userdata"),
            "SKILL_API_TOKEN": TOKEN,
        }
        command = [sys.executable, "-m", "rasa_project.launch.serve"]
        with _children(([command], PROJECT, folder / "serve.log", variables)) as children:
            base = f"http://{LOOPBACK}:{rasa}"
            yield Running(
                f"{base}/webhooks/rest/webhook",
                f"http://{LOOPBACK}:{actions}/health",
                children,
                folder / "serve.log",
                f"{base}/conversations/{{sender}}/tracker?token={TOKEN}",
            )


class DefaultBot:
    """The bot that `rasa init` makes, with its own default pipeline and policies."""

    name, key = "rasa init", "default"

    folder = FOLDER / "default_bot"

    def train(self) -> Trained:
        """Make and train it with `rasa init --no-prompt`."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        command = [*RASA, "init", "--no-prompt", "--init-dir", str(self.folder)]
        trained = Trained(run(command, FOLDER / "default_bot_logs", "init", QUIET, self.folder))
        if not list((self.folder / "models").glob("*.tar.gz")):
            raise BenchError(f"`rasa init` trained no model; {FOLDER / 'default_bot_logs'} says why.")
        return trained

    @property
    def is_there(self) -> bool:
        """Whether an earlier run made it."""
        return any((self.folder / "models").glob("*.tar.gz"))

    @contextmanager
    def start(self, number: int = 1) -> Iterator[Running]:
        """Start `rasa run` and `rasa run actions` as they come."""
        rasa, actions = free_port(26005 + 10 * number), free_port(26006 + 10 * number)
        log = FOLDER / "default_bot_logs" / f"server_{number}.log"
        commands = [
            [*RASA, "run", "--port", str(rasa), "--interface", LOOPBACK],
            [*RASA, "run", "actions", "--port", str(actions)],
        ]
        with _children((commands, self.folder, log, QUIET)) as children:
            yield Running(
                f"http://{LOOPBACK}:{rasa}/webhooks/rest/webhook",
                f"http://{LOOPBACK}:{actions}/health",
                children,
                log,
            )


@contextmanager
def _children(
    what: tuple[Sequence[Sequence[str]], Path, Path, Mapping[str, str]],
) -> Iterator[tuple["subprocess.Popen[bytes]", ...]]:
    commands, folder, log, variables = what
    children = tuple(
        start(command, folder, log if n == 0 else log.with_suffix(f".{n}.log"), variables)
        for n, command in enumerate(commands)
    )
    try:
        yield children
    finally:
        for child in children:
            end(child)


def run(
    command: Sequence[str], folder: Path, what: str, variables: Mapping[str, str], cwd: Path = PROJECT
) -> float:
    """Run a command to its end and return the seconds it took; `<folder>/<what>.log` has its words.

    Raises:
        BenchError: it failed.
    """
    log = folder / f"{what}.log"
    began = time.monotonic()
    child = start(command, cwd, log, variables)
    try:
        code = child.wait()
    finally:
        end(child)
    if code != 0:
        raise BenchError(f"`{' '.join(command[1:])}` failed. The end of {log} says why.")
    return time.monotonic() - began

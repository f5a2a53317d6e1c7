"""Real servers of a test: the skill itself, PostgreSQL, Redis; each can be hurt and comes back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping

import pytest

from own_ports import next_port
from rasa_project.settings import PREFIX, PROJECT

HOST = "127.0.0.1"
START_S = 240.0
POSTGRES_PROGRAMS = ("initdb", "postgres")
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root; this user is on every system."""


@dataclass
class Program:
    """A server in a process of its own."""

    command: list[str]
    folder: Path
    port: int
    user: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    cwd: Path = PROJECT

    def start(self) -> None:
        """Start it and wait until its port is open."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        with (self.folder / "out.log").open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd if self.user is None else self.folder,
                env={**kept, **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                user=self.user,
            )

    def signal(self, number: int) -> None:
        """Send a signal to it."""
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        if self.process is not None:
            self.process.wait(20)

    @property
    def said(self) -> str:
        """What it printed."""
        return (self.folder / "out.log").read_text(errors="replace")


@dataclass
class Message:
    """One message of the skill."""

    text: str

    @property
    def is_escalation(self) -> bool:
        """Whether it is the advice for numbness between the legs."""
        return "New numbness between the legs" in self.text

    @property
    def is_apology(self) -> bool:
        """Whether it is the one for a turn that broke."""
        return self.text.startswith("Sorry, I can't go on right now")


class Skill(Program):
    """`make serve` with settings of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        """Prepare it in `folder`; settings without `SKILL_`."""
        folder.mkdir(parents=True, exist_ok=True)
        port = next_port()
        given = {
            "RASA_PORT": str(port),
            "ACTION_PORT": str(next_port()),
            "WYOMING_PORT": str(next_port()),
            "LOG_DIR": str(folder / "logs"),
            "DATA_DIR": str(folder / "data"),
            "LOG_LEVEL": "INFO",
            "API_TOKEN": "token-of-this-test",
            **settings,
        }
        command = [sys.executable, "-m", "rasa_project.launch.serve"]
        super().__init__(command, folder, port, None, {PREFIX + k: v for k, v in given.items()})

    def wait(self) -> "Skill":
        """Wait until it serves."""
        deadline = time.monotonic() + START_S
        while "Ctrl-C ends" not in self.said[self._from :]:
            assert self.process is not None and self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        return self

    def start(self) -> None:
        """Start it; `wait` waits."""
        log = self.folder / "out.log"
        self._from = len(log.read_text(errors="replace")) if log.exists() else 0
        super().start()

    @property
    def action_server(self) -> int:
        """Process id of its first action server."""
        assert self.process is not None
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return int(" ".join(file.read_text() for file in threads).split()[0])

    @property
    def log(self) -> str:
        """What Rasa's process logged."""
        file = self.folder / "logs" / "rasa.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def say(self, sender: str, text: str, timeout_s: float = 15.0) -> list[Message]:
        """Say something over REST and return what the skill says."""
        answer = self.ask("/webhooks/rest/webhook", {"sender": sender, "message": text}, timeout_s)
        return [Message(message.get("text") or "") for message in answer]

    def events(self, sender: str) -> list[dict[str, Any]]:
        """Return all events of a conversation, as this process reads them."""
        path = f"/conversations/{sender}/tracker?include_events=ALL&token=token-of-this-test"
        return list(self.ask(path)["events"])

    def slots(self, sender: str) -> dict[str, Any]:
        """Return the slots of a conversation."""
        return dict(self.ask(f"/conversations/{sender}/tracker?token=token-of-this-test")["slots"])

    def ask(self, path: str, body: Any = None, timeout_s: float = 15.0) -> Any:
        """Return the JSON that a request gives."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return json.loads(answer.read())


def program(name: str) -> str | None:
    """Return the path of a program; Debian keeps PostgreSQL's off the search path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(debian[-1]) if debian else shutil.which(name)


class Postgres(Program):
    """A PostgreSQL server with a database called postgres."""

    def __init__(self) -> None:
        """Make its files, or skip the test where it is not installed."""
        missing = [name for name in POSTGRES_PROGRAMS if program(name) is None]
        if missing:
            pytest.skip(f"PostgreSQL is not installed (no {', '.join(missing)}); package postgresql")
        folder, user = Path(tempfile.mkdtemp(prefix="unknot-postgres-")), None
        if os.geteuid() == 0:
            user = UNPRIVILEGED
            shutil.chown(folder, user)
        port = next_port()
        subprocess.run(
            [str(program("initdb")), "-D", "data", "-U", "unknot", "--auth=trust", "-E", "UTF8"],
            cwd=folder,
            user=user,
            check=True,
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )
        options = {"listen_addresses": HOST, "unix_socket_directories": "", "fsync": "off"}
        command = [str(program("postgres")), "-D", str(folder / "data"), "-p", str(port)]
        command += [part for k, v in options.items() for part in ("-c", f"{k}={v}")]
        super().__init__(command, folder, port, user)

    @property
    def url(self) -> str:
        """Address of its database."""
        return f"postgresql://unknot@{HOST}:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        super().start()
        for _ in range(200):
            try:
                self.query("SELECT 1")
                return
            except Exception:
                time.sleep(0.1)
        raise AssertionError(self.said)

    def query(self, text: str, *values: Any) -> list[Any]:
        """Run one statement and return its rows."""
        import psycopg2

        connection = psycopg2.connect(self.url, connect_timeout=2)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(text, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def stop_all(self, number: int) -> None:
        """Send a signal to the server and to each of its connections' processes."""
        assert self.process is not None
        pids = [self.process.pid]
        children = Path(f"/proc/{pids[0]}/task/{pids[0]}/children").read_text().split()
        for pid in [*map(int, children), *pids]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def crash(self) -> None:
        """End it as a power cut does, all of its processes."""
        self.stop_all(signal.SIGKILL)
        self.kill()

    def remove(self) -> None:
        """End it and delete its files."""
        if self.process is not None and self.process.poll() is None:
            self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Program):
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        """Prepare it, or skip the test where it is not installed."""
        path = shutil.which("redis-server")
        if path is None:
            pytest.skip("Redis is not installed (no redis-server); package redis-server")
        folder.mkdir(parents=True, exist_ok=True)
        port = next_port()
        command = [path, "--port", str(port), "--bind", HOST, "--save", "", "--dir", str(folder)]
        super().__init__(command, folder, port)

    @property
    def url(self) -> str:
        """Address of its first database."""
        return f"redis://{HOST}:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        import redis

        super().start()
        for _ in range(100):
            try:
                if redis.Redis.from_url(self.url).ping():
                    return
            except redis.RedisError:
                time.sleep(0.05)
        raise AssertionError(self.said)

"""`make serve` as a process of its own, with every guard on, and requests to it from elsewhere."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

from own_ports import next_port
from rasa_project.settings import PREFIX
from served import start_serving

START_S = 300
ACCESS, API = "access-secret-of-this-test", "api-secret-of-this-test"
ELSEWHERE = "203.0.113.7"
"""An address that documents may use, as a proxy would name it."""


@dataclass
class Watched:
    """The running skill."""

    port: int
    folder: Path
    process: "subprocess.Popen[str]"

    @property
    def action_server(self) -> int:
        """Process id of the action server."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text().split()[0])

    def kill_action_server(self) -> None:
        """Kill the action server, where there is one; the skill starts the next within seconds."""
        try:
            pid = self.action_server
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.01)
        except (IndexError, OSError):
            pass  # there is none now

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time that the Rasa process has had; a busy machine does not add to it."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def until_ready(self, timeout_s: float = 40.0) -> None:
        """Wait until `/ready` says so; on a busy machine a part may answer too late at first."""
        deadline = time.monotonic() + timeout_s
        while self.ask("GET", "/ready", token=None)[0] != 200:
            assert time.monotonic() < deadline, "never ready"
            time.sleep(0.5)

    def ask(
        self, method: str, path: str, body: Any = None, token: str | None = ACCESS, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of one request; `body` is JSON unless it is bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        payload = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        if payload is not None:
            given.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, payload, given)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def rest(self, sender: str, words: str, **headers: str) -> list[dict[str, Any]]:
        """Say something over REST; fails unless it is answered."""
        status, _, said = self.ask(
            "POST", "/webhooks/rest/webhook", {"sender": sender, "message": words}, **headers
        )
        assert status == 200, said
        return json.loads(said)

    def page(self, key: str, words: str, **headers: str) -> list[dict[str, Any]]:
        """Say something on the page; fails unless it is answered."""
        status, _, said = self.ask("POST", "/page/say", {"text": words}, X_Page_Key=key, **headers)
        assert status == 200, said
        return json.loads(said)["messages"]

    def key(self) -> str:
        """Return the key of a new page."""
        return str(json.loads(self.ask("POST", "/page/key", {})[2])["key"])

    def counts(self) -> dict[str, float]:
        """Return what `/metrics` counts, by name and labels as they stand there."""
        text = self.ask("GET", "/metrics")[2].decode()
        return {n: float(v) for n, v in re.findall(r"^([^#\s]\S*(?: \S+)*?) (\S+)$", text, re.M)}


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Watched]:
    """Serve while the block runs, logs and diary in `folder`."""
    port = next_port()
    given = {
        "RASA_PORT": str(port), "ACTION_PORT": str(next_port()), "WYOMING_PORT": str(next_port()),
        "LOG_DIR": str(folder / "logs"), "DATA_DIR": str(folder / "data"), "LOG_LEVEL": "DEBUG",
        "ACCESS_TOKEN": ACCESS, "API_TOKEN": API, "METRICS": "1", "TURN_LOG": "1", "PROXIES": "1",
        **settings,
    }  # fmt: skip
    process = start_serving({PREFIX + k: v for k, v in given.items()}, START_S)
    try:
        here = Watched(port, folder, process)
        here.rest("first", "hello")  # the first turn of a process is slow
        here.until_ready()
        yield here
    finally:
        process.send_signal(signal.SIGINT)
        try:
            printed, _ = process.communicate(timeout=8)
            # Nothing but the end is printed, and above all no address with a token in it.
            assert printed.strip() == "Ended.", printed[:500]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

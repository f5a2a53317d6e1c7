"""The action server as a child process that never outlives us."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Optional, Type

from rasa_project.care.errors import UnknotError
from rasa_project.launch.ports import LOOPBACK, free_port, wait_until_it_answers
from rasa_project.settings import PROJECT, Settings

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
"""Seconds it gets to finish its turn before it is killed."""

RESTART_S = 1.0
"""Seconds between two looks at whether a server still runs."""

MOST_RESTART_S = 30.0
"""Longest pause before a server that dies again and again is started once more."""

logger = logging.getLogger(__name__)


class ActionServerError(UnknotError):
    """The action server did not start; the message names the log that says why."""


class ActionProcess:
    """Runs the action server while the `with` block lasts.

    The child watches the pipe that is its standard input: when this process ends in
    whatever way, also by SIGKILL, the pipe closes and the child ends.
    """

    def __init__(
        self, settings: Settings, project: Path = PROJECT, number: int = 1, port: int | None = None
    ) -> None:
        """Prepare the server; `number` tells the logs of several apart, from 1 on."""
        self._settings, self._project = settings, project
        self._name = "actions" if number == 1 else f"actions-{number}"
        self.port = free_port(settings.action_port) if port is None else port
        self._child: Optional[subprocess.Popen[bytes]] = None

    @property
    def url(self) -> str:
        """Address that Rasa posts actions to."""
        return f"http://{LOOPBACK}:{self.port}/webhook"

    @property
    def pid(self) -> int | None:
        """Process id of the running server, or None."""
        return self._child.pid if self._child else None

    def __enter__(self) -> "ActionProcess":
        self.start()
        return self

    def start(self) -> None:
        """Start the server, again where an earlier one has died."""
        self._settings.log_dir.mkdir(parents=True, exist_ok=True)
        module = "rasa_project.launch.action_server"
        with (self._settings.log_dir / f"{self._name}.stderr.log").open("wb") as noise:
            self._child = subprocess.Popen(
                [sys.executable, "-m", module, str(self.port), self._name],
                cwd=self._project,
                stdin=subprocess.PIPE,
                stdout=noise,
                stderr=noise,
                # Ctrl-C reaches this process only, which then ends the child in order.
                start_new_session=True,
                env=dict(os.environ),
            )

    def wait_until_ready(self) -> None:
        """Return when the server answers.

        Raises:
            ActionServerError: it ended, or did not answer in time.
        """
        if not wait_until_it_answers(
            f"http://{LOOPBACK}:{self.port}/health", self.is_alive, START_TIMEOUT_S
        ):
            raise ActionServerError(
                f"The action server did not start. {self._settings.log_dir / self._name}.log says why."
            )

    def is_alive(self) -> bool:
        """Return whether the server's process runs."""
        return self._child is not None and self._child.poll() is None

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the server, in order if it lets itself."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()  # the child's sign to end
        child.terminate()
        try:
            child.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


class ActionProcesses:
    """Runs the action servers of the settings while the `with` block lasts.

    One that dies is started again on its port. With `SKILL_ACTION_URLS` there is nothing to
    run: the servers are elsewhere.
    """

    def __init__(self, settings: Settings, project: Path = PROJECT) -> None:
        self._elsewhere = settings.action_urls
        self._servers: list[ActionProcess] = []
        self._ending = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="action-watch", daemon=True)
        if self._elsewhere:
            return
        port = settings.action_port
        for number in range(1, settings.action_processes + 1):
            port = free_port(port)
            self._servers.append(ActionProcess(settings, project, number, port))
            port += 1

    @property
    def urls(self) -> list[str]:
        """Addresses that Rasa posts actions to."""
        return list(self._elsewhere) or [server.url for server in self._servers]

    def __enter__(self) -> "ActionProcesses":
        for server in self._servers:
            server.start()
        return self

    def wait_until_ready(self) -> None:
        """Return when every own server answers; then watch over them.

        Raises:
            ActionServerError: one ended, or did not answer in time.
        """
        for server in self._servers:
            server.wait_until_ready()
        self._watching.start()

    def _watch(self) -> None:
        pause_s = RESTART_S
        while not self._ending.wait(pause_s):
            dead = [server for server in self._servers if not server.is_alive()]
            # One that dies again and again is tried ever more rarely.
            pause_s = min(pause_s * 2, MOST_RESTART_S) if dead else RESTART_S
            for server in dead:
                logger.error("action server died and is started again port=%d", server.port)
                server.start()
                if self._ending.is_set():
                    server.end()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._ending.set()
        for server in self._servers:
            server.end()

"""The action server as a child process that never outlives us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Optional, Type

from rasa_project.care.errors import UnknotError
from rasa_project.launch.ports import LOOPBACK, free_port, wait_until_it_answers
from rasa_project.settings import PROJECT, Settings

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
"""Seconds it gets to finish its turn before it is killed."""


class ActionServerError(UnknotError):
    """The action server did not start; the message names the log that says why."""


class ActionProcess:
    """Runs the action server while the `with` block lasts.

    The child watches the pipe that is its standard input: when this process ends in
    whatever way, also by SIGKILL, the pipe closes and the child ends.
    """

    def __init__(self, settings: Settings, project: Path = PROJECT) -> None:
        self._settings, self._project = settings, project
        self.port = free_port(settings.action_port)
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
        self._settings.log_dir.mkdir(parents=True, exist_ok=True)
        with (self._settings.log_dir / "actions.stderr.log").open("wb") as noise:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "rasa_project.launch.action_server", str(self.port)],
                cwd=self._project,
                stdin=subprocess.PIPE,
                stdout=noise,
                stderr=noise,
                # Ctrl-C reaches this process only, which then ends the child in order.
                start_new_session=True,
                env=dict(os.environ),
            )
        return self

    def wait_until_ready(self) -> None:
        """Return when the server answers.

        Raises:
            ActionServerError: it ended, or did not answer in time.
        """
        if not wait_until_it_answers(
            f"http://{LOOPBACK}:{self.port}/health", self._is_alive, START_TIMEOUT_S
        ):
            raise ActionServerError(
                f"The action server did not start. {self._settings.log_dir / 'actions.log'} says why."
            )

    def _is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
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

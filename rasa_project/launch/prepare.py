"""Everything the skill needs before it can run: language assets and a trained model.

    python -m rasa_project.launch.prepare

Each part does nothing when it is there already, needs no network, and can be
interrupted at any moment.
"""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from rich.console import Console

from rasa_project.care.errors import UnknotError
from rasa_project.launch.assets import ensure_assets_built
from rasa_project.launch.content_check import check_content
from rasa_project.launch.logs import describe
from rasa_project.launch.progress import Steps
from rasa_project.launch.training import ensure_model
from rasa_project.settings import PREFIX, PROJECT, settings

LOCK_FILE = PROJECT / ".launch" / "prepare.lock"

LEAST_ROOM = 8_192
"""Bytes that a folder for logs has to take."""


def prepare(steps: Steps, force_training: bool = False) -> Path:
    """Build what is missing and return the model to run.

    Where logs cannot be written, `SKILL_LOG_DIR` names a passing folder afterwards.

    Raises:
        UnknotError: a setting, the content, an asset or the training is at fault; the message says what to do.
    """
    settings()  # a wrong setting is said before anything long begins
    _find_room_for_logs(steps)
    with _alone(steps):
        check_content(steps)
        ensure_assets_built(steps)
        return ensure_model(steps, force=force_training)


def _find_room_for_logs(steps: Steps) -> None:
    """Put the logs into a passing folder where theirs takes nothing.

    A disk that has become read-only, or is full, is no reason for a silent skill: emergencies
    are answered without a disk.
    """
    folder = settings().log_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x" * LEAST_ROOM)
    except OSError as error:
        passing = tempfile.mkdtemp(prefix="unknot-logs-")
        os.environ[f"{PREFIX}LOG_DIR"] = passing
        settings.cache_clear()
        steps.console.print(
            f"No logs can be written to {folder} ({error.strerror}): they go to {passing}.",
            highlight=False,
            soft_wrap=True,
        )


@contextmanager
def _alone(steps: Steps) -> Iterator[None]:
    """Let one process at a time build; a second one waits and then finds everything there."""
    try:
        LOCK_FILE.parent.mkdir(parents=True, exist_ok=True)
        opened = LOCK_FILE.open("w")
    except OSError:
        # A read-only folder, as in a container: there everything has been built before.
        yield
        return
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            steps.console.print("Another set-up of this folder is running; waiting for it …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def said_plainly() -> Iterator[Steps]:
    """Give the steps of a command; one of our errors ends it with its sentence, no trace.

    Progress goes to standard error, so that standard output stays what was asked for.
    """
    # A stream of its own: the servers send the error stream itself to a log file.
    console = Console(file=os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8"))
    try:
        yield Steps(console)
    except UnknotError as error:
        console.print(f"[bold red]✗[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("\nStopped. Run the same command again to go on from here.")
        sys.exit(130)
    except Exception as error:
        # No turn has been taken in by now, but the text of an error is never trusted.
        console.print(
            f"[bold red]✗[/] Something broke that should not: {describe(error)}.",
            highlight=False,
            soft_wrap=True,
        )
        sys.exit(1)


def main() -> int:
    """Prepare everything and say so."""
    with said_plainly() as steps:
        prepare(steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Long work in a process of its own, whose memory and noise go with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Mapping, Optional, Sequence

from rasa_project.launch.progress import Step
from rasa_project.settings import PROJECT

REPORT = "@@"
"""Begins a line `@@<0..1> <what>` that tells the parent how far the work is; all else is log."""


INTERRUPTED = 130
"""Exit code of work whose parent is gone."""


PARENT = "UNKNOT_PARENT"
"""Environment variable of the work: number of the pipe whose other end its parent holds."""


def end_with_parent() -> None:
    """End this process as soon as its parent has ended, in whatever way, also by SIGKILL.

    Work that went on alone would write into folders that the next start believes to have
    for itself. Does nothing in a process that `run_apart` has not started.
    """
    pipe = os.environ.pop(PARENT, "")
    if pipe.isdigit():
        threading.Thread(
            target=_watch_parent, args=(int(pipe),), name="parent-watch", daemon=True
        ).start()


def _watch_parent(pipe: int) -> None:
    try:
        while os.read(pipe, 1024):
            pass
    except OSError:
        pass
    os._exit(INTERRUPTED)


def report(what: str, done: float) -> None:
    """Tell the parent process what is being done and how much is done (0 to 1)."""
    print(f"{REPORT}{done:.3f} {what}", file=sys.__stdout__, flush=True)


def run_apart(
    module: str,
    arguments: Sequence[str],
    step: Step,
    log: Path,
    environment: Optional[Mapping[str, str]] = None,
) -> bool:
    """Run `python -m module arguments…`, showing its reports in `step`; True if it succeeded.

    Everything else it writes goes to `log`. If this process is interrupted, so is the work;
    if it is killed, the work's own `end_with_parent` ends it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    theirs, ours = os.pipe()
    with log.open("w", encoding="utf-8") as noise, os.fdopen(ours, "wb"):
        child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env={**os.environ, **(environment or {}), PARENT: str(theirs)},
            pass_fds=(theirs,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        os.close(theirs)
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith(REPORT):
                    done, _, what = line[len(REPORT) :].strip().partition(" ")
                    step.update(what, float(done))
                else:
                    noise.write(line)
            return child.wait() == 0
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()

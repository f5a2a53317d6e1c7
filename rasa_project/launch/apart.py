"""Long work in a process of its own, whose memory and noise go with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Mapping, Optional, Sequence

from rasa_project.launch.progress import Step
from rasa_project.settings import PROJECT

REPORT = "@@"
"""Begins a line `@@<0..1> <what>` that tells the parent how far the work is; all else is log."""


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

    Everything else it writes goes to `log`. If this process is interrupted, so is the work.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as noise:
        child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=noise,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
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

"""The skill for Open Voice OS in its own pipeline, in an environment of its own."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from own_environment import of_an_ecosystem
from rasa_project.settings import PROJECT

PACKAGE = PROJECT / "integrations" / "ovos"
PYTHON_VERSION = "3.11"
RUN_S = 180
FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


def test_the_package_s_own_tests_pass_in_open_voice_os(tmp_path: Path) -> None:
    python = str(of_an_ecosystem("ovos", Path(__file__).parent / "ovos.lock", PYTHON_VERSION))
    # Its settings and logs belong to nobody here.
    own = {name: str(tmp_path / name.lower()) for name in FOLDERS}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PYTHON"))}
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "tests"]
    ran = subprocess.run(
        command, cwd=PACKAGE, env={**kept, **own}, capture_output=True, text=True, timeout=RUN_S
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert re.search(r"\b6 passed\b", ran.stdout) and "skipped" not in ran.stdout

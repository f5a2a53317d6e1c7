"""Programs of other people that tests talk to, each in a Python environment of its own.

Their packages want other versions than Rasa takes. A lock with hashes beside the test pins
them; the environment lies in `.tools/` and is kept from one run to the next.
"""

from __future__ import annotations

import fcntl
import os
import re
import sys
from pathlib import Path

import pytest

from rasa_project.launch import environment

ECOSYSTEMS = "SKILL_TEST_ECOSYSTEMS"


def of_an_ecosystem(name: str, lock: Path, version: str) -> Path:
    """Return the Python of a whole ecosystem's own core, hundreds of megabytes and minutes to install.

    Skips the test in one line where nobody has asked for it (`SKILL_TEST_ECOSYSTEMS=1`, as `.ci/run`
    does), where no Python of that version is, or where it cannot be installed.
    """
    if not os.environ.get(ECOSYSTEMS) and not (environment.TOOLS / name).is_dir():
        pytest.skip(f"{ECOSYSTEMS}=1 installs what this test needs ({name}), some hundred megabytes")
    python = environment.other_python(version)
    if python is None:
        pytest.skip(f"no Python {version} is installed, which {name} needs")
    try:
        return python_of(name, lock, python)
    except environment.SetupError as error:
        pytest.skip(f"{name} could not be installed: {error}")


def python_of(name: str, lock: Path, python: str | None = None) -> Path:
    """Return the Python of the environment `name`, made first where it is not as the lock says.

    Args:
        python: path of the Python it is made with; the one of the tests by default.

    Raises:
        SetupError: it cannot be made; one line says why.
    """
    venv = environment.TOOLS / name
    environment.TOOLS.mkdir(exist_ok=True)
    with (environment.TOOLS / "lock").open("w") as file:
        # One environment at a time: the tests run in several processes.
        fcntl.flock(file, fcntl.LOCK_EX)
        done = venv / lock.name
        if not (done.is_file() and done.read_bytes() == lock.read_bytes()):
            try:
                environment.get_uv(lambda note: None)
                environment.fill(venv, lock, python or sys.executable, lambda note: None)
            except environment.SetupError as error:
                raise environment.SetupError(_in_one_line(str(error))) from None
    return venv / "bin" / "python"


def _in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()

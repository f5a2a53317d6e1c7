"""Programs of other people that tests talk to, each in a Python environment of its own.

Their packages want other versions than Rasa takes. A lock with hashes beside the test pins
them; the environment lies in `.tools/` and is kept from one run to the next.
"""

from __future__ import annotations

import fcntl
import re
import sys
from pathlib import Path

from rasa_project.launch import environment


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

"""`make serve` as a process of its own, for tests that ask it over the network."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Mapping

from rasa_project.settings import PREFIX, PROJECT


def start_serving(settings: Mapping[str, str], start_s: float) -> subprocess.Popen[str]:
    """Return the process once it serves; its output is a pipe.

    Args:
        settings: with their prefix; no other settings of this process are handed on.
        start_s: seconds after which a start is given up.

    Raises:
        AssertionError: it ended before it served; says what it printed.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    process = subprocess.Popen(
        [sys.executable, "-m", "rasa_project.launch.serve"],
        cwd=PROJECT, env={**kept, **settings}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    limit = threading.Timer(start_s, process.kill)
    limit.start()
    try:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        assert process.poll() is None, said
    except BaseException:
        process.kill()
        process.communicate()
        raise
    finally:
        limit.cancel()
    return process

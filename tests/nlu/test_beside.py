"""Work beside: its result, its error and its end are those of work done here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from rasa_project.nlu.beside import LOOK_EVERY_S, begin_beside

ORPHAN = """
import os, sys, time
from rasa_project.nlu.beside import begin_beside

def work():
    print(os.getpid(), flush=True)
    time.sleep(60)

begin_beside(work)
time.sleep(60)
"""


def test_the_result_is_that_of_the_work():
    assert begin_beside(lambda: {"scale": 2.5})() == {"scale": 2.5}


def test_it_goes_on_while_something_else_is_done():
    """In another process, so that neither disturbs the other's random numbers."""
    result = begin_beside(os.getpid)
    assert result() != os.getpid()


def test_its_error_is_raised_where_the_result_is_wanted():
    def work():
        raise ValueError("too few sentences")

    result = begin_beside(work)
    with pytest.raises(ValueError, match="too few sentences"):
        result()


def test_work_that_was_killed_is_done_here():
    """The machine ran out of memory, say; training goes on, only slower."""
    here = os.getpid()

    def work():
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    assert begin_beside(work)() == "done"


def test_it_ends_when_its_parent_is_killed():
    """Else it would go on for minutes for nobody."""
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    beside = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20 * LOOK_EVERY_S
    while runs(beside):
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.1)


def runs(pid: int) -> bool:
    """Return whether a process is there that is more than a name nobody has asked for."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False

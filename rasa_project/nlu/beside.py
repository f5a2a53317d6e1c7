"""Work that goes on in a process of its own while this one does something else."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from multiprocessing.connection import Connection
from typing import Callable, TypeVar

T = TypeVar("T")

LOOK_EVERY_S = 0.5
"""Seconds after which work whose parent is gone ends."""


def begin_beside(work: Callable[[], T]) -> Callable[[], T]:
    """Begin `work` in a copy of this process; returns what waits for its result.

    For work that draws random numbers from a library which has one store of them: two threads
    would draw in an order that nobody can repeat. Where processes cannot be copied, or the
    copy is lost (killed for its memory, say), the work is done here, when its result is asked
    for. Other threads of this process do not exist in the copy: begin before they do.

    Raises:
        Exception: what `work` raises, where its result is asked for.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work
    ours, theirs = multiprocessing.Pipe(duplex=False)
    copied = multiprocessing.get_context("fork").Process(
        target=_do, args=(work, ours, theirs, os.getpid()), daemon=True
    )
    copied.start()
    theirs.close()

    def result() -> T:
        try:
            done, value = ours.recv()
        except (EOFError, OSError):
            return work()
        finally:
            ours.close()
            copied.join()
        if not done:
            raise value
        return value

    return result


def _do(work: Callable[[], T], ours: Connection, theirs: Connection, parent: int) -> None:
    # Its copy of the parent's end would keep the pipe open after the parent is gone.
    ours.close()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    try:
        result = True, work()
    except Exception as error:
        result = False, error
    theirs.send(result)
    theirs.close()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    os._exit(1)

"""The skill as a child of `make talk`: `make serve`, which ends when its parent does."""

from __future__ import annotations

import os
import signal
import sys
import threading

from rasa_project.launch import serve


def _end_with_parent() -> None:
    """Block until standard input closes, then end in order."""
    try:
        while os.read(sys.stdin.fileno(), 1024):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    sys.exit(serve.main())

"""The action server's own process.

`python -m rasa_project.launch.action_server <port> <name of its log>` is the child of `make
serve`: it listens on this machine only and ends when its standard input is closed. Without
arguments it runs apart, on SKILL_ACTION_BIND and SKILL_ACTION_PORT, until SIGTERM.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import sys
import threading
from typing import Optional

from rasa_project.care.errors import SettingError
from rasa_project.launch.logs import write_logs_to
from rasa_project.launch.ports import LOOPBACK
from rasa_project.settings import PROJECT, settings

ACTIONS = "actions"
"""Package whose actions are served."""

GRACE_S = 3.0
"""Seconds between the polite sign to end and the end."""

logger = logging.getLogger(__name__)


def _end_with_parent() -> None:
    """Block until standard input closes, then end this process."""
    try:
        while os.read(sys.stdin.fileno(), 1024):
            pass
    except OSError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    # Sanic finishes running turns first; a turn that hangs may not keep the process.
    threading.Event().wait(GRACE_S)
    os._exit(0)


def main(port: Optional[int] = None, name: str = ACTIONS) -> int:
    """Serve until SIGTERM comes, or the parent that gave a port ends."""
    try:
        in_force = settings()
    except SettingError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    address = LOOPBACK
    if port is None:
        address, port = in_force.action_bind, in_force.action_port
    else:
        threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
    write_logs_to(in_force.log_dir, name, in_force.log_level)
    sys.path.insert(0, str(PROJECT))
    if in_force.lean_import:
        from rasa_project.lean_import import import_spacy

        import_spacy()
    from rasa_sdk import utils
    from rasa_sdk.endpoint import create_app

    app = create_app(ACTIONS, cors_origins=None)
    utils.update_sanic_log_level()
    warm_up = getattr(importlib.import_module(ACTIONS), "warm_up", None)
    if warm_up is not None:
        # Beside the first turns, not before them: a database may take seconds to answer.
        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    logger.info("action server listens port=%d", port)
    try:
        app.run(address, port, workers=1, access_log=False, motd=False)
    except asyncio.CancelledError:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]) if sys.argv[1:] else main())

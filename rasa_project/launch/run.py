"""`make run`: prepares what is missing, starts both processes and talks in the terminal.

    python -m rasa_project.launch.run          one line a turn; also takes turns from a pipe
"""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from rasa_project.launch import terminal
from rasa_project.launch.action_process import ActionProcess
from rasa_project.launch.logs import write_logs_to
from rasa_project.launch.ports import LOOPBACK, free_port
from rasa_project.launch.prepare import prepare, said_plainly
from rasa_project.launch.progress import Steps
from rasa_project.settings import settings

logger = logging.getLogger("rasa_project.launch.run")

TERMINAL_PERSON = "terminal"
"""Under this name the diary knows whoever types."""
TYPICAL_START_S = 8.0


def main() -> int:
    """Run the talk; 0 when the user left."""
    with said_plainly() as steps:
        _run(steps)
    return 0


def _run(steps: Steps) -> None:
    model = prepare(steps)
    # The terminal talks to its own machine whatever SKILL_BIND says.
    in_force = replace(settings(), bind=LOOPBACK)
    with ActionProcess(in_force) as actions, ExitStack() as waiting:
        waiting.enter_context(steps.step("start", "Starting", TYPICAL_START_S))
        write_logs_to(in_force.log_dir, "rasa", in_force.log_level)
        ready = asyncio.Event()
        from rasa_project.launch import rasa_server

        async def on_ready() -> None:
            await asyncio.get_running_loop().run_in_executor(None, actions.wait_until_ready)
            waiting.close()
            ready.set()

        async def converse(sender_id: str, server_url: str, **_: Any) -> None:
            await ready.wait()
            try:
                print(terminal.BANNER, flush=True)
                turns = terminal.turns_of_this_terminal()
                # Who sits at the terminal is the same person tomorrow; a pipe is nobody again.
                known = isinstance(turns, terminal.TypedTurns)
                key = TERMINAL_PERSON if known else sender_id
                await terminal.talk(turns, server_url, key)
            except OSError as error:
                # The terminal was closed. Rasa ends the server only if this returns.
                logger.warning("the terminal is gone error=%s", type(error).__name__)

        port = free_port(in_force.rasa_port)
        rasa_server.serve(in_force, model, [actions.url], port, on_ready, converse)


if __name__ == "__main__":
    sys.exit(main())

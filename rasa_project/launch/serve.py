"""`make serve`: the skill for speakers and pages, until Ctrl-C ends all of it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack

import yaml

from rasa_project.launch.action_process import ActionProcesses
from rasa_project.launch.logs import write_logs_to
from rasa_project.launch.ports import PortTaken, is_free
from rasa_project.launch.prepare import prepare, said_plainly
from rasa_project.launch.progress import Steps
from rasa_project.settings import Settings, check_reach, settings

WYOMING = "rasa_project.channels.wyoming.WyomingInput"
"""What `credentials.yml` calls the channel for Home Assistant."""
ALEXA = "rasa_project.channels.alexa.channel.AlexaInput"
"""What it calls the channel for Alexa."""

PAGE = "rasa_project.channels.page.PageInput"
"""What it calls the web page."""

TYPICAL_START_S = 8.0


def main() -> int:
    """Serve; 0 when it was ended in order."""
    with said_plainly() as steps:
        _serve(steps)
        steps.console.print("Ended.")
    return 0


def _serve(steps: Steps) -> None:
    check_reach(settings())
    model = prepare(steps)
    in_force = settings()
    if not is_free(in_force.rasa_port, in_force.bind):
        raise PortTaken(
            f"Port {in_force.rasa_port} on {in_force.bind} is taken. "
            "End the other program or set SKILL_RASA_PORT to another port."
        )
    speakers = _page(in_force) + _home_assistant(in_force) + _alexa(in_force)
    with ActionProcesses(in_force) as actions, ExitStack() as waiting:
        waiting.enter_context(steps.step("start", "Starting", TYPICAL_START_S))
        log = write_logs_to(in_force.log_dir, "rasa", in_force.log_level)
        from rasa_project.launch import rasa_server

        async def on_ready() -> None:
            await asyncio.get_running_loop().run_in_executor(None, actions.wait_until_ready)
            waiting.close()
            address = f"http://{in_force.bind}:{in_force.rasa_port}"
            api = "on, guarded by SKILL_API_TOKEN" if in_force.api_token else "off"
            steps.console.print(
                f"Unknot listens on {address} (REST: {address}/webhooks/rest/webhook).\n{speakers}"
                f"Rasa's HTTP API is {api}. Logs: {log.parent}. Ctrl-C ends all of it.",
                highlight=False,
            )

        rasa_server.serve(in_force, model, actions.urls, in_force.rasa_port, on_ready)


def _page(in_force: Settings) -> str:
    """Return the line that says where the page is; empty without that channel."""
    from rasa_project.launch.rasa_server import CREDENTIALS

    if PAGE not in CREDENTIALS.read_text(encoding="utf-8"):
        return ""
    return f"The page: open http://{in_force.bind}:{in_force.rasa_port}/ in a browser.\n"


def _alexa(in_force: Settings) -> str:
    """Return the line that says where Alexa's requests go; empty without that channel."""
    from rasa_project.launch.rasa_server import CREDENTIALS

    if ALEXA not in CREDENTIALS.read_text(encoding="utf-8"):
        return ""
    if not in_force.alexa_application_id:
        return "Alexa is off until SKILL_ALEXA_APPLICATION_ID is set.\n"
    return f"Alexa: http://{in_force.bind}:{in_force.rasa_port}/webhooks/alexa/webhook, for your TLS proxy.\n"


def _home_assistant(in_force: Settings) -> str:
    """Return the line that says where Home Assistant finds the skill; empty without that channel.

    Raises:
        PortTaken: it could not listen there.
    """
    from rasa_project.launch.rasa_server import CREDENTIALS

    if WYOMING not in (yaml.safe_load(CREDENTIALS.read_text(encoding="utf-8")) or {}):
        return ""
    port, address = in_force.wyoming_port, in_force.wyoming_bind
    if not is_free(port, address):
        raise PortTaken(
            f"Port {port} on {address}, for Home Assistant, is taken or not of this machine. "
            "End the other program, or set SKILL_WYOMING_PORT or SKILL_WYOMING_BIND."
        )
    return f"Home Assistant (Wyoming) finds it on {address}, port {port}.\n"


if __name__ == "__main__":
    sys.exit(main())

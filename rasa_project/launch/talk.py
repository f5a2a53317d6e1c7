"""`make talk`: a spoken talk at this machine.

    python -m rasa_project.launch.talk                  microphone and loudspeaker
    python -m rasa_project.launch.talk a.wav +b.wav     files; a + interrupts the skill

Needs a speech recogniser and a voice that speak Wyoming (`SKILL_STT_URI`, `SKILL_TTS_URI`).
The skill is the one that `make serve` runs, or one of its own.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import AsyncIterator

from rasa_project.care.errors import UnknotError
from rasa_project.launch.ports import LOOPBACK, free_port
from rasa_project.launch.prepare import prepare, said_plainly
from rasa_project.launch.progress import Steps
from rasa_project.settings import PROJECT, Settings, settings

SPOKEN = PROJECT / "talk"
"""Folder into which a talk with files writes what is said."""

TYPICAL_START_S = 12.0
START_MOST_S = 120.0
STOP_MOST_S = 8.0
EVERYWHERE = ("0.0.0.0", "::")


class NoSkill(UnknotError):
    """The skill could not be started; the message names the log."""


def main(files: list[str]) -> int:
    """Talk; 0 when it ended in order."""
    with said_plainly() as steps:
        in_force = settings()
        try:
            asyncio.run(_talk(steps, in_force, files))
        except KeyboardInterrupt:
            pass
    return 0


async def _talk(steps: Steps, in_force: Settings, files: list[str]) -> None:
    from rasa_project.talk.devices import Loudspeaker, Microphone
    from rasa_project.talk.files import WavEars, WavMouth
    from rasa_project.talk.services import Services, is_the_skill
    from rasa_project.talk.talking import Talk

    address = LOOPBACK if in_force.wyoming_bind in EVERYWHERE else in_force.wyoming_bind
    uri = f"tcp://{address}:{in_force.wyoming_port}"
    services = Services(in_force.stt_uri, in_force.tts_uri, uri)
    # Everything that may be missing is said before anything long begins.
    await services.check()
    by_key = in_force.talk_by == "key"
    ears = WavEars(files) if files else Microphone(by_key)
    mouth = WavMouth(SPOKEN) if files else Loudspeaker()

    def spoken() -> None:
        written = mouth.end_turn() if isinstance(mouth, WavMouth) else None
        if written is not None:
            show("", f"[{written.name}]")

    def show(who: str, words: str) -> None:
        print(f"{who}: {words}" if who else f"  {words}", flush=True)

    try:
        if await is_the_skill(uri):
            await Talk(ears, mouth, services, show, _apology(in_force), spoken).run()
            return
        async with _own_skill(steps, in_force) as uri:
            if by_key and not files:
                show("", "Press Enter, speak, and press Enter again. Ctrl-C ends the talk.")
            services = Services(services.hearing, services.voice, uri)
            await Talk(ears, mouth, services, show, _apology(in_force), spoken).run()
    finally:
        ears.close()
        mouth.close()
        if files:
            show("", f"What was said is in {SPOKEN}.")


def _apology(in_force: Settings) -> str:
    """Return the skill's own apology, for when it cannot say it itself."""
    from rasa_project.care.contacts import contacts_for
    from rasa_project.care.escalation_words import load_escalations
    from rasa_project.care.flags import load_red_flags

    contacts = contacts_for(in_force.country, load_red_flags())
    return contacts.fill(load_escalations().apology.advice)


@asynccontextmanager
async def _own_skill(steps: Steps, in_force: Settings) -> AsyncIterator[str]:
    """Run the skill while the block lasts; gives its address.

    Raises:
        NoSkill: it did not start.
    """
    from rasa_project.talk.services import is_the_skill

    prepare(steps)
    port = free_port(in_force.wyoming_port)
    uri = f"tcp://{LOOPBACK}:{port}"
    ports = {
        "SKILL_BIND": LOOPBACK,
        "SKILL_RASA_PORT": str(free_port(in_force.rasa_port)),
        "SKILL_WYOMING_BIND": LOOPBACK,
        "SKILL_WYOMING_PORT": str(port),
    }
    in_force.log_dir.mkdir(parents=True, exist_ok=True)
    log = in_force.log_dir / "talk.log"
    with log.open("wb") as noise:
        child = subprocess.Popen(
            [sys.executable, "-m", "rasa_project.talk.served"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=noise,
            stderr=noise,
            # Ctrl-C reaches this process only, which then ends the child in order.
            start_new_session=True,
            env={**os.environ, **ports},
        )
    try:
        with steps.step("talk", "Starting the skill", TYPICAL_START_S):
            deadline = time.monotonic() + START_MOST_S
            while not await is_the_skill(uri):
                if child.poll() is not None or time.monotonic() > deadline:
                    raise NoSkill(f"The skill did not start. {log} says why.")
                await asyncio.sleep(0.2)
        yield uri
    finally:
        child.terminate()
        try:
            child.wait(STOP_MOST_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The talk in a terminal, or with a pipe: one line a turn."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import Any, AsyncIterator, Mapping, Optional, Protocol

BANNER = (
    "Unknot: first help for a back that has seized up. It is not a doctor.\n"
    "Say what your back is doing. /stop or Ctrl-D ends the talk."
)
YOU, BOT = "You: ", "Unknot: "
END_WORDS = ("/stop", "/quit", "/exit")
APOLOGY = (
    "Sorry, something went wrong on my side. "
    "If you feel very unwell, call your emergency number now."
)
"""Said when the server itself does not answer; everything else is answered by the skill."""


class Turns(Protocol):
    """Where the user's turns come from."""

    async def next(self) -> Optional[str]:
        """Return the next turn, or None when the user has left."""


class TypedTurns:
    """Turns typed at a prompt that can be edited and remembers earlier lines."""

    def __init__(self) -> None:
        # Its question for the cursor's place is not answered by every terminal.
        os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
        from prompt_toolkit import PromptSession

        self._session: Any = PromptSession()

    async def next(self) -> Optional[str]:
        """Return the typed line; Ctrl-C and Ctrl-D mean that the user has left."""
        try:
            return str(await self._session.prompt_async(YOU))
        except (EOFError, KeyboardInterrupt):
            return None


class PipedTurns:
    """Turns from a pipe or a file, shown as if they had been typed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[Optional[str]] = asyncio.Queue()
        threading.Thread(target=self._read, name="turns", daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line.rstrip("\r\n"))
        self._loop.call_soon_threadsafe(self._lines.put_nowait, None)

    async def next(self) -> Optional[str]:
        """Return the next line; None at the end of the input."""
        line = await self._lines.get()
        if line is not None:
            print(f"{YOU}{line}", flush=True)
        return line


def turns_of_this_terminal() -> Turns:
    """Return a prompt where a person sits at a terminal, else the lines of standard input."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return TypedTurns()
    return PipedTurns()


def shown(reply: Mapping[str, Any]) -> str:
    """Return a reply as the terminal shows it; parts for other channels are left out."""
    parts = [str(reply["text"])] if reply.get("text") else []
    if reply.get("image"):
        parts.append(f"[picture: {reply['image']}]")
    return "\n".join(parts)


def say(text: str) -> None:
    """Print what the skill says, in colour where there is a terminal."""
    name = f"\033[36m{BOT}\033[0m" if sys.stdout.isatty() else BOT
    print(f"{name}{text}", flush=True)


async def answers(server_url: str, sender_id: str, text: str) -> AsyncIterator[str]:
    """Yield what the skill says to one turn, part by part, as the terminal shows it.

    Raises:
        aiohttp.ClientError, asyncio.TimeoutError, ValueError: it does not answer.
    """
    from rasa.core.channels import console

    async for reply in console._send_message_receive_stream(server_url, "", sender_id, text):
        words = shown(reply)
        if words:
            yield words


async def talk(turns: Turns, server_url: str, sender_id: str) -> None:
    """Pass turns to the skill and print its answers until the user leaves."""
    import aiohttp

    while True:
        text = await turns.next()
        if text is None or text.strip() in END_WORDS:
            return
        answered = False
        try:
            async for words in answers(server_url, sender_id, text.strip()):
                say(words)
                answered = True
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            answered = False
        if not answered:
            say(APOLOGY)

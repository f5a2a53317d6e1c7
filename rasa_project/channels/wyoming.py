"""Home Assistant and other Wyoming clients, as a channel of Rasa.

In `credentials.yml`: `rasa_project.channels.wyoming.WyomingInput:`. Where it listens are
settings (`SKILL_WYOMING_BIND`, `SKILL_WYOMING_PORT`).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from dataclasses import asdict
from typing import Any, Dict, Mapping, Optional

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from wyoming.handle import Handled

from rasa_project.care.errors import UnknotError
from rasa_project.channels import speech
from rasa_project.channels.conversations import DEADLINE_S, Conversations, OnNewMessage
from rasa_project.channels.pictured import picture_after
from rasa_project.channels.replies import TurnReply
from rasa_project.channels.wyoming_info import NAME, info
from rasa_project.channels.wyoming_server import WyomingServer
from rasa_project.pictures.drawn import png_of
from rasa_project.settings import settings

logger = logging.getLogger(__name__)

HOUSE = "house"
"""Session of whoever says nothing about who it is: Home Assistant before 2025.7."""

MOST_KEY_CHARACTERS = 200
SPARE_S = 0.5
"""Seconds after the deadline of a turn at which this channel answers by itself."""

SERVICE = "_wyoming._tcp.local."


class WyomingPortTaken(UnknotError):
    """The skill cannot listen for Home Assistant where the settings say."""


class WyomingInput(InputChannel):
    """Answers transcripts with words; one `handled` each, whatever happens."""

    def __init__(self, address: str, port: int, idle_s: float, deadline_s: float = DEADLINE_S) -> None:
        """Listen on `address` and `port` once Rasa runs."""
        self.address, self.port = address, port
        self._idle_s, self._deadline_s = idle_s, deadline_s
        self._talks: Conversations | None = None
        self._server: WyomingServer | None = None
        self._advertised: Any = None
        self._advertising: "asyncio.Future[None] | None" = None

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "wyoming"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> "WyomingInput":
        """Return the channel that the settings describe."""
        in_force = settings()
        return cls(in_force.wyoming_bind, in_force.wyoming_port, in_force.session_minutes * 60)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Start with Rasa's server, and end with it."""
        blueprint = Blueprint("wyoming")

        @blueprint.route("/", methods=["GET"])
        async def health(_: Request) -> Any:
            return response.json({"status": "ok"})

        @blueprint.listener("after_server_start")
        async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self.start(on_new_message)

        @blueprint.listener("before_server_stop")
        async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self.stop()

        return blueprint

    async def start(self, on_new_message: OnNewMessage) -> None:
        """Listen; turns run on the loop this is called on.

        Raises:
            WyomingPortTaken: the port is taken, or the address is not this machine's.
        """
        loop = asyncio.get_running_loop()
        talks = Conversations(on_new_message, self.name(), self._idle_s, self._deadline_s)

        async def answer(text: str, context: Mapping[str, Any]) -> Handled:
            turn = talks.turn(session_key(context), text, country=country_in(context))
            running = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(turn, loop))
            try:
                reply = await asyncio.wait_for(running, self._deadline_s + SPARE_S)
                return handled_of(reply, context, self._idle_s)
            except Exception as error:
                logger.error("no answer from rasa error=%s", type(error).__name__)
                sorry = talks.apology(country_in(context))
                return handled_of(TurnReply((sorry,), in_time=False), context, self._idle_s)

        def unheard(context: Mapping[str, Any]) -> None:
            loop.call_soon_threadsafe(talks.not_heard, session_key(context))

        server = WyomingServer(info(), answer, unheard, picture_asked_for)
        try:
            self.port = server.start(self.address, self.port)
        except OSError:
            raise WyomingPortTaken(taken(self.address, self.port)) from None
        self._talks, self._server = talks, server
        if may_be_advertised(self.address):
            # Two seconds of asking whether the name is free, beside the first turns.
            self._advertising = loop.run_in_executor(None, self._advertise)

    async def stop(self) -> None:
        """Close the port and every connection."""
        server, talks = self._server, self._talks
        self._server = self._talks = None
        loop = asyncio.get_running_loop()
        if server is not None:
            await loop.run_in_executor(None, server.stop)
        if self._advertising is not None:
            await self._advertising
        if self._advertised is not None:
            await loop.run_in_executor(None, self._advertised.close)
        self._advertised = self._advertising = None
        if talks is not None:
            await talks.close()

    def _advertise(self) -> None:
        """Let Home Assistant find the skill; it works without, by entering host and port."""
        try:
            # Imported here: it is only needed in a network.
            from zeroconf import ServiceInfo, Zeroconf

            self._advertised = Zeroconf(interfaces=[self.address])
            self._advertised.register_service(
                ServiceInfo(
                    SERVICE,
                    f"{NAME}-{socket.gethostname().split('.')[0]}.{SERVICE}",
                    addresses=[ipaddress.ip_address(self.address).packed],
                    port=self.port,
                )
            )
        except Exception as error:
            logger.warning("not advertised error=%s", type(error).__name__)


def taken(address: str, port: int) -> str:
    """Return the sentence about a port for Home Assistant that cannot be used."""
    return (
        f"Port {port} on {address}, for Home Assistant, is taken or not of this machine. End the "
        "other program, or set SKILL_WYOMING_PORT or SKILL_WYOMING_BIND."
    )


def session_key(context: Mapping[str, Any]) -> str:
    """Return whose conversation this is: the satellite's, else the device's, else its own id.

    Home Assistant forgets a conversation after five minutes; a stretch with rests takes longer.
    """
    for name in ("satellite_id", "device_id", "conversation_id"):
        value = context.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()[:MOST_KEY_CHARACTERS]
    return HOUSE


def country_in(context: Mapping[str, Any]) -> str | None:
    """Return the country code a client gives (Home Assistant's own setting), else None."""
    country = context.get("country")
    known = isinstance(country, str) and len(country) == 2 and country.isalpha()
    return str(country).upper() if known else None


def picture_asked_for(data: Mapping[str, Any]) -> bytes | None:
    """Return the PNG that a client asks for by `id` and `frame`, None when there is no such."""
    picture_id, frame = data.get("id"), data.get("frame")
    if not isinstance(picture_id, str) or isinstance(frame, bool) or not isinstance(frame, (int, type(None))):
        return None
    return png_of(picture_id, frame)


def handled_of(reply: TurnReply, context: Mapping[str, Any], idle_s: float) -> Handled:
    """Return what a client is told: words, and in the context what can be done with them.

    Added to the client's own context, and ignored by stock Home Assistant:

    * `expects_answer`: whether the microphone should open again.
    * `say_again_after`: seconds until a timed hold is over; absent when nothing is timed.
    * `shown`: the words for a screen; `ends`: whether the conversation is over.
    * `replies`: the `reply` metadata of each message, without its segments.
    * `timeline`: for a client that sent `times_holds`: pauses and words that follow the text.
    * `picture`: what a screen shows from now on (`id`, `frame`, `title`, `description`, and
      `stays_s`, seconds without a word after which it goes), None for nothing; absent when
      what is shown stays. Its PNG is the answer to an event of type `unknot-picture`.

    Args:
        idle_s: seconds without a word after which the exercise is left.
    """
    times_holds = context.get("times_holds") is True
    text = speech.plain(reply, counts=not times_holds) or speech.spoken_numbers(reply.text)
    added: Dict[str, Any] = {
        "expects_answer": reply.expects_reply,
        "ends": reply.ends,
        "shown": speech.for_the_eye(reply),
        "replies": [{k: v for k, v in one.items() if k != "segments"} for one in reply.replies],
    }
    hold_s = speech.say_again_after(reply)
    if hold_s:
        added["say_again_after"] = hold_s
    if times_holds and hold_s:
        added["timeline"] = [dict(segment) for segment in speech.timeline(reply)]
    changes, shown = picture_after(reply)
    if changes:
        added["picture"] = {**asdict(shown), "stays_s": idle_s} if shown else None
    return Handled(text=text, context={**context, **added})


def may_be_advertised(address: str) -> bool:
    """Return whether `address` is one of a local network, chosen on purpose."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return ip.version == 4 and ip.is_private and not (ip.is_loopback or ip.is_unspecified)

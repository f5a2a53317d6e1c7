"""A loudspeaker with Alexa in it: signed requests to the skill's real web server.

    async with Speaker.at(skill, amazon) as speaker:
        heard = await speaker.opens()
        heard = await speaker.says("IHaveOpening", query="numbness in my groin")
"""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as xml
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, AsyncIterator

import aiohttp

from alexa_authority import APPLICATION_ID, Amazon, as_bytes, envelope
from rasa_project.channels.alexa.channel import AlexaInput
from rasa_project.channels.alexa.verification import Verifier
from in_process_server import serving

ROUTE = "/webhooks/alexa/webhook"
TAGS = {"speak", "s", "p", "break"}


@dataclass
class Heard:
    """One answer of the skill."""

    status: int
    raw: bytes
    body: dict[str, Any]

    @property
    def response(self) -> dict[str, Any]:
        return self.body["response"]

    @property
    def ssml(self) -> str:
        return self.response["outputSpeech"]["ssml"]

    @property
    def words(self) -> str:
        """The speech without its tags; fails unless it is XML of Alexa's tags."""
        return plain_words(self.ssml)

    @property
    def reprompt(self) -> str:
        return plain_words(self.response["reprompt"]["outputSpeech"]["ssml"])

    @property
    def ends(self) -> bool:
        return self.response["shouldEndSession"]

    @property
    def card(self) -> str:
        return self.response.get("card", {}).get("content", "")


def plain_words(ssml: str) -> str:
    root = xml.fromstring(ssml)
    assert root.tag == "speak" and {element.tag for element in root.iter()} <= TAGS
    return " ".join(" ".join(root.itertext()).split())


@dataclass
class Speaker:
    """Sends what a user says as Amazon would, within one session."""

    url: str
    amazon: Amazon
    channel: AlexaInput
    client: aiohttp.ClientSession
    locale: str = "en-US"
    session: str = field(default_factory=lambda: f"amzn1.echo-api.session.{uuid.uuid4()}")
    begun: bool = False

    @classmethod
    @asynccontextmanager
    async def at(cls, skill: Any, amazon: Amazon, **options: Any) -> AsyncIterator["Speaker"]:
        """Serve the skill's channel in this process and stand a loudspeaker before it."""
        async with amazon.online():
            channel = AlexaInput(Verifier(APPLICATION_ID, amazon.certificates()), **options)
            async with serving(skill, channel) as url, aiohttp.ClientSession() as client:
                yield cls(url, amazon, channel, client)

    def another(self, locale: str = "en-US") -> "Speaker":
        """Return a speaker with a session of its own."""
        return Speaker(self.url, self.amazon, self.channel, self.client, locale)

    async def opens(self) -> Heard:
        """Say "Alexa, open …"."""
        return await self.sends(self.request("LaunchRequest"))

    async def says(self, intent: str, **slots: Any) -> Heard:
        """Say something Amazon takes for `intent`."""
        return await self.sends(self.intent(intent, **slots))

    async def ends(self, reason: str = "USER_INITIATED", **more: Any) -> Heard:
        """Say "Exit", or fall silent."""
        heard = await self.sends(self.request("SessionEndedRequest", reason=reason, **more))
        await self.channel.sessions.settled()
        return heard

    def intent(self, intent: str, **slots: Any) -> dict[str, Any]:
        """Return the request for `intent`, before it is signed."""
        filled = {
            name: {"name": name, "value": value, "confirmationStatus": "NONE", "source": "USER"}
            for name, value in slots.items()
        }
        given = {"name": intent, "confirmationStatus": "NONE", "slots": filled}
        return self.request("IntentRequest", intent=given, dialogState="STARTED")

    def request(self, kind: str, **changes: Any) -> dict[str, Any]:
        """Return a request of this session, before it is signed."""
        request = envelope(kind, locale=self.locale, **changes)
        request["session"]["sessionId"] = self.session
        request["session"]["new"] = not self.begun
        self.begun = True
        return request

    async def sends(self, request: Any) -> Heard:
        """Sign and send a request; an answer must be one."""
        heard = await self.posts(as_bytes(request))
        assert heard.status == 200
        assert len(heard.raw) <= 24_000
        return heard

    async def posts(self, body: bytes, headers: dict[str, str] | None = None) -> Heard:
        """Send bytes, signed unless `headers` are given."""
        headers = self.amazon.signer.headers(body) if headers is None else headers
        async with self.client.post(self.url + ROUTE, data=body, headers=headers) as response:
            raw = await response.read()
            found = await response.json() if response.status == 200 else {}
            return Heard(response.status, raw, found)

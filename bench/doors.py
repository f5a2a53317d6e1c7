"""Every way to talk to the skill, opened on one loaded skill in this process."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import types
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, AsyncIterator, Awaitable, Callable, Optional, Tuple

import aiohttp

from bench.bots import BenchError
from bench.speakers import TURN_TIMEOUT_S, Line
from rasa_project.launch.ports import LOOPBACK
from rasa_project.launch.training import model_path
from rasa_project.settings import PROJECT

IDLE_S = 1800.0
"""Seconds of silence after which a channel would leave what was under way."""

INTEGRATION = PROJECT / "integrations" / "home_assistant" / "custom_components" / "unknot"

Said = Optional[Tuple[str, ...]]
Say = Callable[[str, str], Awaitable[Said]]
"""Sends a turn of a sender; returns what was said, None where there was no answer."""


@asynccontextmanager
async def doors() -> AsyncIterator[dict[str, Say]]:
    """Open them; gives how each is talked to, by its name, the skill without a channel first.

    Raises:
        BenchError: no model of the present inputs is there.
    """
    if not model_path().is_file():
        raise BenchError("The skill is not trained on its present inputs: run `make train` first.")
    from rasa_project.evaluation.loading import load_quietly

    skill = load_quietly(model_path())
    from rasa.core.channels.rest import RestInput

    from rasa_project.channels.alexa.channel import AlexaInput
    from rasa_project.channels.alexa.verification import Verifier
    from rasa_project.channels.page import PageInput
    from rasa_project.channels.wyoming import WyomingInput

    # Its lines for each request would be measured too.
    logging.getLogger("sanic.root").setLevel(logging.ERROR)
    logging.getLogger("sanic.access").setLevel(logging.ERROR)
    authority = _of_the_tests("channels/alexa/alexa_authority.py")
    amazon = authority.Amazon()
    serving = _of_the_tests("channels/in_process_server.py").serving
    wyoming = WyomingInput(LOOPBACK, 0, IDLE_S)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(amazon.online())
        alexa = AlexaInput(Verifier(authority.APPLICATION_ID, amazon.certificates()))
        channels = (RestInput(), PageInput(IDLE_S), alexa, wyoming)
        url = await stack.enter_async_context(serving(skill, *channels))
        client = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TURN_TIMEOUT_S), trust_env=False)
        )
        line = await stack.enter_async_context(Line(f"{url}/webhooks/rest/webhook"))
        yield {
            "the skill itself": _core(skill),
            "REST": _rest(line),
            "terminal": _terminal(url),
            "page": _page(client, url),
            "Wyoming": _wyoming(wyoming.port),
            "Wyoming by the integration for Home Assistant": _home_assistant(wyoming.port),
            "Alexa": _alexa(client, url, authority, amazon),
        }


def _core(skill: Any) -> Say:
    async def say(sender: str, text: str) -> Said:
        return tuple(reply.text for reply in await skill.say(sender, text))

    return say


def _rest(line: Line) -> Say:
    async def say(sender: str, text: str) -> Said:
        return (await line.say(sender, text)).said

    return say


def _terminal(url: str) -> Say:
    from rasa_project.launch.terminal import answers

    async def say(sender: str, text: str) -> Said:
        return tuple([words async for words in answers(url, sender, text)])

    return say


def _page(client: aiohttp.ClientSession, url: str) -> Say:
    from rasa_project.channels.page.keys import KEY_HEADER, new_key

    keys: dict[str, str] = {}

    async def say(sender: str, text: str) -> Said:
        # A browser asks for its key once and keeps it.
        headers = {KEY_HEADER: keys.setdefault(sender, new_key())}
        async with client.post(f"{url}/page/say", json={"text": text}, headers=headers) as response:
            body = await response.json()
            return tuple(m["text"] for m in body["messages"]) if response.status == 200 else None

    return say


def _wyoming(port: int) -> Say:
    from wyoming.asr import Transcript
    from wyoming.client import AsyncTcpClient
    from wyoming.handle import Handled

    async def say(sender: str, text: str) -> Said:
        # One connection an utterance, as satellites do it.
        async with AsyncTcpClient(LOOPBACK, port) as satellite:
            context = {"satellite_id": sender}
            await satellite.write_event(Transcript(text, language="en", context=context).event())
            event = await satellite.read_event()
        return None if event is None else (Handled.from_event(event).text or "",)

    return say


def _home_assistant(port: int) -> Say:
    # Its client needs nothing of Home Assistant; the rest of the package does.
    package = types.ModuleType("bench_integration")
    package.__path__ = [str(INTEGRATION)]
    sys.modules[package.__name__] = package
    client = importlib.import_module(f"{package.__name__}.client")

    async def say(sender: str, text: str) -> Said:
        return ((await client.say(LOOPBACK, port, text, {"device_id": sender})).text,)

    return say


def _alexa(client: aiohttp.ClientSession, url: str, authority: Any, amazon: Any) -> Say:
    async def say(sender: str, text: str) -> Said:
        words = {"name": "words", "value": text, "confirmationStatus": "NONE", "source": "USER"}
        intent = {"name": "SayingIntent", "confirmationStatus": "NONE", "slots": {"words": words}}
        request = authority.envelope("IntentRequest", intent=intent, dialogState="STARTED")
        request["session"]["sessionId"] = f"amzn1.echo-api.session.{sender}"
        body = authority.as_bytes(request)
        headers = amazon.signer.headers(body)
        async with client.post(f"{url}/webhooks/alexa/webhook", data=body, headers=headers) as response:
            if response.status != 200:
                return None
            return ((await response.json())["response"]["outputSpeech"]["ssml"],)

    return say


def _of_the_tests(path: str) -> Any:
    """Return a module of the tests: a second false Amazon would be one too many."""
    file = PROJECT / "tests" / path
    # It imports what lies beside all tests.
    if str(PROJECT / "tests") not in sys.path:
        sys.path.append(str(PROJECT / "tests"))
    name = f"bench_{file.stem}"
    if name not in sys.modules:
        found = importlib.util.spec_from_file_location(name, file)
        assert found is not None and found.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(found)
        found.loader.exec_module(sys.modules[name])
    return sys.modules[name]

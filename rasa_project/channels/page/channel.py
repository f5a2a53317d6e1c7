"""The page at `/`: its files, what is said on it, its diary.

Everything is served by this process and nothing is loaded from elsewhere; the headers say
so to the browser too. What was said is in no address and in no log.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import re
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Mapping, Optional

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rasa_project import clock
from rasa_project.care.history import History, PainScore, SessionEntry
from rasa_project.care.progress_chart import Chart, chart_of
from rasa_project.care.errors import UnknotError
from rasa_project.channels.conversations import Conversations, OnNewMessage
from rasa_project.channels.page.answers import answer_of, talk_of
from rasa_project.channels.page.calls import countries
from rasa_project.channels.page.keys import KEY_HEADER, BadRequest, new_key, person_of
from rasa_project.channels.page.requests import body_of, country_in, text_in
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.diary.chart_png import chart_png
from rasa_project.diary.keeper import key_of, keeper
from rasa_project.pictures.drawn import DRAWN_DIR, one_frame, one_frame_png
from rasa_project.settings import settings

logger = logging.getLogger(__name__)

STATIC_DIR = Path(__file__).resolve().parent / "static"
INDEX = "index.html"

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PICTURE_HEADERS = {
    # A drawing brings its own style sheet, and nothing else may come with it.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    # The screens of speakers show them on a page of their maker's.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
EVERY_HEADER = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
NOT_KEPT = {"Cache-Control": "no-store"}
CHECKED = {"Cache-Control": "no-cache"}
"""Kept by the browser, but asked for every time: an update of the skill shows at once."""

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
}
"""Named here: what a machine takes a suffix for differs, and a browser runs no script of the wrong kind."""

_FRAME = re.compile(r"(?P<id>[a-z0-9_]{1,60})\.(?P<number>[1-9])\.(?P<form>svg|png)")
"""One position of a picture."""

Handler = Callable[..., Awaitable[HTTPResponse]]


class PageBlueprint(Blueprint):
    """A blueprint that takes the root, where Rasa puts a greeting of its own."""

    def register(self, app: Sanic, options: Dict[str, Any]) -> None:
        """Register, and answer `/` before Rasa's own route does."""
        super().register(app, options)

        async def root(request: Request) -> Optional[HTTPResponse]:
            if request.path != "/" or request.method not in ("GET", "HEAD"):
                return None
            return _file(request, STATIC_DIR / INDEX, PAGE_HEADERS)

        app.register_middleware(root, "request")


class PageInput(InputChannel):
    """The web page as a channel of Rasa."""

    def __init__(self, idle_s: float) -> None:
        """Leave what was under way after `idle_s` seconds of silence."""
        self._idle_s = idle_s

    @classmethod
    def name(cls) -> str:
        """Return the channel's name."""
        return "page"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> "PageInput":
        """Return the channel that the settings describe."""
        return cls(settings().session_minutes * 60)

    def url_prefix(self) -> str:
        """Return the root: the page has no `/webhooks` before it."""
        return "/"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Return the routes of the page."""
        talks = Conversations(on_new_message, self.name(), self._idle_s)
        blueprint = PageBlueprint("page")
        _add_files(blueprint)
        _add_talk(blueprint, talks)
        _add_diary(blueprint, self.name())

        @blueprint.listener("before_server_stop")
        async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await talks.close()

        return blueprint


def _add_files(blueprint: Blueprint) -> None:
    # Only what lies there now can be asked for: no path of a request reaches the disk.
    static = {f.name: f for f in STATIC_DIR.iterdir() if f.suffix in KINDS}
    drawn = {f.name: f for f in DRAWN_DIR.iterdir() if f.suffix in (".svg", ".png")}

    @blueprint.get("/page/<name:str>")
    async def page_file(request: Request, name: str) -> HTTPResponse:
        return _file(request, static.get(name), PAGE_HEADERS)

    @blueprint.get("/pictures/<name:str>")
    async def picture_file(request: Request, name: str) -> HTTPResponse:
        frame = _FRAME.fullmatch(name)
        if frame is None:
            return _file(request, drawn.get(name), PICTURE_HEADERS)
        form, wanted = frame["form"], (frame["id"], int(frame["number"]))
        alone = one_frame_png(*wanted) if form == "png" else (one_frame(*wanted) or "").encode("utf-8")
        if not alone:
            return _file(request, None, PICTURE_HEADERS)
        return _content_of(request, alone, f".{form}", PICTURE_HEADERS)

    @blueprint.get("/page/settings")
    async def page_settings(request: Request) -> HTTPResponse:
        return _json({"country": settings().country, "countries": list(countries())})


def _add_talk(blueprint: Blueprint, talks: Conversations) -> None:
    @blueprint.post("/page/key", stream=True)
    @_careful
    async def key(request: Request) -> HTTPResponse:
        await body_of(request)
        _in_turn(request, "", None)
        return _json({"key": new_key()})

    @blueprint.post("/page/say", stream=True)
    @_careful
    async def say(request: Request) -> HTTPResponse:
        person = person_of(request.headers.get(KEY_HEADER))
        body = await body_of(request)
        text, country = text_in(body), country_in(body)
        _in_turn(request, person, text, country)
        reply = await talks.turn(person, text, country=country)
        return _json(answer_of(reply))

    @blueprint.post("/page/last", stream=True)
    @_careful
    async def last(request: Request) -> HTTPResponse:
        person = person_of(request.headers.get(KEY_HEADER))
        await body_of(request)
        _in_turn(request, person, None)
        tracker = await request.app.ctx.agent.tracker_store.retrieve_full_tracker(person)
        turns = talk_of(tracker.events) if tracker is not None else []
        return _json({"turns": turns})


def _add_diary(blueprint: Blueprint, channel: str) -> None:
    async def chart(request: Request) -> Chart:
        person = person_of(request.headers.get(KEY_HEADER))
        await body_of(request)
        _in_turn(request, person, None)
        tracker = await request.app.ctx.agent.tracker_store.retrieve(person)
        slots = tracker.current_slot_values() if tracker is not None else {}
        in_a_thread = asyncio.get_running_loop().run_in_executor
        history = await in_a_thread(None, history_of, channel, person, slots)
        return chart_of(history, clock.utc_now())

    @blueprint.post("/page/diary", stream=True)
    @_careful
    async def diary(request: Request) -> HTTPResponse:
        drawn = await chart(request)
        return _json({"summary": drawn.summary, "svg": drawn.svg, "rows": drawn.rows})

    @blueprint.post("/page/diary.png", stream=True)
    @_careful
    async def diary_png(request: Request) -> HTTPResponse:
        drawn = await chart(request)
        png = await asyncio.get_running_loop().run_in_executor(None, chart_png, drawn)
        return response.raw(png, content_type="image/png", headers={**EVERY_HEADER, **NOT_KEPT})


def history_of(channel: str, person: str, slots: Mapping[str, Any]) -> History:
    """Return what is remembered of a person: their diary, and what the conversation itself knows."""
    from datetime import datetime

    scores = [PainScore(datetime.fromisoformat(e["at"]), e["pain"]) for e in slots.get("pain_log") or ()]
    sessions = [SessionEntry.from_dict(e) for e in slots.get("session_log") or ()]
    told = History(tuple(scores), tuple(sessions))
    kept = keeper().history(key_of(channel, person)) if keeper().keeps(channel, person) else None
    return (kept or History()).merged(told)


def _careful(handler: Handler) -> Handler:
    """Answer a request that cannot be served with one sentence, and nobody's words in a log."""

    @functools.wraps(handler)
    async def careful(request: Request, *args: Any, **kwargs: Any) -> HTTPResponse:
        try:
            return await handler(request, *args, **kwargs)
        except TooOften as error:
            answer = answer_of(TurnReply((error.said,), in_time=False))
            return _json(answer, 429, {"Retry-After": str(error.retry_after_s)})
        except BadRequest as error:
            return _json({"error": str(error)}, error.status)
        except Exception as error:
            logger.error("page request failed route=%s error=%s", handler.__name__, type(error).__name__)
            return _json({"error": "Something broke. Please try again."}, 500)

    return careful


class TooOften(UnknotError):
    """Somebody asks more often than a person could; carries what they are told."""

    def __init__(self, said: Message, retry_after_s: int) -> None:
        super().__init__("too often")
        self.said, self.retry_after_s = said, retry_after_s


def _in_turn(request: Request, person: str, words: Optional[str], country: Optional[str] = None) -> None:
    """Return if the door of the server lets this request in.

    Raises:
        TooOften: it does not.
    """
    door = getattr(request.app.ctx, "door", None)
    over = door.too_often(request, f"page:{person}", words, country) if door is not None else None
    if over is not None:
        raise TooOften(Message(over[0], {"kind": "error", "expects_reply": True}), over[1])


def _json(value: Any, status: int = 200, headers: Mapping[str, str] = {}) -> HTTPResponse:
    return response.json(value, status=status, headers={**EVERY_HEADER, **NOT_KEPT, **headers})


def _file(request: Request, path: Optional[Path], headers: Mapping[str, str]) -> HTTPResponse:
    if path is None:
        return _json({"error": "There is no such file."}, 404)
    return _content_of(request, _read(path), path.suffix, headers)


def _content_of(
    request: Request, content: bytes, suffix: str, headers: Mapping[str, str]
) -> HTTPResponse:
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    given = {**EVERY_HEADER, **CHECKED, **headers, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return response.empty(304, headers=given)
    return response.raw(content, content_type=KINDS[suffix], headers=given)


@functools.lru_cache(maxsize=256)
def _read(path: Path) -> bytes:
    return path.read_bytes()

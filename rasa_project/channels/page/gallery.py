"""A picture of the page for every kind of reply: `make page-gallery`, for people to look at.

The replies are the skill's own, of talks held just before; a browser without network gets
them together with the page's own files. Nothing is served and no port is opened.

    reports/page_kinds/<kind>_<phone or desktop>_<light or dark>.png
    reports/page_kinds/index.html
"""

from __future__ import annotations

import asyncio
import json
import sys
from html import escape
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from rasa_project.channels.page.answers import answer_of
from rasa_project.channels.page.calls import countries
from rasa_project.channels.page.channel import INDEX, KINDS, STATIC_DIR
from rasa_project.channels.replies import Message, TurnReply
from rasa_project.evaluation.outcomes import KINDS as REPLY_KINDS
from rasa_project.pictures.drawn import DRAWN_DIR, one_frame
from rasa_project.pictures.raster import CHROMIUM_FLAGS, chromium
from rasa_project.settings import PROJECT

FOLDER = PROJECT / "reports" / "page_kinds"
ADDRESS = "http://page.invalid"
"""Nobody has a name that ends in `invalid`: a request that is not answered here fails."""

NEVER_SAID = frozenset({"ask_adult"})
"""Kinds that the contract allows and nothing says: a child is spoken to by an escalation."""

SIZES = {"phone": {"width": 390, "height": 760}, "desktop": {"width": 1280, "height": 800}}
LOOKS = tuple((size, colour) for size in SIZES for colour in ("light", "dark"))

EXERCISES = "exercises"
"""In a talk: answer everything calmly until the first step."""

DEAD = "the action server is gone"
"""In a talk: it breaks here."""

CALM = {"pain_0_10": "seven", "position": "the floor is fine", "conditions": "none of them"}
MOST_QUESTIONS = 40
TALKS: tuple[tuple[str, ...], ...] = (
    ("hello", "what can you do", "my back's cramped", "why do you ask", EXERCISES, "pause", "resume", "slower",
     "faster", "that helps", "next", "what is a muscle spasm", "it hurts more", "stop", "thanks", "goodbye"),
    ("how much ibuprofen can I take", "do I have a slipped disc", "my pain is six", "show my progress",
     "blorp fizz quux", "I want to see a doctor", "delete my data", "yes"),
    ("I can't feel anything between my legs",),
    ("I want to kill myself",),
    ("log my pain as six",),
    ("i've lost control of my bladder", "can we do a stretch", "I saw a doctor about it"),
    ("my lower back is in spasm", EXERCISES, "ooh that's easing it", "no that's enough for today", "better", "two"),
    ("hello", DEAD, "how much ibuprofen can I take", "show my progress"),
)  # fmt: skip
"""What people say, so that every kind is answered once."""


async def replies_of_every_kind(skill: Any) -> dict[str, tuple[str, TurnReply]]:
    """Return a turn for each kind that the talks reach: what was said, and the whole reply.

    Args:
        skill: a loaded `rasa_project.local.Skill`.
    """
    found: dict[str, tuple[str, TurnReply]] = {}

    async def say(person: str, text: str) -> TurnReply:
        said = await skill.say(person, text, channel="page")
        reply = TurnReply(tuple(Message(r.text, r.reply) for r in said))
        for kind in reply.kinds:
            # A turn that ends in the kind shows it best; one that holds it will do.
            if kind not in found or (found[kind][1].kinds[-1] != kind and reply.kinds[-1] == kind):
                found[kind] = (text, reply)
        return reply

    for number, talk in enumerate(TALKS):
        person, skill.actions.dead = f"gallery_{number}", False
        reply = None
        for text in talk:
            if text == DEAD:
                skill.actions.dead = True
            elif text == EXERCISES:
                for _ in range(MOST_QUESTIONS):
                    last = reply.messages[-1].reply if reply else {}
                    if last.get("kind") == "stretch_step":
                        break
                    asks = last.get("kind") == "setup_question"
                    reply = await say(person, CALM.get(str(last.get("id")), "no") if asks else "no")
            else:
                reply = await say(person, text)
    skill.actions.dead = False
    return found


def photograph(
    turns: Mapping[str, tuple[str, TurnReply]], folder: Path = FOLDER, looks: Sequence[tuple[str, str]] = LOOKS
) -> Iterator[tuple[str, Any]]:
    """Draw each turn in each of `looks` into `folder`; yield name and page while it is shown.

    Raises:
        RuntimeError: there is no Chromium here.
    """
    program = chromium()
    if program is None:
        raise RuntimeError("Install Chromium (Debian: apt-get install chromium) and repeat.")
    # Only who looks at the page needs it.
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport=SIZES["desktop"], reduced_motion="reduce")
        now: dict[str, Any] = {}
        page.route("**/*", _server_of(now))
        for kind, (said, reply) in turns.items():
            now.update(answer_of(reply))
            page.goto(f"{ADDRESS}/")
            page.wait_for_selector("html[data-ready]")
            page.fill("#words", said)
            page.press("#words", "Enter")
            page.wait_for_selector("#now:not([aria-busy]) #reply p")
            page.evaluate("document.activeElement.blur()")
            for size, colour in looks:
                page.set_viewport_size(SIZES[size])
                page.emulate_media(color_scheme=colour)
                if page.locator("#picture:not([hidden])").count():
                    page.locator("#drawing").evaluate("i => i.decode()")
                name = f"{kind}_{size}_{colour}"
                page.screenshot(path=str(folder / f"{name}.png"))
                yield name, page
        browser.close()
    (folder / "index.html").write_text(_index(turns, looks), encoding="utf-8")


def _server_of(answer: Mapping[str, Any]) -> Any:
    told = {"/page/key": {"key": "k" * 43}, "/page/last": {"turns": []}, "/page/say": answer,
            "/page/settings": {"country": "US", "countries": list(countries())}}  # fmt: skip

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        name = path.rpartition("/")[2]
        if path in told:
            return route.fulfill(body=json.dumps(told[path]), content_type="application/json")
        if path.startswith("/pictures/"):
            stem, _, number = name.removesuffix(".svg").partition(".")
            text = one_frame(stem, int(number)) if number else (DRAWN_DIR / name).read_text(encoding="utf-8")
            return route.fulfill(body=text, content_type=KINDS[".svg"])
        file = STATIC_DIR / (name or INDEX)
        if not file.is_file():
            return route.abort()
        return route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])

    return serve


def _index(turns: Mapping[str, Any], looks: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<h2>{escape(kind)}</h2>"
        + "".join(f'<img loading="lazy" src="{kind}_{s}_{c}.png" alt="" height="500"> ' for s, c in looks)
        for kind in turns
    )
    return f'<!doctype html><meta charset="utf-8"><title>Every kind of reply</title>{rows}\n'


def main() -> int:
    """Hold the talks, draw the pictures, say what is missing."""
    from rasa_project import lean_import

    lean_import.install()
    from rasa_project.evaluation.loading import log_only_what_is_wrong
    from rasa_project.local import Skill

    log_only_what_is_wrong()
    turns = asyncio.run(replies_of_every_kind(Skill.load()))
    missing = sorted(REPLY_KINDS - NEVER_SAID - turns.keys())
    drawn = sum(1 for _ in photograph(turns))
    print(f"{drawn} pictures of {len(turns)} kinds of reply are in {FOLDER.relative_to(PROJECT)}/index.html.")
    if missing:
        print(f"No talk was answered with: {', '.join(missing)}.", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

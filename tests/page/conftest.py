"""The trained skill, served once for all tests of the page, and a real browser to look at it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from page.server import Served, ask
from page.talk import ANSWERS, MOST_QUESTIONS, Talk
from own_ports import next_port
from rasa_project.pictures.raster import CHROMIUM_FLAGS, chromium
from rasa_project.settings import PROJECT
from served import start_serving

START_S = 180
SCREENSHOTS = PROJECT / "reports" / "page"


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`make serve` with ports, logs and a diary of its own."""
    folder = tmp_path_factory.mktemp("served")
    port = next_port()
    given = {
        "SKILL_RASA_PORT": str(port),
        "SKILL_ACTION_PORT": str(next_port()),
        "SKILL_WYOMING_PORT": str(next_port()),
        "SKILL_LOG_DIR": str(folder / "logs"),
        "SKILL_DATA_DIR": str(folder / "data"),
        "SKILL_LOG_LEVEL": "DEBUG",
    }
    process = start_serving(given, START_S)
    try:
        here = Served(f"http://127.0.0.1:{port}", folder / "logs")
        # The first turn of a process is slow, and REST has no deadline.
        ask(here, "/webhooks/rest/webhook", {"sender": "first", "message": "my back is in spasm"})
        yield here
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture(scope="package")
def key_at_hold(served: Served) -> str:
    """The key of a person who has come to the first step at which time runs."""
    key = ask(served, "/page/key")["key"]
    last = ask(served, "/page/say", {"text": "my back is in spasm"}, key)["messages"][-1]
    for _ in range(MOST_QUESTIONS):
        if last.get("segments"):
            return str(key)
        words = next((said for part, said in ANSWERS.items() if part in last["text"]), "No")
        said = "next" if last["kind"] == "stretch_step" else words
        last = ask(served, "/page/say", {"text": said}, key)["messages"][-1]
    raise AssertionError(last)


@pytest.fixture
def open_at_hold(open_page: Any, served: Served, key_at_hold: str) -> Any:
    """Return a function that opens the page of a person at a hold; leave them there."""

    def opened(**options: Any) -> Talk:
        kept = [{"name": "unknot.key", "value": key_at_hold}]
        state = {"cookies": [], "origins": [{"origin": served.address, "localStorage": kept}]}
        return open_page(storage_state=state, **options)

    return opened


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    program = chromium()
    if program is None:
        pytest.skip("Chromium is not installed (package chromium); the page is not looked at")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Any, served: Served) -> Iterator[Any]:
    """Return a function that opens the page for a new person; afterwards nothing may have gone wrong."""
    talks: list[Talk] = []

    def opened(context: Any = None, **options: Any) -> Talk:
        options.setdefault("viewport", {"width": 1000, "height": 900})
        here = context or browser.new_context(**options)
        talks.append(Talk(here, served.address, SCREENSHOTS))
        return talks[-1]

    yield opened
    asked = {url for talk in talks for url in talk.asked}
    problems = [problem for talk in talks for problem in talk.problems]
    for talk in talks:
        talk.context.close()
    assert {u for u in asked if not u.startswith((served.address, f"blob:{served.address}"))} == set()
    assert problems == []

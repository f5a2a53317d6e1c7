"""The page as somebody uses it: say, press, read; every reply kind is photographed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MOST_QUESTIONS = 30
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
ANSWERS = {"zero to ten": "6", "floor": "The floor"}
"""Part of a set-up question to its answer; everything else is answered with no."""


class Talk:
    """One person before the page."""

    def __init__(self, context: Any, address: str, screenshots: Path) -> None:
        self.context, self.address, self._screenshots = context, address, screenshots
        self.asked: list[str] = []
        self.problems: list[str] = []
        self.replies: list[dict[str, Any]] = []
        self.page = context.new_page()
        context.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._told)
        self.page.on("response", self._answered)

    def open(self) -> "Talk":
        """Open the page and wait until it can be used."""
        self.page.goto(f"{self.address}/")
        self.page.wait_for_selector("html[data-ready]")
        return self

    def _told(self, message: Any) -> None:
        if message.type in ("error", "warning") and OFFLINE not in message.text:
            self.problems.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.url.endswith("/page/say"):
            self.replies.append({"response": response})

    def wait(self) -> str:
        """Wait for the answer under way; return the kind of its last message."""
        self.page.wait_for_selector("#now:not([aria-busy])")
        messages = self.replies[-1]["response"].json()["messages"] if self.replies else []
        kinds = [m["kind"] for m in messages if "kind" in m]
        for kind in kinds:
            self.photograph(kind)
        return kinds[-1] if kinds else ""

    def photograph(self, name: str) -> None:
        """Keep a picture of the page as it is, once per name and width."""
        width = self.page.viewport_size["width"]
        path = self._screenshots / f"{name}_{width}.png"
        self._screenshots.mkdir(parents=True, exist_ok=True)
        if str(path) not in _TAKEN:
            _TAKEN.add(str(path))
            if self.page.locator("#picture:not([hidden])").count():
                self.page.locator("#drawing").evaluate("i => i.decode()")
            self.page.screenshot(path=str(path), full_page=True)

    def say(self, words: str) -> str:
        """Type and send; return the kind of the reply's last message."""
        with self.page.expect_response("**/page/say"):
            self.page.fill("#words", words)
            self.page.press("#words", "Enter")
        return self.wait()

    def press(self, name: str) -> str:
        """Press a button that says something; return the kind of the reply's last message."""
        with self.page.expect_response("**/page/say"):
            self.page.get_by_role("button", name=name, exact=True).click()
        return self.wait()

    def choose(self, name: str) -> str:
        """Press a quick answer; return the kind of the reply's last message."""
        with self.page.expect_response("**/page/say"):
            self.page.locator("#choices button", has_text=name).first.click()
        return self.wait()

    @property
    def reply(self) -> str:
        """What is shown as said by the skill."""
        return self.page.locator("#reply").inner_text()

    def until_exercise(self, answer: Any, pain: str = "6") -> None:
        """Complain, answer every question calmly by `answer`, and stop at the first step."""
        for _ in range(MOST_QUESTIONS):
            if self.page.locator("#controls").is_visible():
                return
            asked = self.reply
            told = {**ANSWERS, "zero to ten": pain}
            answer(next((said for part, said in told.items() if part in asked), "No"))
        raise AssertionError(f"no end of questions; last: {self.reply}")

    def fits(self) -> None:
        """Nothing may stick out to the side."""
        wide = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], wide


_TAKEN: set[str] = set()

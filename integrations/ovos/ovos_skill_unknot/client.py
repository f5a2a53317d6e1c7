"""Talks to a running Unknot over its REST channel. Nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from typing import List

ROUTE = "/webhooks/rest/webhook"
TIMEOUT_S = 8.0
"""Open Voice OS gives a skill about ten seconds for an utterance."""
MOST_BYTES = 256 * 1024

_NUMBER = re.compile(r"(?<![\w.])(?:\d+(?:[ -]\d+)+|\d{3,})(?![\w])")


class OutOfReach(Exception):
    """Unknot did not answer, or not in words; the message never holds what was said."""


class UnknotClient:
    """One Unknot; each session is a conversation of its own."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S, token: str = "") -> None:
        """Talk to the skill at `url`, such as http://127.0.0.1:5005.

        `token` is its SKILL_ACCESS_TOKEN; empty where it asks for none.
        """
        self.address = url.rstrip("/") + ROUTE
        self.timeout_s = timeout_s
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def say(self, session: str, words: str) -> str:
        """Send `words` and return what is to be spoken.

        Raises:
            OutOfReach: there is no answer within the time, or it has no words.
        """
        body = json.dumps({"sender": f"ovos-{session}", "message": words}).encode("utf-8")
        request = urllib.request.Request(self.address, data=body, headers=self._headers)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s) as response:
                messages = json.loads(response.read(MOST_BYTES))
        except (OSError, ValueError, RecursionError, http.client.HTTPException) as error:
            raise OutOfReach(type(error).__name__) from None
        spoken = " ".join(_texts(messages))
        if not spoken:
            raise OutOfReach("no words")
        return spoken


def _texts(messages: object) -> List[str]:
    found = messages if isinstance(messages, list) else []
    texts = [m.get("text") for m in found if isinstance(m, dict)]
    return [spoken_numbers(" ".join(text.split())) for text in texts if isinstance(text, str) and text.strip()]


def spoken_numbers(text: str) -> str:
    """Return `text` with telephone numbers digit by digit: nobody can dial nine hundred and eleven."""

    def digits(found: "re.Match[str]") -> str:
        return ", ".join(" ".join(group) for group in re.split(r"[ -]", found.group()))

    return _NUMBER.sub(digits, text)

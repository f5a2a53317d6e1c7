"""Whose page it is: a key that only the page knows.

The key is made here, kept in the page's own storage and sent in a header, never in an
address: addresses end in logs. What the skill remembers goes by its hash, so that nothing
on this machine gives the key away.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from rasa_project.care.errors import UnknotError

KEY_HEADER = "x-page-key"
KEY_BYTES = 32
"""256 bits: nobody guesses another one's key."""

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
"""What `secrets.token_urlsafe(32)` gives."""


class BadRequest(UnknotError):
    """A request that this page never sends; the message says what is wrong with it."""

    status = 400


class TooLarge(BadRequest):
    """A request larger than anything somebody says."""

    status = 413


class Forbidden(BadRequest):
    """A request that another site's page has made."""

    status = 403


def new_key() -> str:
    """Return a key for a page that has none."""
    return secrets.token_urlsafe(KEY_BYTES)


def person_of(key: str | None) -> str:
    """Return the name under which the skill knows the page with this key.

    Raises:
        BadRequest: it is no key.
    """
    if key is None or not _KEY.fullmatch(key):
        raise BadRequest(f"The header {KEY_HEADER} must hold the key that /page/key gave.")
    return hashlib.sha256(f"page\0{key}".encode("ascii")).hexdigest()[:40]

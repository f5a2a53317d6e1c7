"""Who may ask: a secret compared in constant time, and where a request comes from."""

from __future__ import annotations

import hmac
from typing import Optional

from sanic.request import Request

from rasa_project.settings import is_of_this_machine

BEARER = "bearer "
PASSED_ON = ("x-forwarded-for", "forwarded", "x-real-ip")
"""Headers that only proxies set."""


def given_token(request: Request) -> Optional[str]:
    """Return the token of the header `Authorization: Bearer …`, None without one."""
    header = request.headers.get("authorization", "")
    return header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else None


def is_right(given: Optional[str], secret: Optional[str]) -> bool:
    """Return whether `given` is the secret; without a secret nothing is right.

    The time it takes tells nothing about how much of it was right.
    """
    if given is None or secret is None:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode("utf-8", "replace"))


def address_of(request: Request) -> str:
    """Return the address that asks: behind the proxies of SKILL_PROXIES the one they name."""
    return str(request.remote_addr or request.ip or "")


def is_from_here(request: Request) -> bool:
    """Return whether a program of this machine asks, by itself and not as somebody's proxy."""
    if not is_of_this_machine(str(request.ip or "")):
        return False
    if request.remote_addr:
        return is_of_this_machine(request.remote_addr)
    # A proxy that SKILL_PROXIES does not count; who stands behind it is not known.
    return not any(header in request.headers for header in PASSED_ON)

"""Reads requests of the page: bounded in size, of this site only, and of one shape."""

from __future__ import annotations

import json
from typing import Any, Mapping

from sanic.request import Request

from rasa_project.care.contacts import REGION_OF_COUNTRY
from rasa_project.channels.page.keys import BadRequest, Forbidden, TooLarge

MOST_BYTES = 16 * 1024
"""Far above the longest thing anybody says in one go."""

FROM_HERE = frozenset({"same-origin", "none", ""})
"""What browsers say about requests of our own page (`none`: typed by the user)."""


async def body_of(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request; empty when it has no body.

    Raises:
        BadRequest: it is too large, no JSON object, or another site's.
    """
    if request.headers.get("sec-fetch-site", "") not in FROM_HERE:
        raise Forbidden("Only this skill's own page may ask this.")
    read = b""
    while True:
        chunk = await request.stream.read()
        if not chunk:
            break
        read += chunk
        if len(read) > MOST_BYTES:
            raise TooLarge(f"A request may have {MOST_BYTES} bytes.")
    if not read:
        return {}
    try:
        found = json.loads(read)
    except (ValueError, RecursionError):
        raise BadRequest("The request must be JSON.") from None
    if not isinstance(found, dict):
        raise BadRequest("The request must be a JSON object.")
    return found


def text_in(body: Mapping[str, Any]) -> str:
    """Return what was said.

    Raises:
        BadRequest: it is missing or no text.
    """
    text = body.get("text")
    if not isinstance(text, str):
        raise BadRequest('"text" must be a string: what was said.')
    return text


def country_in(body: Mapping[str, Any]) -> str | None:
    """Return the ISO code of the country chosen on the page, None when none was.

    Raises:
        BadRequest: it is no country whose numbers the skill has.
    """
    country = body.get("country")
    if country in (None, ""):
        return None
    if not isinstance(country, str) or country.upper() not in REGION_OF_COUNTRY:
        raise BadRequest('"country" must be the code of a country that the page offers.')
    return country.upper()

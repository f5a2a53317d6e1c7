"""Whether a request comes from Alexa, now, for this skill: checked before anything else.

Rules: Amazon, "Host a Custom Skill as a Web Service".
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from rasa_project.channels.alexa.certificates import Certificates
from rasa_project.channels.alexa.refusals import Refused

URL_HEADER = "SignatureCertChainUrl"
SIGNATURE_HEADER = "Signature-256"
"""The header `Signature`, made with SHA-1, is not looked at."""

TOLERANCE = timedelta(seconds=150)
"""How old or how far ahead a request may be; an older one may be a recording sent again."""


@dataclass
class Verifier:
    """Proves requests of one skill."""

    application_id: str
    """The skill's id, `amzn1.ask.skill.…`."""

    certificates: Certificates = field(default_factory=Certificates)

    async def verified(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Return the request that `body` holds.

        Args:
            headers: those of the HTTP request; their names in any case.
            body: exactly the bytes that came, for they are what is signed.

        Raises:
            Refused: it is not proven to be Alexa's, of now and for this skill.
        """
        given = {name.lower(): value for name, value in headers.items()}
        url, signature = given.get(URL_HEADER.lower()), given.get(SIGNATURE_HEADER.lower())
        if not url or not signature:
            raise Refused("headers")
        key = await self.certificates.key(url)
        try:
            key.verify(base64.b64decode(signature, validate=True), body, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            raise Refused("signature") from None
        request = _object(body)
        self._check_time(request)
        self._check_application(request)
        return request

    def _check_time(self, request: Mapping[str, Any]) -> None:
        told = request.get("request")
        stamp = told.get("timestamp") if isinstance(told, dict) else None
        try:
            # Python 3.10 does not know the Z.
            at = datetime.fromisoformat(str(stamp).replace("Z", "+00:00"))
        except ValueError:
            raise Refused("timestamp") from None
        if at.tzinfo is None:
            at = at.replace(tzinfo=timezone.utc)
        if abs(self.certificates.now() - at) > TOLERANCE:
            raise Refused("timestamp")

    def _check_application(self, request: Mapping[str, Any]) -> None:
        """Take the ids of session and context: one is there at least, and none is another's."""
        found = [
            _at(request, "session", "application", "applicationId"),
            _at(request, "context", "System", "application", "applicationId"),
        ]
        told = [value for value in found if value is not None]
        if not told or any(value != self.application_id for value in told):
            raise Refused("application")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("format") from None
    if not isinstance(found, dict):
        raise Refused("format")
    return found


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value

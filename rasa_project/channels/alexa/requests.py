"""A proven request in the words of this channel; whatever is odd in it is left out.

Amazon adds fields and types over time, and its certification does so on purpose.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

from rasa_project.care.contacts import REGION_OF_COUNTRY
from rasa_project.channels.alexa.screen import shows_documents

LAUNCH, INTENT, ENDED = "LaunchRequest", "IntentRequest", "SessionEndedRequest"

COUNTRIES_OF_LOCALES = frozenset({"US", "GB", "CA", "AU", "IN"})
"""Countries in which Alexa speaks English, as its locales name them."""

KEY_PREFIX = "alexa-"
"""How the conversations of this channel begin, and no others do."""

END_REASONS = frozenset({"USER_INITIATED", "ERROR", "EXCEEDED_MAX_REPROMPTS"})
END_ERRORS = frozenset(
    {
        "INVALID_RESPONSE",
        "DEVICE_COMMUNICATION_ERROR",
        "INTERNAL_SERVICE_ERROR",
        "ENDPOINT_TIMEOUT",
    }
)


@dataclass(frozen=True)
class AlexaRequest:
    """What the channel needs of a request."""

    kind: str
    """Amazon's type of request, such as `IntentRequest`; empty when it names none."""

    key: str
    """The session, as a conversation of the skill is called; one of its own without a session."""

    has_session: bool
    new: bool
    """Whether this is the first request of its session."""

    country: Optional[str] = None
    """ISO code from the language of the device, None when it does not tell."""

    intent: str = ""
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Raw slot values by name."""

    shows_documents: bool = False
    """Whether the device has a screen for documents of the Alexa Presentation Language."""

    end_reason: str = "unknown"
    """Why Alexa has closed the session, in words that may be logged."""


def read_request(body: Mapping[str, Any], default_country: str = "US") -> AlexaRequest:
    """Return the request that `body` holds; nothing in it can make this fail.

    `default_country` wins over the locale if Alexa has no English of that country: a
    household in Germany speaks English with an American or British Alexa.
    """
    session, request = _part(body, "session"), _part(body, "request")
    session_id = session.get("sessionId")
    has_session = isinstance(session_id, str) and bool(session_id)
    intent = _part(request, "intent")
    return AlexaRequest(
        kind=_text(request.get("type")),
        key=_key(session_id if has_session else str(uuid.uuid4())),
        has_session=has_session,
        new=session.get("new") is True or not has_session,
        country=_country(request.get("locale"), default_country),
        intent=_text(intent.get("name")),
        slots={
            name: slot.get("value")
            for name, slot in _part(intent, "slots").items()
            if isinstance(slot, dict)
        },
        shows_documents=shows_documents(_interfaces(body)),
        end_reason=_end_reason(request),
    )


def _key(session_id: str) -> str:
    """Return a name for the conversation that no other channel can use and no log gives away."""
    return KEY_PREFIX + hashlib.sha256(session_id.encode("utf-8", "replace")).hexdigest()[:32]


def _country(locale: Any, default: str) -> Optional[str]:
    known_elsewhere = default in REGION_OF_COUNTRY and default not in COUNTRIES_OF_LOCALES
    country = _text(locale).replace("_", "-").rpartition("-")[2].upper()
    return country if country in COUNTRIES_OF_LOCALES and not known_elsewhere else None


def _end_reason(request: Mapping[str, Any]) -> str:
    reason, error = _text(request.get("reason")), _text(_part(request, "error").get("type"))
    said = [reason if reason in END_REASONS else "unknown"]
    return " ".join(said + [error] * (error in END_ERRORS))


def _interfaces(body: Mapping[str, Any]) -> Mapping[str, Any]:
    device = _part(_part(_part(body, "context"), "System"), "device")
    return _part(device, "supportedInterfaces")


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

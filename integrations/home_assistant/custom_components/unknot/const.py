"""Names and limits of the integration."""

from __future__ import annotations

DOMAIN = "unknot"
PROGRAM = "unknot"
"""Name by which the skill describes itself."""

DEFAULT_PORT = 10600
TITLE = "Unknot"
LANGUAGE = "en"

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 10.0
"""Seconds for an answer; the skill's own deadline is 6."""

PICTURE_TIMEOUT_S = 3.0
"""Seconds for a picture; so long one of the step before may stay beside the words of the next."""

UNREACHABLE = (
    "Sorry, I can't go on right now. For numbness between the legs, toilet changes, weak legs or "
    "chest pain, call your local emergency number now. Otherwise rest comfortably and try me again."
)
"""Said when the skill does not answer: the skill's own apology, which cannot come from there."""

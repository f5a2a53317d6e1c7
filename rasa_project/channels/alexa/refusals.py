"""Why a request is not answered as one of Alexa's."""

from __future__ import annotations

from rasa_project.care.errors import UnknotError


class Refused(UnknotError):
    """The request is not proven to come from Alexa for this skill; it is answered with 400.

    `reason` is a word for the log. The sender learns nothing but the status.
    """

    def __init__(self, reason: str) -> None:
        """Note the word for the log; never anything of the request itself."""
        super().__init__(reason)
        self.reason = reason

"""The normal form of a message's text, worked out once for all components."""

from __future__ import annotations

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from rasa_project.care.normalise import normalise

NORMAL_FORM = "normal_form"
"""Where a message keeps it; no part of what the skill hands on."""


def normal_form(message: Message) -> str:
    """Return the text of `message` in the normal form; empty for one without words.

    Training asks three times for each of some ten thousand sentences, which took six seconds.
    """
    normal = message.get(NORMAL_FORM)
    if normal is None:
        normal = normalise(message.get(TEXT) or "")
        message.set(NORMAL_FORM, normal)
    return str(normal)

"""Which training sentences are kept back to see how well unknown ones are understood.

The reader (`reader.py`) was fine-tuned without these, so it can be judged on them too.
"""

from __future__ import annotations

import hashlib

from rasa_project.care.normalise import normalise

ONE_IN = 10
"""One in so many sentences is kept back."""


def kept_back(text: str) -> bool:
    """Return whether `text` is kept back; the same words always are, or never."""
    return is_kept_back(normalise(text))


def is_kept_back(normal: str) -> bool:
    """Return whether a text is kept back whose normal form is `normal`."""
    return hashlib.sha256(normal.encode()).digest()[0] % ONE_IN == 0

"""Encryption of what conversations hold, for whoever gets at the database or a copy of it.

Fernet (AES-128-CBC with HMAC-SHA-256) of the `cryptography` library. Several keys may be in
force so that one can be changed: the first writes, all of them read. What was written before
there was a key is plain JSON, and is told by how it begins.
"""

from __future__ import annotations

import hashlib
from typing import FrozenSet, Sequence, Text

from rasa_project.care.errors import UnknotError

SEALED = "gAAAA"
"""How every sealed event begins: the version of Fernet and the first bytes of a time. JSON does not."""

MARK_DIGITS = 16
"""Hexadecimal digits of a key's mark: enough to tell keys apart, nothing to find one by."""


class EventsUnreadable(UnknotError):
    """An event that is there cannot be read; the message says what to look at, never what is in it."""


class KeyMissing(EventsUnreadable):
    """Conversations are sealed with a key that was not given."""


class Seal:
    """Seals and opens the text of events; without keys it leaves them as they are."""

    def __init__(self, keys: Sequence[Text] = ()) -> None:
        """Take Fernet keys (44 characters of URL-safe base64), the one that writes first.

        Raises:
            ValueError: one of them is no such key.
        """
        self.keys = tuple(keys)
        self.marks = [_mark(key) for key in keys]
        self._all = None
        if keys:
            # Imported here: most homes have no key.
            from cryptography.fernet import Fernet, MultiFernet

            self._all = MultiFernet([Fernet(key) for key in keys])

    @property
    def is_on(self) -> bool:
        """Whether new events are sealed."""
        return self._all is not None

    @property
    def mark(self) -> Text:
        """Mark of the key that writes, by which a database knows it.

        Raises:
            IndexError: there is none.
        """
        return self.marks[0]

    def close(self, text: Text) -> Text:
        """Return `text` sealed with the first key, or as it is where there is none."""
        return text if self._all is None else self._all.encrypt(text.encode()).decode("ascii")

    def open(self, stored: Text) -> Text:
        """Return the text of an event, sealed or not.

        Raises:
            KeyMissing: it is sealed with another key, or damaged.
        """
        if not stored.startswith(SEALED):
            return stored
        if self._all is None:
            raise KeyMissing(_MISSING.format(""))
        from cryptography.fernet import InvalidToken

        try:
            return self._all.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise KeyMissing(_MISSING.format("")) from None

    def opens(self, stored: Text) -> bool:
        """Return whether an event is sealed, and with one of these keys."""
        try:
            return stored.startswith(SEALED) and bool(self.open(stored))
        except KeyMissing:
            return False

    def check(self, used: FrozenSet[Text]) -> None:
        """Return if every key whose mark is in `used` is there.

        Raises:
            KeyMissing: one is not.
        """
        missing = sorted(used.difference(self.marks))
        if missing:
            raise KeyMissing(_MISSING.format(f" (its mark is {missing[0]})"))


_MISSING = (
    "SKILL_TRACKER_KEY: conversations in the database of SKILL_TRACKER_URL were sealed with a key "
    "that is not given{}. Add that key, behind a comma where another one shall write from now on, "
    "or name an empty database. Nothing was changed."
)


def _mark(key: Text) -> Text:
    return hashlib.sha256(b"mark of a key of Unknot's conversations\0" + key.encode()).hexdigest()[:MARK_DIGITS]

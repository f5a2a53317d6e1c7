"""Errors of Unknot.

    UnknotError
    ├── ContentError      a content file breaks a rule
    ├── SettingError      an environment variable has a value nobody can use
    ├── AssetError        a language asset is missing or not what was expected
    └── UnknownReference  an id was asked for that the content does not have
"""

from __future__ import annotations


class UnknotError(Exception):
    """Base of every error that Unknot raises on purpose."""


class ContentError(UnknotError):
    """A content file breaks a rule; the message names file, place, rule and mend."""


class SettingError(UnknotError):
    """A `SKILL_…` environment variable has an unusable value; the message names it."""


class AssetError(UnknotError):
    """A language asset is missing, damaged or of another version."""


class UnknownReference(UnknotError, KeyError):
    """An id that the content does not contain was asked for."""

    def __str__(self) -> str:
        # KeyError would show the message in quotes.
        return str(self.args[0]) if self.args else ""

"""What Alexa understood, put back into the words that were said.

An intent's name and the value of its slot go in, a sentence comes out. Nothing is guessed:
a sentence that cannot be put together again counts as not understood.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping, Optional

from pydantic import validator

from rasa_project.care.loading import ContentModel, read_model

FILE = Path(__file__).with_name("utterances.yml")

FALLBACK = "AMAZON.FallbackIntent"
ENDING = frozenset({"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"})
"""Intents after which the session is over, whatever is under way."""

OPENING_SUFFIX = "Opening"
QUERY = "query"
"""The slot that takes the rest of a sentence behind its opening."""

NOT_HEARD = "?"
"""What Amazon puts into a number slot that it could not read."""

_SLOT = re.compile(r"\{(\w+)\}")


class Sentence(ContentModel):
    """One intent: the words it stands for, and the ways to say it."""

    words: str
    """What the skill is told, slots in braces."""

    samples: tuple[str, ...] = ()
    """What people say; empty for `words` itself."""


class Utterances(ContentModel):
    """`utterances.yml`."""

    version: int
    built_in: dict[str, Optional[str]]
    slots: dict[str, str]
    types: dict[str, tuple[str, ...]]
    sentences: dict[str, Sentence]
    openings: dict[str, Sentence]

    @validator("openings")
    def _with_slot(cls, openings: dict[str, Sentence]) -> dict[str, Sentence]:  # noqa: N805
        return {
            name + OPENING_SUFFIX: Sentence(
                words=f"{opening.words} {{{QUERY}}}",
                samples=tuple(f"{s} {{{QUERY}}}" for s in opening.samples or (opening.words,)),
            )
            for name, opening in openings.items()
        }

    @property
    def intents(self) -> dict[str, Sentence]:
        """All intents with slots, by name; each has samples."""
        whole = {
            name: Sentence(words=s.words, samples=s.samples or (s.words,))
            for name, s in self.sentences.items()
        }
        return {**whole, **self.openings}

    def words_of(self, intent: str, slots: Mapping[str, Any]) -> Optional[str]:
        """Return what was said, None when nothing can be made of it.

        Args:
            slots: name of a slot to its raw value, None for one that was not filled.
        """
        if intent in self.built_in:
            return self.built_in[intent]
        sentence = self.intents.get(intent)
        if sentence is None:
            return None
        given = {name: _spoken(slots.get(name)) for name in _SLOT.findall(sentence.words)}
        if not all(given.values()):
            return None
        return _SLOT.sub(lambda slot: given[slot.group(1)] or "", sentence.words)


def slots_in(text: str) -> list[str]:
    """Return the names of the slots in a sample, in order."""
    return _SLOT.findall(text)


@lru_cache(maxsize=1)
def load_utterances() -> Utterances:
    """Return `utterances.yml`, read once.

    Raises:
        ContentError: the file is missing or malformed.
    """
    return read_model(FILE, Utterances)


def _spoken(value: Any) -> Optional[str]:
    if not isinstance(value, str) or value.strip() in ("", NOT_HEARD):
        return None
    return " ".join(value.split())

"""The sentences that are not clinical (`content/phrases.yml`): greeting, going on, not understood."""

from __future__ import annotations

import re
import string
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Mapping

from pydantic import validator

from rasa_project.care.contacts import PLACEHOLDERS
from rasa_project.care.errors import UnknownReference
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.normalise import normalise

MAX_SENTENCE_WORDS = 25
"""Most words of one spoken sentence: what a listener can follow."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def sentences_of(text: str) -> tuple[str, ...]:
    """Return the sentences of a spoken text, as a listener hears them."""
    return tuple(s for s in _SENTENCE_END.split(" ".join(text.split())) if s)


def without_last_question(text: str) -> str:
    """Return `text` without a question at its end; as it is where nothing else is said."""
    *before, last = sentences_of(text) or ("",)
    return " ".join(before) if before and last.endswith("?") else text


def longest_sentence(text: str) -> int:
    """Return the number of words of the longest sentence; 0 for an empty text."""
    return max((len(s.split()) for s in sentences_of(text)), default=0)


class Phrases(ContentModel):
    """`content/phrases.yml`."""

    version: int
    kind: Literal["phrases"]
    language: str
    phrases: Mapping[str, tuple[str, ...]]
    taking_back: tuple[str, ...]
    """Normalised wordings by which somebody takes back what was understood."""

    @validator("phrases")
    def _fit_for_the_ear(
        cls, phrases: Mapping[str, tuple[str, ...]]
    ) -> Mapping[str, tuple[str, ...]]:
        for key, variants in phrases.items():
            if not variants:
                raise ValueError(f"'{key}' has no sentence; write one or remove the key")
            if len({frozenset(placeholders_in(v)) for v in variants}) > 1:
                raise ValueError(f"the variants of '{key}' take different placeholders; align them")
            for variant in variants:
                if longest_sentence(variant) > MAX_SENTENCE_WORDS:
                    raise ValueError(
                        f"a sentence of '{key}' is longer than {MAX_SENTENCE_WORDS} words; split it"
                    )
        return phrases

    def pick(self, key: str, turn: int = 0, **values: Any) -> str:
        """Return a sentence of `key`, its variants in turn, with `values` filled in.

        Contact placeholders stay for whoever knows the country. `turn` is any number
        that grows with the conversation.

        Raises:
            UnknownReference: no such key, or a placeholder got no value.
        """
        variants = self.phrases.get(key)
        if variants is None:
            raise UnknownReference(f"phrases.yml has no '{key}'. Add it there.")
        text = variants[turn % len(variants)]
        for name in placeholders_in(text):
            if name in PLACEHOLDERS:
                continue
            if name not in values:
                raise UnknownReference(f"phrases.yml: '{key}' needs a value for '{name}'.")
            text = text.replace("{%s}" % name, str(values[name]))
        return text

    def takes_back(self, text: str) -> bool:
        """Return whether `text` takes back what was understood before."""
        said = f" {normalise(text)} "
        return any(f" {wording} " in said for wording in self.taking_back)


@lru_cache(maxsize=4)
def load_phrases(folder: Path = CONTENT_DIR) -> Phrases:
    """Return the phrases of `folder`, read once.

    Raises:
        ContentError: a sentence is too long, or variants disagree.
    """
    return read_model(folder / "phrases.yml", Phrases)


def placeholders_in(text: str) -> tuple[str, ...]:
    """Return the names in braces that `text` waits for."""
    return tuple(name for _, name, _, _ in string.Formatter().parse(text) if name)

"""The words of an answer, none dropped.

Everywhere else repeated words and fillers are noise; in an answer "no no
numbness" and "uh huh" carry the meaning, so they are put back in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rasa_project.care.normalise import tokens_of

HESITATIONS: frozenset[str] = frozenset(
    "um umm uhm uh uhh er err erm hmm hm mm mmm ah ahh oh ooh ugh eh".split()
)
"""Sounds that alone are no answer."""

_GAP = re.compile(r"[a-z]+|[.!?;]+|,")


@dataclass(frozen=True)
class Word:
    """One word of an answer in normal form."""

    text: str
    break_before: str = ""
    """"." when a sentence ended before it, "," for a pause, else empty."""


def hear(text: str) -> tuple[Word, ...]:
    """Return the words of `text` in normal form, with repeats and fillers kept."""
    heard: list[Word] = []
    tokens = tokens_of(text)
    at = 0
    for token in tokens:
        if token.start >= at:
            heard += _words_between(text[at : token.start])
        heard.append(Word(token.text, token.break_before))
        at = max(at, token.end)
    heard += _words_between(text[at:])
    return tuple(heard)


def _words_between(gap: str) -> list[Word]:
    words: list[Word] = []
    mark = ""
    for piece in _GAP.findall(gap.lower()):
        if piece[0] in ".!?;":
            mark = "."
        elif piece == ",":
            mark = mark or ","
        else:
            words.append(Word(piece, mark))
            mark = ""
    return words

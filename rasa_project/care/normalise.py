"""The one form in which all channels hand words on: case, contractions, fillers, numbers.

Every token keeps the place in the original text it came from, so that a span
found in the normal form can be shown on what was really said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.numbers import join_number_words

MAX_REPEAT_WORDS = 3
"""Longest stretch of words that counts as a slip of the tongue when said twice."""

_PIECE = re.compile(
    r"(?P<word>\d+(?:\.\d+)?'?[a-z]*|'?[a-z]+\d*(?:'[a-z]+)*'?)|(?P<soft>[,:()\-–—]+(?=\s|$)|,)|(?P<hard>[.!?;\n]+)"
)
_SUFFIXES = (("'m", "am"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"))
_NEGATED_STEMS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}


REMEMBERED = 8
"""Texts whose words are kept, in memory only: a turn asks a dozen times for those of one."""


@dataclass(frozen=True)
class Token:
    """One word of the normal form."""

    text: str
    """Lower-case word, or digits for a number that was spoken."""

    start: int
    """Offset in the original text where its source begins."""

    end: int
    """Offset in the original text behind its source."""

    break_before: str = ""
    """"." when a sentence ended before this word, "," for a lighter pause, else empty."""


class Misheard(ContentModel):
    """A word that recognisers write for another one, which the word before it gives away."""

    word: str
    means: str
    after: list[str]


class NormaliserContent(ContentModel):
    """`content/normalise.yml`."""

    spellings: dict[str, str]
    misheard: list[Misheard]
    fillers: list[str]
    is_after: list[str]


@lru_cache(maxsize=4)
def load_normaliser(folder: Path = CONTENT_DIR) -> NormaliserContent:
    """Return the word tables of `folder`, read once.

    Raises:
        ContentError: the file is missing or malformed.
    """
    return read_model(folder / "normalise.yml", NormaliserContent)


@lru_cache(maxsize=4)
def _fillers(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the fillers by their first word, the longest first."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for filler in sorted((f.split() for f in load_normaliser(folder).fillers), key=len, reverse=True):
        by_first.setdefault(filler[0], []).append(tuple(filler))
    return by_first


@lru_cache(maxsize=4)
def _misheard(folder: Path) -> dict[tuple[str, str], str]:
    """Return what is meant by (the word before, the word heard)."""
    return {(before, m.word): m.means for m in load_normaliser(folder).misheard for before in m.after}


def normalise(text: str) -> str:
    """Return `text` in the normal form: lower case, no punctuation, one space between words.

    Returns the empty string when nothing but noise is left.
    """
    return " ".join(token.text for token in tokens_of(text)).replace(" 's", "'s")


@lru_cache(maxsize=REMEMBERED)
def tokens_of(text: str, folder: Path = CONTENT_DIR) -> tuple[Token, ...]:
    """Return the words of `text` in the normal form, each with its place in `text`."""
    tokens = _split(text, load_normaliser(folder))
    tokens = _put_right(tokens, _misheard(folder))
    tokens = join_number_words(tokens)
    tokens = _drop_fillers(tokens, _fillers(folder))
    return tuple(_drop_repeats(tokens))


def _split(text: str, content: NormaliserContent) -> list[Token]:
    """Cut into words and write contractions out; both halves point at the same source."""
    # Length-preserving replacements only: offsets must stay those of the original.
    plain = text.lower().replace("’", "'").replace("‘", "'").replace("`", "'").replace("´", "'")
    if len(plain) != len(text):  # some capitals grow when lowered (Turkish dotted I)
        plain = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    tokens: list[Token] = []
    mark = ""
    for piece in _PIECE.finditer(plain):
        if piece.lastgroup == "hard":
            mark = "."
            continue
        if piece.lastgroup == "soft":
            mark = mark or ","
            continue
        for word in _write_out(piece.group(), content):
            tokens.append(Token(word, piece.start(), piece.end(), mark))
            mark = ""
    return tokens


def _write_out(word: str, content: NormaliserContent) -> list[str]:
    if word in content.spellings:
        return content.spellings[word].split()
    if word[0].isdigit():
        return [word.replace("'", "")]
    if word.endswith("in'") and len(word) > 4:
        return [word[:-1] + "g"]
    word = word.strip("'")
    if word in content.spellings:
        return content.spellings[word].split()
    if word.endswith("n't"):
        stem = word[:-3]
        # A recogniser may write the ending apart: "you need n't".
        return [_NEGATED_STEMS.get(stem, stem), "not"] if stem else ["not"]
    for suffix, meaning in _SUFFIXES:
        if word.endswith(suffix) and len(word) > len(suffix):
            return [*_write_out(word[: -len(suffix)], content), meaning]
    if word.endswith("'s") and len(word) > 2:
        stem = word[:-2]
        return [stem, "is"] if stem in content.is_after else [stem, "'s"]
    return [word.replace("'", "")] if word else []


def _put_right(tokens: list[Token], misheard: dict[tuple[str, str], str]) -> list[Token]:
    """Replace words that cannot stand behind the one before ("my bladder is find")."""
    before = ["", *(token.text for token in tokens)]
    meant = (misheard.get((word, token.text)) for word, token in zip(before, tokens))
    return [replace(token, text=other) if other else token for token, other in zip(tokens, meant)]


def _drop_fillers(tokens: list[Token], fillers: dict[str, list[tuple[str, ...]]]) -> list[Token]:
    kept: list[Token] = []
    position, mark = 0, ""
    while position < len(tokens):
        size = next(
            (
                len(filler)
                for filler in fillers.get(tokens[position].text, ())
                if tuple(t.text for t in tokens[position : position + len(filler)]) == filler
            ),
            0,
        )
        if size:
            mark = mark or tokens[position].break_before
            position += size
            continue
        kept.append(_with_break(tokens[position], mark))
        mark = ""
        position += 1
    return kept


def _drop_repeats(tokens: list[Token]) -> list[Token]:
    """Keep the first of words said twice in a row ("i i can't", "my leg my leg")."""
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        for size in range(1, MAX_REPEAT_WORDS + 1):
            tail = [t.text for t in kept[-size:]]
            twice = len(kept) >= 2 * size and tail == [t.text for t in kept[-2 * size : -size]]
            if twice and not token.text[0].isdigit():  # "nine nine nine" is meant so
                del kept[-size:]
                break
    return kept


def _with_break(token: Token, mark: str) -> Token:
    if not mark or token.break_before:
        return token
    return Token(token.text, token.start, token.end, mark)

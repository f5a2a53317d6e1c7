"""Counted pieces of a sentence: what it is literally made of, written and sounded.

Words and pairs of words tell intents apart that mean nearly the same ("next", "next
question"). Pieces of one to five letters survive a wrong spelling ("spazzem"). Pieces
of the sound, read on across the words, survive a recogniser that cut the words
elsewhere ("electro lights", "york erect"): once as consonants alone, which any spelling
keeps, and once as the whole is pronounced, vowels and all.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Sequence

import numpy as np
from jellyfish import metaphone
from scipy import sparse

from rasa_project.nlu.pronunciation import sounds_of

WORDS, LETTERS, CONSONANTS, SOUNDS = "w", "l", "c", "s"
KINDS = (WORDS, LETTERS, CONSONANTS, SOUNDS)
"""First character of every piece; each kind is weighed by itself, so that none drowns another."""

LENGTHS = {WORDS: (1, 2), LETTERS: (1, 5), CONSONANTS: (2, 6), SOUNDS: (2, 6)}
"""Shortest and longest piece, in words, letters and sounds."""

FEWEST_SENTENCES = {WORDS: 1, LETTERS: 3, CONSONANTS: 4, SOUNDS: 4}
"""Pieces of fewer training sentences are left out. A word said once still tells much;
letters and sounds of two or three only are noise and half of the vocabulary."""

_VOCABULARY = "vocabulary.json"
_RARITY = "rarity.npz"


@dataclass(frozen=True)
class Counted:
    """The pieces of some texts, each piece by a number of its own."""

    pieces: tuple[str, ...]
    """By their numbers."""

    kinds: np.ndarray
    """int8, the place in KINDS of each piece."""

    numbers: np.ndarray
    """int32, the different pieces of the first text, then those of the second, and so on."""

    times: np.ndarray
    """int32, how often each occurs in its text."""

    ends: np.ndarray
    """int64, [texts + 1], where each text's pieces end."""


@lru_cache(maxsize=1)
def counted(texts: tuple[str, ...]) -> Counted:
    """Return the pieces of all `texts`, in the normal form; those asked for last are kept.

    Learning what pieces there are and weighing them are two steps of a training, of which the
    counting takes nearly all the time.
    """
    known: dict[str, int] = {}
    numbers, times, ends = array("i"), array("i"), array("q", [0])
    for text in texts:
        pieces = Counter(pieces_of(text))
        numbers.extend([known.setdefault(piece, len(known)) for piece in pieces])
        times.extend(pieces.values())
        ends.append(len(numbers))
    place = {kind: number for number, kind in enumerate(KINDS)}
    return Counted(
        tuple(known),
        np.array([place[piece[0]] for piece in known], np.int8),
        np.array(numbers, np.int32),
        np.array(times, np.int32),
        np.array(ends, np.int64),
    )


class Ngrams:
    """Weighs the pieces of a sentence by how rare they are (TF-IDF with damped counts)."""

    def __init__(self, vocabulary: Sequence[str] = (), rarity: np.ndarray | None = None) -> None:
        """Start untrained, or with what `fit` learnt: pieces and the weight of each."""
        self._columns = {piece: column for column, piece in enumerate(vocabulary)}
        self._rarity = np.zeros(0, np.float32) if rarity is None else rarity
        if self._rarity.shape != (len(self._columns),):
            raise ValueError("vocabulary and rarity do not fit each other")

    def fit(self, texts: Sequence[str]) -> "Ngrams":
        """Return the pieces of `texts`, in the normal form, with their weights, ready to transform."""
        found = counted(tuple(texts))
        seen_in = np.bincount(found.numbers, minlength=len(found.pieces))
        fewest = np.array([FEWEST_SENTENCES[kind] for kind in KINDS])[found.kinds]
        kept = {found.pieces[number]: int(seen_in[number]) for number in np.flatnonzero(seen_in >= fewest)}
        vocabulary = sorted(kept)
        counts = np.array([kept[piece] for piece in vocabulary], np.float32)
        return Ngrams(vocabulary, np.log((1 + len(texts)) / (1 + counts)) + 1)

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Return one row per text in the normal form, float32, each kind of length 1 or 0 when unknown."""
        found = counted(tuple(texts))
        columns = np.array([self._columns.get(piece, -1) for piece in found.pieces], np.int32)[found.numbers]
        rows = np.repeat(np.arange(len(texts)), np.diff(found.ends))
        known = columns >= 0
        columns, rows = columns[known], rows[known]
        # A piece said three times tells more than once, but not three times more.
        values = (1.0 + np.log(found.times[known])) * self._rarity[columns]
        part = rows * len(KINDS) + found.kinds[found.numbers[known]]
        lengths = np.sqrt(np.bincount(part, values * values, minlength=len(texts) * len(KINDS)))
        values = (values / lengths[part]).astype(np.float32)
        ends = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(texts)))])
        return sparse.csr_matrix((values, columns, ends), shape=(len(texts), len(self._columns)))

    def fingerprint(self) -> str:
        """Return what changes with what was learnt."""
        digest = hashlib.sha256(self._rarity.tobytes())
        digest.update("\n".join(self._columns).encode())
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write what was learnt as JSON and plain arrays."""
        vocabulary = json.dumps(list(self._columns), ensure_ascii=False)
        (folder / _VOCABULARY).write_text(vocabulary, encoding="utf-8")
        np.savez(folder / _RARITY, rarity=self._rarity)

    @classmethod
    def load(cls, folder: Path) -> "Ngrams":
        """Read what `save` wrote.

        Raises:
            OSError: a file is missing.
            ValueError: the files do not fit each other.
        """
        vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        with np.load(folder / _RARITY, allow_pickle=False) as stored:
            return cls(vocabulary, stored["rarity"])


def pieces_of(text: str) -> list[str]:
    """Return every piece of `text`, as often as it occurs, behind the letter of its kind.

    Args:
        text: in the normal form.
    """
    words = text.split()
    shortest, longest = LENGTHS[WORDS]
    pieces = [
        WORDS + " ".join(words[start : start + size])
        for size in range(shortest, longest + 1)
        for start in range(len(words) - size + 1)
    ]
    for word in words:
        # Word ends count: "re" in front is not the "re" inside "more".
        pieces += _slices(LETTERS, f" {word} ")
    pieces += _slices(CONSONANTS, "".join(map(_consonants, words)))
    return pieces + _slices(SOUNDS, "".join(map(sounds_of, words)))


def _slices(kind: str, text: str) -> list[str]:
    shortest, longest = LENGTHS[kind]
    return [
        kind + text[start : start + size]
        for size in range(shortest, min(longest, len(text)) + 1)
        for start in range(len(text) - size + 1)
        if text[start : start + size] != " "
    ]


@lru_cache(maxsize=16384)
def _consonants(word: str) -> str:
    return metaphone(word) or word

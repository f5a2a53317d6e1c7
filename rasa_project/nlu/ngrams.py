"""Counted pieces of a sentence: what it is literally made of, written and sounded.

Words and pairs of words tell intents apart that mean nearly the same ("next", "next
question"). Pieces of one to five letters survive a wrong spelling ("spazzem"). Pieces
of the sound, read on across the words, survive a recogniser that cut the words
elsewhere ("electro lights", "york erect").
"""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Iterable, Sequence

import numpy as np
from jellyfish import metaphone
from scipy import sparse

from rasa_project.care.normalise import normalise

WORDS, LETTERS, SOUNDS = "w", "l", "s"
KINDS = (WORDS, LETTERS, SOUNDS)
"""First character of every piece; each kind is weighed by itself, so that none drowns another."""

LENGTHS = {WORDS: (1, 2), LETTERS: (1, 5), SOUNDS: (2, 6)}
"""Shortest and longest piece, in words, letters and consonant sounds."""

FEWEST_SENTENCES = {WORDS: 1, LETTERS: 2, SOUNDS: 2}
"""Pieces of fewer training sentences are left out. A word said once still tells much;
letters and sounds of one sentence only are noise and half of the vocabulary."""

_VOCABULARY = "vocabulary.json"
_RARITY = "rarity.npz"


class Ngrams:
    """Weighs the pieces of a sentence by how rare they are (TF-IDF with damped counts)."""

    def __init__(self, vocabulary: Sequence[str] = (), rarity: np.ndarray | None = None) -> None:
        """Start untrained, or with what `fit` learnt: pieces and the weight of each."""
        self._columns = {piece: column for column, piece in enumerate(vocabulary)}
        self._rarity = np.zeros(0, np.float32) if rarity is None else rarity
        self._weights = self._rarity.tolist()  # plain numbers are faster one by one
        if self._rarity.shape != (len(self._columns),):
            raise ValueError("vocabulary and rarity do not fit each other")

    def fit(self, texts: Sequence[str]) -> "Ngrams":
        """Return the pieces of `texts` with their weights, ready to transform."""
        seen_in = Counter(piece for text in texts for piece in set(pieces_of(text)))
        vocabulary = sorted(p for p, n in seen_in.items() if n >= FEWEST_SENTENCES[p[0]])
        counts = np.array([seen_in[piece] for piece in vocabulary], np.float32)
        return Ngrams(vocabulary, np.log((1 + len(texts)) / (1 + counts)) + 1)

    def transform(self, texts: Iterable[str]) -> sparse.csr_matrix:
        """Return one row per text, float32, each kind of length 1 or 0 when unknown."""
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            for kind in self._weigh(text).values():
                length = sum(value * value for _, value in kind) ** 0.5
                columns += [column for column, _ in kind]
                values += [value / length for _, value in kind]
            ends.append(len(columns))
        return sparse.csr_matrix(
            (np.array(values, np.float32), np.array(columns, np.int32), ends),
            shape=(len(ends) - 1, len(self._columns)),
        )

    def _weigh(self, text: str) -> dict[str, list[tuple[int, float]]]:
        """Return (column, weight) of the known pieces by their kind."""
        weighed: dict[str, list[tuple[int, float]]] = {kind: [] for kind in KINDS}
        for piece, times in Counter(pieces_of(text)).items():
            column = self._columns.get(piece)
            if column is not None:
                # A piece said three times tells more than once, but not three times more.
                weighed[piece[0]].append((column, (1.0 + log(times)) * self._weights[column]))
        return weighed

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
    """Return every piece of `text`, as often as it occurs, behind the letter of its kind."""
    words = normalise(text).split()
    shortest, longest = LENGTHS[WORDS]
    pieces = [
        WORDS + " ".join(words[start : start + size])
        for size in range(shortest, longest + 1)
        for start in range(len(words) - size + 1)
    ]
    for word in words:
        # Word ends count: "re" in front is not the "re" inside "more".
        pieces += _slices(LETTERS, f" {word} ")
    return pieces + _slices(SOUNDS, "".join(map(_sound, words)))


def _slices(kind: str, text: str) -> list[str]:
    shortest, longest = LENGTHS[kind]
    return [
        kind + text[start : start + size]
        for size in range(shortest, min(longest, len(text)) + 1)
        for start in range(len(text) - size + 1)
        if text[start : start + size] != " "
    ]


@lru_cache(maxsize=16384)
def _sound(word: str) -> str:
    return metaphone(word) or word

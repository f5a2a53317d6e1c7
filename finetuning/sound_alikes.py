"""Makes sentences sound as a speech recogniser may have heard them.

A recogniser that does not know a word writes what sounds like it: "numb" becomes
"none", "electrolytes" becomes "electro lights". The encoder's own vocabulary serves as
the list of words a recogniser could write; its order tells how common a word is.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Sequence

from jellyfish import levenshtein_distance, metaphone

MOST_COMMON = 16000
"""Words beyond this place of the vocabulary are too rare to be written by mistake."""

FIRST_WORD = 1996
"""Place in the BERT vocabulary where whole words begin."""

SHORTEST = 3
"""Letters; shorter words are heard rightly or left out."""

LOST = 0.15
"""Share of the changes in which a short word is lost, as when a sentence is cut."""


class SoundAlikes:
    """Common English words by how they sound."""

    def __init__(self, tokenizer: Path, seed: int) -> None:
        """Read the vocabulary of a `tokenizer.json`; `seed` fixes every choice."""
        vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
        self._random = random.Random(seed)
        self._rank = {
            word: rank
            for word, rank in vocabulary.items()
            if FIRST_WORD <= rank < MOST_COMMON and word.isascii() and word.isalpha()
        }
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in self._rank:
            if len(word) >= 2:
                self._by_sound[metaphone(word)].append(word)

    def mishear(self, words: Sequence[str], changes: int) -> list[str]:
        """Return `words` with up to `changes` of them replaced, split or lost."""
        heard = list(words)
        places = [n for n, word in enumerate(heard) if len(word) >= SHORTEST and word.isalpha()]
        self._random.shuffle(places)
        for place in places[:changes]:
            if self._random.random() < LOST and len(heard[place]) <= 4:
                heard[place] = ""
            else:
                heard[place] = self._alike(heard[place])
        return [word for word in " ".join(heard).split() if word]

    def _alike(self, word: str) -> str:
        sound = metaphone(word)
        found = [other for other in self._by_sound.get(sound, ()) if other != word]
        found += self._neighbours(sound)
        if len(sound) >= 4 and (not found or self._random.random() < 0.3):
            found = self._in_two(sound) or found
        near = [o for o in found if levenshtein_distance(o.replace(" ", ""), word) <= 1 + len(word) // 2]
        return self._random.choices(near, [self._weight(o) for o in near])[0] if near else word

    def _neighbours(self, sound: str) -> list[str]:
        """Return words that differ from `sound` by one consonant of the same length."""
        kin = ("MN", "TD0", "PB", "FV", "SX", "KJ", "LR")
        changed = [
            sound[:n] + other + sound[n + 1 :]
            for n, letter in enumerate(sound)
            for group in kin
            if letter in group
            for other in group
            if other != letter
        ]
        return [word for code in changed for word in self._by_sound.get(code, ())]

    def _in_two(self, sound: str) -> list[str]:
        pairs = []
        for cut in range(2, len(sound) - 1):
            fore, rear = self._by_sound.get(sound[:cut]), self._by_sound.get(sound[cut:])
            if fore and rear:
                pairs.append(f"{self._common(fore)} {self._common(rear)}")
        return pairs

    def _common(self, words: Sequence[str]) -> str:
        return self._random.choices(words, [self._weight(word) for word in words])[0]

    def _weight(self, words: str) -> float:
        return min(1000 / (self._rank.get(word, MOST_COMMON)) for word in words.split())

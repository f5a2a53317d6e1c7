"""How English words sound, as coarsely as a recogniser tells them apart.

Nineteen sounds are left of the language's forty: voiced and voiceless are one ("p" for "b" and
"p"), so are the nasals, the hisses, and long and short vowels; no "r" sounds before a consonant.
What a recogniser writes for a word that it does not know mostly keeps these: "addica" and
"attica", "none" and "numb". A letter's sound depends on the letters around it; the
rules, and the common words that they say wrongly, were learnt from the CMU Pronouncing Dictionary
(`finetuning/pronunciation.py`).
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Mapping

FILE = Path(__file__).parents[1] / "assets" / "pronunciation" / "english.json"

NEIGHBOURS = (0, 1, -1, 2, -2, 3, -3, 4)
"""Places, from the letter itself, in the order in which they tell how it is said."""

EDGE = "_"
"""Stands before the first letter and behind the last."""

_MARGIN = max(map(abs, NEIGHBOURS))


class Pronunciation:
    """Says words by rules, and others by heart."""

    def __init__(self, letters: Mapping[str, str], words: Mapping[str, str]) -> None:
        """Take the rules and the words that they say wrongly.

        Args:
            letters: a letter, or a letter and its neighbours in the order of NEIGHBOURS -> its
                sounds; the longest that fits holds.
            words: word -> its sounds.
        """
        self._letters, self._words = letters, words

    @classmethod
    def load(cls, path: Path = FILE) -> "Pronunciation":
        """Read the rules from a JSON file.

        Raises:
            OSError: the file is missing.
            ValueError: the file is broken.
        """
        stored = json.loads(path.read_text(encoding="utf-8"))
        try:
            return cls(dict(stored["letters"]), dict(stored["words"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path}: {error!r}; letters and words are due") from None

    def sounds(self, word: str) -> str:
        """Return the sounds of a word in lower case, a character each; itself where it has none."""
        spelt = word.replace("'", "")
        said = self._words.get(spelt)
        return said or self.by_rule(spelt) or word

    def by_rule(self, word: str) -> str:
        """Return the sounds of a word that nobody knows by heart."""
        return "".join(self._letter(around) for around in surroundings(word))

    def _letter(self, around: str) -> str:
        for size in range(len(around), 0, -1):
            said = self._letters.get(around[:size])
            if said is not None:
                return said
        return ""


def surroundings(word: str) -> list[str]:
    """Return of each letter of `word` itself and its neighbours, in the order of NEIGHBOURS."""
    framed = EDGE * _MARGIN + word + EDGE * _MARGIN
    return [
        "".join(framed[place + away] for away in NEIGHBOURS)
        for place in range(_MARGIN, _MARGIN + len(word))
    ]


@lru_cache(maxsize=1)
def load_pronunciation() -> Pronunciation:
    """Return the pronunciation that the skill is shipped with, read once."""
    return Pronunciation.load()


@lru_cache(maxsize=16384)
def sounds_of(word: str) -> str:
    """Return the sounds of a word of the normal form."""
    return load_pronunciation().sounds(word)

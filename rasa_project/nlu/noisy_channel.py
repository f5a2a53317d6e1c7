"""What was probably said, told from what a recogniser wrote down.

A recogniser that does not know a word writes what sounds like it: "kidney stone horse pasm",
"the pane is gone". The noisy channel weighs how likely people are to say something to the
skill, by counted words and pairs of words of the training sentences, against how far it sounds
and is written from what was heard (Kernighan, Church and Gale 1990). Up to three words heard
may have been one or two: the ends of words are what a recogniser mistakes most.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Iterable, Mapping, Sequence

from jellyfish import levenshtein_distance, metaphone

Words = tuple[str, ...]

BEGIN, END = "<s>", "</s>"

FEWEST_WORDS, FEWEST_PAIRS = 2, 8
"""How often a word, or a pair, must have been said to be taken for what was meant."""

DISCOUNT = 0.75
"""Taken off every count for what was never counted (Ney, Essen and Kneser 1994)."""

UNSEEN_WORDS = 5000
"""Words that nobody has said yet, as many as share a third of one count each."""

UNSEEN = 0.3

CHANGE, LETTER, SOUND = 2.4, 1.2, 1.8
"""What a change costs, and every letter and sound that differs with it, in nats."""

MOST_CHANGED = 0.62
"""Greatest share of the letters that may differ, 0 to 1."""

MOST_SOUNDS = 1
"""Most sounds that may differ."""

LONGER = 4
"""Most letters that one may be longer than the other."""

SPAN_WORDS, SPAN_LETTERS = 3, 14
"""Most words and letters that are taken for something else at once."""

LIKELY = -6.0
"""Nothing else is sought for words at least as likely, before and behind what stands there."""

BEAM = 8
"""How many beginnings of a sentence are followed."""

MOST_CANDIDATES = 25

_ALIKE = str.maketrans("BD0GVZXJMAEIOU", "PTTKFSSSNaaaaa", "H ")
"""Sounds that a recogniser takes for each other: voiced or not, hissed, nasal, any vowel."""

_FILE = "channel.json"


class NoisyChannel:
    """Finds the likeliest words behind a sentence that was heard."""

    def __init__(self, words: Mapping[str, int], pairs: Mapping[Words, int]) -> None:
        """Start with counts: of words, and of pairs of words that were said twice or more."""
        self._words, self._pairs = dict(words), dict(pairs)
        self._all = sum(self._words.values())
        # Behind every word something follows, be it the end.
        self._left = dict.fromkeys(self._words, 1.0)
        self._left[BEGIN] = 1.0
        for (first, _), times in self._pairs.items():
            self._left[first] -= (times - DISCOUNT) / self._times(first)
        self._index: dict[str, list[tuple[Words, str, str]]] = defaultdict(list)
        singles = ((word,) for word, times in self._words.items() if times >= FEWEST_WORDS)
        doubles = (pair for pair, times in self._pairs.items() if times >= FEWEST_PAIRS)
        for meant in chain(singles, doubles):
            if BEGIN in meant or END in meant:
                continue
            letters = "".join(meant)
            sounds = _sounds(letters)
            for part in _nearly(sounds):
                self._index[part].append((meant, letters, sounds))
        self._candidates = lru_cache(maxsize=4096)(self._sought)

    @classmethod
    def fit(cls, texts: Iterable[str]) -> "NoisyChannel":
        """Count the words of `texts`, in the normal form."""
        words: Counter[str] = Counter()
        pairs: Counter[Words] = Counter()
        for text in texts:
            said = [BEGIN, *text.split(), END]
            words.update(said[1:])
            pairs.update(zip(said, said[1:]))
        return cls(words, {pair: times for pair, times in pairs.items() if times > 1})

    def meant(self, text: str) -> str:
        """Return what was probably said where `text` was heard, both in the normal form."""
        heard = text.split()
        sure = self._sure(heard)
        beams: list[dict[str, tuple[float, Words]]] = [{} for _ in range(len(heard) + 1)]
        beams[0] = {BEGIN: (0.0, ())}
        for place in range(len(heard)):
            best = sorted(beams[place].items(), key=lambda way: -way[1][0])[:BEAM]
            for size, words, cost in self._choices(heard, sure, place):
                reached = beams[place + size]
                for last, (score, said) in best:
                    now = score - cost
                    for before, word in zip((last, *words), words):
                        now += self._chance(before, word)
                    if words[-1] not in reached or now > reached[words[-1]][0]:
                        reached[words[-1]] = now, said + words
        ways = ((score + self._chance(last, END), said) for last, (score, said) in beams[-1].items())
        return " ".join(max(ways)[1])

    def save(self, folder: Path) -> None:
        """Write the counts as JSON."""
        pairs = {" ".join(pair): times for pair, times in self._pairs.items()}
        counts = json.dumps({"words": self._words, "pairs": pairs}, ensure_ascii=False)
        (folder / _FILE).write_text(counts, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "NoisyChannel":
        """Read what `save` wrote.

        Raises:
            OSError: the file is missing.
            ValueError: the file is broken.
        """
        path = folder / _FILE
        counts = json.loads(path.read_text(encoding="utf-8"))
        try:
            pairs = {tuple(pair.split(" ")): times for pair, times in counts["pairs"].items()}
            return cls(counts["words"], pairs)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: {error!r}; words and pairs with their counts are due") from None

    def _times(self, word: str) -> int:
        # As many sentences begin as end.
        return self._words[END if word == BEGIN else word]

    def _chance(self, before: str, word: str) -> float:
        """Return the logarithm of the chance of `word` behind another, in nats."""
        alone = (self._words.get(word, 0) + UNSEEN) / (self._all + UNSEEN * UNSEEN_WORDS)
        if before not in self._left:
            return math.log(alone)
        counted = self._pairs.get((before, word))
        seen = (counted - DISCOUNT) / self._times(before) if counted else 0.0
        return math.log(seen + self._left[before] * alone)

    def _sure(self, heard: Sequence[str]) -> list[bool]:
        """Return of each word whether it is likely where it stands."""
        chances = [self._chance(a, b) >= LIKELY for a, b in zip([BEGIN, *heard], [*heard, END])]
        return [before and behind for before, behind in zip(chances, chances[1:])]

    def _choices(
        self, heard: Sequence[str], sure: Sequence[bool], place: int
    ) -> list[tuple[int, Words, float]]:
        """Return how the sentence may go on from `place`: words heard, words meant, cost."""
        choices = [(1, (heard[place],), 0.0)]
        for size in range(1, min(SPAN_WORDS, len(heard) - place) + 1):
            span = tuple(heard[place : place + size])
            if all(sure[place : place + size]) or not 2 <= sum(map(len, span)) <= SPAN_LETTERS:
                continue
            choices += [(size, meant, cost) for meant, cost in self._candidates(span)]
        return choices

    def _sought(self, span: Words) -> list[tuple[Words, float]]:
        """Return what may have been meant by the words of `span`, the nearest first."""
        letters = "".join(span)
        sounds = _sounds(letters)
        found: dict[Words, float] = {}
        for part in _nearly(sounds):
            for meant, written, sounding in self._index.get(part, ()):
                if meant in found or meant == span or abs(len(written) - len(letters)) > LONGER:
                    continue
                differ = levenshtein_distance(written, letters)
                if differ > MOST_CHANGED * max(len(written), len(letters)):
                    continue
                unlike = levenshtein_distance(sounding, sounds)
                if unlike <= MOST_SOUNDS:
                    found[meant] = CHANGE + LETTER * differ + SOUND * unlike
        return sorted(found.items(), key=lambda one: (one[1], one[0]))[:MOST_CANDIDATES]


@lru_cache(maxsize=16384)
def _sounds(letters: str) -> str:
    return metaphone(letters).translate(_ALIKE) or letters[:1]


def _nearly(sounds: str) -> list[str]:
    """Return what two spellings that differ in a sound have in common: each with one left out."""
    if len(sounds) <= 2:
        return [sounds]
    return list(dict.fromkeys([sounds, *(sounds[:n] + sounds[n + 1 :] for n in range(len(sounds)))]))

"""Learns how English is pronounced, for `rasa_project/nlu/pronunciation.py`.

    python -m finetuning.pronunciation CMUDICT

CMUDICT is `cmudict.dict`, the CMU Pronouncing Dictionary (Carnegie Mellon University; its terms
lie beside the result), as the package `cmudict` brings it, folder `data`. Its forty sounds become
those of `SOUNDS`. Letters and sounds are aligned by expectation maximisation; then a letter and as
many of its neighbours as are needed to tell its sound become a rule, the way an IGTree is pruned
(Daelemans, van den Bosch and Weijters 1997). Of the words that the rules say otherwise than the
dictionary the common ones are kept: those of the encoder's vocabulary and of the training
sentences. Takes a minute.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Iterable, Iterator, Mapping, Sequence

import yaml

from rasa_project.assets.folder import READER_FOLDER, TOKENIZER_FILE
from rasa_project.care.normalise import normalise
from rasa_project.nlu.pronunciation import FILE, Pronunciation, surroundings
from rasa_project.settings import PROJECT

TRADE_WORDS = Path(__file__).with_name("trade_words.yml")

SOUNDS = {
    "p": ("B", "P"),
    "t": ("D", "T", "DH"),
    "k": ("G", "K"),
    "f": ("F", "V", "TH"),
    "s": ("S", "Z"),
    "S": ("SH", "ZH", "CH", "JH"),
    "n": ("M", "N", "NG"),
    "l": ("L",),
    "r": ("R",),
    "w": ("W",),
    "j": ("Y",),
    "h": ("HH",),
    "i": ("IY", "IH"),
    "e": ("EY", "EH"),
    "a": ("AE", "AA", "AH", "AW"),
    "y": ("AY",),
    "o": ("AO", "OW", "OY"),
    "u": ("UW", "UH"),
    "@": ("AH0", "ER"),
}
"""What a recogniser confuses -> the dictionary's sounds; a 0 is an unstressed vowel."""

SILENT_R = re.compile("r(?![ieayou@])")
"""Many speakers leave it out before a consonant and at the end of a word."""

MOST_SOUNDS = 2
"""Of one letter: the "x" of "six"."""

ROUNDS = 4
"""Of aligning."""

EVERY = 3
"""The alignment is learnt from one word in so many, which is a third of the time; the rules from all."""

RARE = 1e-4
"""Chance of a sound that a letter never had."""

FEWEST = 2
"""Words that a rule needs."""

HIGHEST_NUMBER = 100
TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred".split()


def dictionary(path: Path) -> dict[str, str]:
    """Return the words of letters alone with the sounds of their first pronunciation."""
    of = {name: sound for sound, names in SOUNDS.items() for name in names}
    said: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *names = line.partition("#")[0].split()
        spelt = word.replace("'", "")
        if spelt.isalpha() and spelt.isascii() and spelt not in said:
            heard = "".join(of.get(name) or of[name.rstrip("012")] for name in names)
            said[spelt] = SILENT_R.sub("", heard)
    return said


class Alignment:
    """How likely each letter stands for which sounds."""

    def __init__(self, said: Sequence[tuple[str, str]]) -> None:
        """Learn from words and their sounds."""
        counts: Counter[tuple[str, str]] = Counter()
        for word, sounds in said[::EVERY]:
            for place, letter in enumerate(word):
                middle = place * len(sounds) // len(word)
                counts.update((letter, sound) for sound in sounds[max(middle - 1, 0) : middle + 2])
                counts[letter, ""] += 1
        self._counted(counts)
        for _ in range(ROUNDS):
            self._counted(Counter(pair for entry in said[::EVERY] for pair in self.aligned(*entry)))

    def _counted(self, counts: Counter[tuple[str, str]]) -> None:
        letters: Counter[str] = Counter()
        for (letter, _), times in counts.items():
            letters[letter] += times
        self._cost = {pair: -math.log(times / letters[pair[0]]) for pair, times in counts.items()}

    def aligned(self, word: str, sounds: str) -> list[tuple[str, str]]:
        """Return each letter with its sounds, the likeliest way; nothing for too many sounds."""
        rare = -math.log(RARE)
        ways: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
        for letter in word:
            reached: dict[int, tuple[float, int]] = {}
            for place, (cost, _) in ways[-1].items():
                for size in range(min(MOST_SOUNDS, len(sounds) - place) + 1):
                    now = cost + self._cost.get((letter, sounds[place : place + size]), rare)
                    if place + size not in reached or now < reached[place + size][0]:
                        reached[place + size] = now, size
            ways.append(reached)
        place = len(sounds)
        if place not in ways[-1]:
            return []
        pairs = []
        for letter, reached in zip(reversed(word), reversed(ways)):
            size = reached[place][1]
            pairs.append((letter, sounds[place - size : place]))
            place -= size
        return pairs[::-1]


def rules(words: Iterable[tuple[str, Sequence[tuple[str, str]]]]) -> dict[str, str]:
    """Return what each letter sounds like among its neighbours, from words that are aligned."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for word, pairs in words:
        for around, (_, sounds) in zip(surroundings(word), pairs):
            for size in range(1, len(around) + 1):
                counted[around[:size]][sounds] += 1
    found: dict[str, str] = {}
    for around in sorted(counted, key=lambda context: (len(context), context)):
        shorter = next((found[around[:n]] for n in range(len(around) - 1, 0, -1) if around[:n] in found), None)
        times = counted[around]
        sounds, most = min(times.items(), key=lambda one: (-one[1], one[0]))
        if shorter is None or (sounds != shorter and most - times[shorter] >= FEWEST):
            found[around] = sounds
    return found


def common_words() -> Iterator[str]:
    """Yield the whole words of the encoder's vocabulary and those of the training sentences."""
    vocabulary = json.loads((READER_FOLDER / TOKENIZER_FILE).read_text(encoding="utf-8"))
    yield from (word for word in vocabulary["model"]["vocab"] if word.isascii() and word.isalpha())
    for path in sorted((PROJECT / "data" / "nlu").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            yield from (word.replace("'", "") for word in normalise(block["examples"]).split())


def numbers(said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the numbers up to HIGHEST_NUMBER, in digits, with their sounds."""
    for number in range(HIGHEST_NUMBER + 1):
        ten, one = divmod(number, 10)
        names = TEENS[number : number + 1] or [TENS[ten - 2], *TEENS[one : one + 1][: one]]
        yield str(number), "".join(said[name] for name in names)


def trade_words(said: Mapping[str, str], by_rule: Pronunciation) -> Iterator[tuple[str, str]]:
    """Yield the words of TRADE_WORDS with the sounds of those they are written with."""
    for word, alike in yaml.safe_load(TRADE_WORDS.read_text(encoding="utf-8")).items():
        yield word, "".join(said.get(part) or by_rule.by_rule(part) for part in alike.split())


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cmudict", type=Path)
    said = dictionary(parser.parse_args().cmudict)
    entries = list(said.items())
    alignment = Alignment(entries)
    letters = rules((word, alignment.aligned(word, sounds)) for word, sounds in entries)
    by_rule = Pronunciation(letters, {})
    wrong = {
        word: said[word]
        for word in common_words()
        if word in said and by_rule.by_rule(word) != said[word]
    }
    words = {**wrong, **dict(numbers(said)), **dict(trade_words(said, by_rule))}
    FILE.parent.mkdir(exist_ok=True)
    ordered = {"letters": dict(sorted(letters.items())), "words": dict(sorted(words.items()))}
    FILE.write_text(json.dumps(ordered, indent=0) + "\n", encoding="utf-8")
    right = sum(by_rule.by_rule(word) == sounds for word, sounds in entries)
    print(f"{len(letters)} rules, {right / len(entries):.0%} of {len(entries)} words right by them; {len(words)} words by heart")


if __name__ == "__main__":
    main()

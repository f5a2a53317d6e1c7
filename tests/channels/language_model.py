"""A language model of what people say to this skill, so that a small recogniser has a chance.

Word pairs of the training sentences with absolute discounting, in the ARPA format.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import yaml
from pocketsphinx import get_model_path

from rasa_project.settings import PROJECT

DISCOUNT = 0.6
NEVER = -99.0
BEGIN, END = "<s>", "</s>"
_ENTITY = re.compile(r"\[([^\]]*)\](\([^)]*\)|\{[^}]*\})")


def training_sentences() -> Iterable[list[str]]:
    """Yield the words of each example of the NLU data."""
    for path in sorted((PROJECT / "data" / "nlu").rglob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        for entry in content.get("nlu") or ():
            for line in (entry.get("examples") or "").splitlines():
                yield re.findall(r"[a-z']+", _ENTITY.sub(r"\1", line.lstrip("- ")).lower())


def known_words() -> frozenset[str]:
    """Return the words the recogniser's dictionary knows how to hear."""
    dictionary = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8")
    return frozenset(line.split()[0] for line in dictionary.splitlines() if line)


def write_model(path: Path) -> Path:
    """Write the model; returns its path."""
    known = known_words()
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for sentence in training_sentences():
        kept = [BEGIN, *(w for w in sentence if w in known), END]
        words.update(kept)
        pairs.update(zip(kept, kept[1:]))
    followers = Counter(first for first, _ in pairs)
    starts: Counter[str] = Counter()
    for (first, _), count in pairs.items():
        starts[first] += count
    total = sum(words.values()) - words[BEGIN]
    lines = ["\\data\\", f"ngram 1={len(words)}", f"ngram 2={len(pairs)}", "", "\\1-grams:"]
    for word, count in sorted(words.items()):
        alone = NEVER if word == BEGIN else math.log10(count / total)
        back_off = math.log10(DISCOUNT * followers[word] / starts[word]) if starts[word] else 0.0
        lines.append(f"{alone:.4f} {word} {back_off:.4f}")
    lines += ["", "\\2-grams:"]
    for (first, second), count in sorted(pairs.items()):
        share = DISCOUNT * followers[first] / starts[first] * words[second] / total
        lines.append(f"{math.log10((count - DISCOUNT) / starts[first] + share):.4f} {first} {second}")
    path.write_text("\n".join([*lines, "", "\\end\\", ""]), encoding="utf-8")
    return path

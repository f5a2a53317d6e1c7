"""Writes the sentences the second opinion learns from, one JSON object a line.

    python -m finetuning.examples examples.jsonl

Runs in the skill's own environment, because it asks the red-flag rules: a flag that
they find in a sentence written for another flag is neither right nor wrong to see there
(`unknown`). Every sentence is written in the normal form that the skill reads, once more as
a recogniser did hear it where `data/heard` or `heard` beside this file has that (`hear.py`), and
else as one may have.

A line is {"text", "said", "flags": [ids], "unknown": [ids], "tier", "third_person", "intent",
"answer", "kept_back"}; `tier`, `intent` and `answer` are null where the sentence does not
tell.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Iterator, Sequence

import yaml

from finetuning.sound_alikes import SoundAlikes
from rasa_project.assets.folder import READER_FOLDER, TOKENIZER_FILE
from rasa_project.care.flags import load_red_flags
from rasa_project.care.loading import CONTENT_DIR, read_yaml
from rasa_project.care.normalise import normalise
from rasa_project.care.red_flags import load_detector
from rasa_project.nlu.heard_pairs import heard_pairs
from rasa_project.nlu.trial import kept_back
from rasa_project.settings import PROJECT

SEED = 20261122
SOON = "see_clinician_soon"
NONE = "none"
MISHEARD = 0.6
"""Share of the sentences that are also written as misheard."""

HEARD = (PROJECT / "data" / "heard", PROJECT / "finetuning" / "heard")
"""What was heard of sentences that were said aloud. The skill's training takes the first; the
second, learnt by the reader alone, would only make it longer (docs/decisions/0002)."""

MILD_HANDLES = ("lower_soon", "lower_same_day")


@dataclass
class Example:
    """One sentence and what is known of it; see the module for the fields."""

    text: str
    """The sentence in the normal form that the skill reads."""
    said: str
    """The sentence as it was written."""
    flags: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    tier: str | None = NONE
    third_person: bool = False
    intent: str | None = None
    answer: str | None = None
    kept_back: bool = False


def report(text: str, flag: str, tier: str | None) -> Example:
    """Return an own, current flag."""
    found = [f.flag for f in load_detector().detect(text).present if f.flag != flag]
    return Example(normalise(text), text, [flag], found, tier)


def look_alike(text: str, mild: bool) -> Example:
    """Return a sentence that reports no flag; `mild`: a milder flag may be right."""
    if not mild:
        return Example(normalise(text), text)
    soon = [name for name, flag in load_red_flags().flags.items() if flag.tier == SOON]
    return Example(normalise(text), text, unknown=soon, tier=None)


def of_content() -> Iterator[Example]:
    """Yield the examples of the clinical content."""
    for flag in read_yaml(CONTENT_DIR / "red_flags.yml")["flags"]:
        tiers = dict(flag.get("say_tier_overrides") or {})
        for text in flag["say"]:
            yield report(text, flag["id"], tiers.get(text, flag["tier"]))
        for near in flag.get("near_misses") or []:
            yield look_alike(near["say"], near["handle"] in MILD_HANDLES)


def of_phrases(folder: Path) -> Iterator[Example]:
    """Yield the examples of a folder of phrase files."""
    usual = {name: flag.tier for name, flag in load_red_flags().flags.items()}
    for path in sorted(folder.rglob("*.yml")):
        phrases = yaml.safe_load(path.read_text(encoding="utf-8"))
        flag = phrases["flag"]
        for entry in map(_entry, phrases.get("say") or []):
            yield report(entry["text"], flag, entry.get("tier", usual[flag]))
        for entry in map(_entry, phrases.get("near_misses") or []):
            yield look_alike(entry["text"], bool(entry.get("lower")))
        for pair in phrases.get("minimal_pairs") or []:
            yield report(pair["flag"], flag, usual[flag])
            yield look_alike(pair["calm"], mild=False)
        for entry in map(_entry, phrases.get("others") or []):
            yield Example(normalise(entry["text"]), entry["text"], [], [flag], None, True)


def of_calm_talk(folder: Path) -> Iterator[Example]:
    """Yield what people say in and around a conversation that reports no flag."""
    for path in sorted(folder.glob("*.yml")):
        for text in yaml.safe_load(path.read_text(encoding="utf-8"))["calm"]:
            yield Example(normalise(text), text)


def of_intents(folder: Path) -> Iterator[Example]:
    """Yield the training sentences of the intents, and the questions that the answers list."""
    blocks = [
        block
        for path in sorted(folder.rglob("*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    ]
    answers = {(b.get("metadata") or {}).get("answer"): b["intent"] for b in blocks}
    families = {intent for answer, intent in answers.items() if answer}
    for block in blocks:
        intent = block["intent"]
        # What a family's own reply answers is a class of its own, named like the family.
        own = intent if intent in families else None
        answer = (block.get("metadata") or {}).get("answer") or own
        for line in block["examples"].splitlines():
            yield from _of_intent(line.strip()[2:], intent, answer)
    for entry in read_yaml(CONTENT_DIR / "self_care.yml")["answers"]:
        for question in entry["questions"]:
            yield from _of_intent(question, answers[entry["id"]], entry["id"])


def _of_intent(line: str, intent: str, answer: str | None) -> Iterator[Example]:
    text = normalise(line)
    if text:
        found = [f.flag for f in load_detector().detect(text).present]
        tier = None if found else NONE
        yield Example(text, line, [], found, tier, intent=intent, answer=answer)


def misheard(examples: list[Example], sounds: SoundAlikes, seed: int) -> Iterator[Example]:
    """Yield some of the examples again with words replaced by what sounds like them."""
    chance = random.Random(seed)
    for example in examples:
        words = example.text.split()
        if chance.random() > MISHEARD or len(words) < 2:
            continue
        changes = 1 if len(words) < 6 else chance.choice((1, 1, 2, 3))
        heard = " ".join(sounds.mishear(words, changes))
        if heard and heard != example.text:
            yield Example(**{**asdict(example), "text": heard})


def heard(examples: list[Example], folders: Sequence[Path] = HEARD) -> Iterator[Example]:
    """Yield the examples again whose sentence was said aloud and heard by a recogniser."""
    by_words: dict[str, list[Example]] = {}
    for example in examples:
        by_words.setdefault(example.said, []).append(example)
    for said, written in chain.from_iterable(map(heard_pairs, folders)):
        text = normalise(written)
        for example in by_words.get(said, ()):
            if text and text != example.text:
                yield Example(**{**asdict(example), "text": text})


def _entry(entry: Any) -> dict[str, Any]:
    return {"text": entry} if isinstance(entry, str) else entry


def main() -> None:
    """Write the file and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    examples = [
        *of_content(),
        *of_phrases(PROJECT / "data" / "red_flags"),
        *of_calm_talk(PROJECT / "data" / "calm"),
        *of_intents(PROJECT / "data" / "nlu"),
    ]
    for example in examples:
        example.kept_back = kept_back(example.text)
    aloud = list(heard(examples))
    spoken = {example.said for example in aloud}
    silent = [example for example in examples if example.said not in spoken]
    alike = list(misheard(silent, SoundAlikes(READER_FOLDER / TOKENIZER_FILE, SEED), SEED))
    lines = [json.dumps(asdict(e), ensure_ascii=False) for e in (*examples, *aloud, *alike) if e.text]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(examples)} sentences, {len(aloud)} heard and {len(alike)} misheard ones in {out}")


if __name__ == "__main__":
    main()

"""The interaction model: what Amazon listens for, made from what the skill was trained on.

    make alexa-model

writes one file a locale. The same data give the same files, and a test compares them.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Iterable, Iterator

from rasa_project.care.loading import CONTENT_DIR, read_yaml
from rasa_project.care.spoken_numbers import number_words
from rasa_project.channels.alexa.utterances import Utterances, load_utterances, slots_in
from rasa_project.settings import PROJECT

INVOCATION_NAME = "back spasm coach"
LOCALES = ("en-US", "en-GB", "en-CA", "en-AU", "en-IN")
FOLDER = PROJECT / "integrations" / "alexa" / "skill-package" / "interactionModels" / "custom"

SAYINGS = "UNKNOT_SAYING"
MOST_WORDS = 10
"""Longer sentences are rarely heard as one; their opening carries them."""
OF_EACH_INTENT = 14
"""Sentences drawn from each intent of the training data."""
ONE_QUESTION_IN = 3
"""Share of the content's own questions that is taken."""
KNOWN_FROM = 3
"""Lines of the data a word must be in: rarer ones are slips of the pen or foreign."""
ANSWERS = frozenset({"affirm", "deny", "unsure"})
OF_EACH_ANSWER = 45
"""Sentences drawn from each of `ANSWERS`: these are what safety questions get, denials above all."""
OF_OTHER_THINGS = 30
"""Sentences drawn from `out_of_scope`: enough that small talk is not taken for a report."""
OTHER_THINGS = "out_of_scope"
MOST_CHARACTERS = 140
"""Amazon's limit for a slot value."""

_DEPTH_OF_LINES = 6
"""How deep JSON is broken into lines: a slot value is the sixth level."""

_LEGAL = re.compile(r"[a-z]+(['.-][a-z]+)*'?( [a-z]+(['.-][a-z]+)*'?)*")
_CRUDE = re.compile(r"\b(fuck|shit|cunt|wank|bitch|bastard|arse|asshole|piss|bollock|dick|crap)")
"""Certification refuses these in a model; who says them is understood by an opening."""
_WRITTEN_ONLY = re.compile(r"\b(ngl|tbh|idk|u|ur|r|pls|plz|thx|rn|bc|cuz|lol|smh|imo|omg)\b")
"""Typed, never said."""


def model() -> dict[str, Any]:
    """Return the interaction model, the same for all locales."""
    utterances = load_utterances()
    types = {SAYINGS: sayings(utterances), **utterances.types}
    return {
        "interactionModel": {
            "languageModel": {
                "invocationName": INVOCATION_NAME,
                "intents": [
                    *({"name": name, "samples": []} for name in utterances.built_in),
                    *_intents(utterances),
                ],
                "types": [
                    {"name": name, "values": [{"name": {"value": v}} for v in values]}
                    for name, values in types.items()
                ],
            }
        }
    }


def _intents(utterances: Utterances) -> Iterator[dict[str, Any]]:
    for name, sentence in utterances.intents.items():
        used = slots_in(sentence.words)
        yield {
            "name": name,
            "slots": [{"name": slot, "type": utterances.slots[slot]} for slot in used],
            "samples": list(sentence.samples),
        }


def sayings(utterances: Utterances) -> list[str]:
    """Return the sentences Amazon's recogniser is to expect, in a fixed order.

    From every intent those that bring the most new words: they weigh what is recognised.
    Every way the content knows to report a red flag is among them.
    """
    taken = {" ".join(s.split()) for s in _fixed(utterances)}
    found: list[str] = []
    data = [(intent, _usable(lines)) for intent, lines in _lines_by_intent()]
    common = _common_words(line for _, lines in data for line in lines)
    for intent, lines in data:
        lines = [line for line in lines if common.issuperset(line.split())]
        for line in _most_telling([c for c in lines if c not in taken], _most_of(intent)):
            taken.add(line)
            found.append(line)
    for line in _usable(_flag_reports()):
        if line not in taken:
            taken.add(line)
            found.append(line)
    return found


def _most_of(intent: str) -> int:
    if intent == OTHER_THINGS:
        return OF_OTHER_THINGS
    return OF_EACH_ANSWER if intent in ANSWERS else OF_EACH_INTENT


def _fixed(utterances: Utterances) -> Iterator[str]:
    """Yield what has an intent of its own already; twice in a model, it would be a conflict."""
    yield from ("yes", "no", "next", "previous", "repeat", "start over", "pause", "resume", "help")
    yield from ("stop", "cancel", "go home", "exit", "quit", "go back", "continue", "restart")
    for sentence in utterances.intents.values():
        yield from sentence.samples
    for values in utterances.types.values():
        yield from values


def _lines_by_intent() -> Iterator[tuple[str, list[str]]]:
    for file in sorted((PROJECT / "data" / "nlu").glob("*/*.yml")):
        lines: dict[str, list[str]] = {}
        for block in read_yaml(file)["nlu"]:
            intent = block["intent"].split("/")[0]
            lines.setdefault(intent, []).extend(
                line.removeprefix("- ") for line in block["examples"].splitlines()
            )
        yield from lines.items()
    asked = [q for entry in read_yaml(CONTENT_DIR / "self_care.yml")["answers"] for q in entry["questions"]]
    step = ONE_QUESTION_IN * OF_EACH_INTENT
    for start in range(0, len(asked), step):
        yield "questions", asked[start : start + step]


def _common_words(lines: Iterable[str]) -> frozenset[str]:
    """Return the words that are in enough of the lines."""
    count = Counter(word for line in lines for word in set(line.split()))
    return frozenset(word for word, times in count.items() if times >= KNOWN_FROM)


def _flag_reports() -> list[str]:
    """Return how the content says flags are reported, and what only sounds like one."""
    flags = read_yaml(CONTENT_DIR / "red_flags.yml")["flags"]
    reports = [line for flag in flags for line in flag["say"]]
    return reports + [near["say"] for flag in flags for near in flag.get("near_misses") or ()]


def _usable(lines: Iterable[str]) -> list[str]:
    """Return lines as Amazon takes them: lower case, numbers in words, no punctuation."""
    found: dict[str, None] = {}
    for line in lines:
        plain = line.lower().replace("’", "'")
        plain = re.sub(r"\d+", lambda m: f" {number_words(int(m.group()))} ", plain)
        plain = " ".join(re.sub(r"[,;:.!?\"()]+", " ", plain).split())
        words = len(plain.split())
        if (
            words <= MOST_WORDS
            and len(plain) <= MOST_CHARACTERS
            and _LEGAL.fullmatch(plain)
            and not _CRUDE.search(plain)
            and not _WRITTEN_ONLY.search(plain)
        ):
            found[plain] = None
    return list(found)


def _most_telling(lines: list[str], most: int) -> list[str]:
    """Return up to `most` lines, each the one with the most words not heard in earlier ones."""
    known: set[str] = set()
    left, chosen = list(lines), []
    while left and len(chosen) < most:
        best = max(left, key=lambda line: (len(set(line.split()) - known) / (1 + len(line.split()))))
        known |= set(best.split())
        left.remove(best)
        chosen.append(best)
    return chosen


def files() -> dict[Path, str]:
    """Return the text of every file of the interaction model."""
    text = _written(model()) + "\n"
    return {FOLDER / f"{locale}.json": text for locale in LOCALES}


def _written(value: Any, depth: int = 0) -> str:
    """Return JSON with one intent or slot value a line: a change shows as the line it is."""
    if depth == _DEPTH_OF_LINES or not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{pad}{json.dumps(k)}: {_written(v, depth + 1)}" for k, v in value.items()]
        begin, end = "{}"
    else:
        parts = [pad + _written(v, depth + 1) for v in value]
        begin, end = "[]"
    return begin + "\n" + ",\n".join(parts) + "\n" + " " * depth + end


def main() -> int:
    """Write the files; 0 when it is done."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(PROJECT)}: {len(text) // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

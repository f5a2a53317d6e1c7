"""The training sentences: enough of them, each once, none of them held out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from rasa_project.care.loading import CONTENT_DIR
from rasa_project.care.normalise import normalise

ROOT = Path(__file__).resolve().parents[2]
FEWEST = 110
"""Sentences an intent; by engineering measurements every doubling is worth points."""

FEWEST_AN_ANSWER = 25
MOST_LIKE_OPENINGS = 0.12
"""Largest share of an intent's sentences that may begin with the same three words."""


def blocks() -> list[tuple[Path, dict]]:
    """Every block of every training file."""
    return [
        (path, block)
        for path in sorted((ROOT / "data" / "nlu").rglob("*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    ]


def sentences(block: dict) -> list[str]:
    """The examples of a block."""
    return [line[2:] for line in block["examples"].splitlines()]


def held_out() -> list[str]:
    """All sentences that tests measure with."""
    texts: list[str] = []
    for path in sorted((ROOT / "tests" / "sentences").rglob("*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        texts += document.get("sentences") or []
        texts += [text for lines in (document.get("answers") or {}).values() for text in lines]
    return texts


def content() -> tuple[dict[str, list[str]], list[str]]:
    """Questions by answer id, and the lines that report flags."""
    answers = yaml.safe_load((CONTENT_DIR / "self_care.yml").read_text(encoding="utf-8"))
    flags = yaml.safe_load((CONTENT_DIR / "red_flags.yml").read_text(encoding="utf-8"))
    questions = {entry["id"]: entry["questions"] for entry in answers["answers"]}
    return questions, [line for flag in flags["flags"] for line in flag["say"]]


BLOCKS = blocks()
BY_INTENT: dict[str, list[str]] = {}
for _, _block in BLOCKS:
    BY_INTENT.setdefault(_block["intent"], []).extend(sentences(_block))


@pytest.mark.parametrize("intent", sorted(BY_INTENT))
def test_an_intent_has_enough_sentences(intent):
    """Demo-sized data cannot reach the bars."""
    assert len(BY_INTENT[intent]) >= FEWEST


@pytest.mark.parametrize("intent", sorted(BY_INTENT))
def test_sentences_are_not_permutations_of_one_template(intent):
    """Many sentences with one opening teach the opening."""
    openings = Counter(" ".join(text.split()[:3]) for text in BY_INTENT[intent])
    [(opening, times)] = openings.most_common(1)
    assert times <= MOST_LIKE_OPENINGS * len(BY_INTENT[intent]), opening


def test_no_sentence_has_two_intents():
    """The same words cannot be learnt as two things."""
    seen: dict[str, str] = {}
    twice = []
    for intent, texts in BY_INTENT.items():
        for text in texts:
            other = seen.setdefault(" ".join(text.lower().split()), intent)
            if other != intent:
                twice.append((text, intent, other))
    assert twice == []


def test_a_file_holds_the_intent_it_is_named_after():
    """One intent a file, found by its name."""
    assert [(path.name, b["intent"]) for path, b in BLOCKS if path.stem != b["intent"]] == []


def test_every_answer_of_the_content_can_be_asked_for():
    """An entry without sentences would never be selected."""
    questions, _ = content()
    counted = Counter()
    for _, block in BLOCKS:
        counted[(block.get("metadata") or {}).get("answer")] += len(sentences(block))
    few = {a: counted[a] for a in questions if counted[a] < FEWEST_AN_ANSWER}
    assert few == {}
    assert set(counted) - {None} <= set(questions), "the data names answers that do not exist"


def test_an_answer_belongs_to_one_intent():
    """The selector chooses within the family that the intent names."""
    families: dict[str, set[str]] = {}
    for _, block in BLOCKS:
        answer = (block.get("metadata") or {}).get("answer")
        if answer:
            families.setdefault(answer, set()).add(block["intent"])
    assert {a: f for a, f in families.items() if len(f) > 1} == {}


def test_no_held_out_sentence_is_trained_on():
    """A score on sentences that were learnt is worthless."""
    questions, reports = content()
    trained = {normalise(t) for texts in BY_INTENT.values() for t in texts}
    trained |= {normalise(t) for texts in questions.values() for t in texts}
    trained |= {normalise(t) for t in reports}
    assert [text for text in held_out() if (normalise(text) or text) in trained] == []

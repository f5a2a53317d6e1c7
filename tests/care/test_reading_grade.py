"""What is spoken is easy: school grade 6 by the Flesch-Kincaid formula (textstat)."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
import yaml
from textstat import flesch_kincaid_grade

from rasa_project.care.check import spoken_texts
from rasa_project.care.loading import CONTENT_DIR

HIGHEST = 6.0
"""School grade (US) that a whole kind of text may ask for."""

HARDEST = 10.0
"""Of a single short text, where one long name ("acupuncture") weighs much."""

DOMAIN = CONTENT_DIR.parent.parent / "domain"
FEWEST_WORDS = 5
"""Below that the formula says more about one word than about the text."""


def graded_texts() -> dict[str, list[str]]:
    """Return all spoken texts by kind; numbers stand in for what is filled in."""
    by_kind = defaultdict(list)
    for place, text in spoken_texts():
        by_kind[place.split()[0]].append(text)
    for path in DOMAIN.glob("*.yml"):
        responses = yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {}
        for variants in responses.values():
            by_kind["response"] += [variant.get("text") or "" for variant in variants]
    return {
        kind: [re.sub(r"\{\w+\}", "five", text) for text in texts if len(text.split()) >= FEWEST_WORDS]
        for kind, texts in by_kind.items()
    }


@pytest.mark.parametrize("kind", ["exercise", "transition", "coaching", "answer", "phrase", "response"])
def test_what_is_spoken_asks_for_no_more_than_six_years_of_school(kind: str) -> None:
    """All texts of a kind read as one."""
    texts = graded_texts()[kind]
    assert len(texts) >= 10, kind
    assert flesch_kincaid_grade(" ".join(texts)) <= HIGHEST


def test_no_single_text_is_hard_to_follow() -> None:
    """Long names make some answers harder; none is harder than a newspaper."""
    hard = [
        (flesch_kincaid_grade(text), text)
        for texts in graded_texts().values()
        for text in texts
        if flesch_kincaid_grade(text) > HARDEST
    ]
    assert hard == []


def test_the_measure_tells_hard_from_easy() -> None:
    """The formula itself works on what we would never say."""
    assert flesch_kincaid_grade("Breathe out and let your knees drop to the side.") < 4
    hard = "Contraindicated manipulations necessitate interdisciplinary reassessment of symptomatology."
    assert flesch_kincaid_grade(hard) > HARDEST

"""Nothing of the clinical content is lost, unsourced, too long or dangling."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from rasa_project.care.answers import load_answers
from rasa_project.care.check import problems, spoken_texts
from rasa_project.care.exercises import MAX_STEP_WORDS, is_seed_document, load_exercises, words_in
from rasa_project.care.flags import load_red_flags
from rasa_project.care.loading import CONTENT_DIR, read_yaml
from rasa_project.care.phrases import MAX_SENTENCE_WORDS, longest_sentence
from clinical_items import FILES, fingerprint, items_of, missing_from

PROJECT = CONTENT_DIR.parent.parent
MANIFEST = yaml.safe_load((Path(__file__).parent / "clinical_manifest.yml").read_text())


def clinical_folder() -> Path | None:
    """The clinical originals, where they lie beside the project."""
    found = sorted(PROJECT.parent.glob("*/clinical/exercises.yml"))
    return found[0].parent if found else None


@pytest.mark.parametrize("name", FILES)
def test_every_value_of_the_clinical_originals_is_still_in_ours(name: str) -> None:
    """Values may be added to, never dropped, reordered or softened."""
    folder = clinical_folder()
    if folder is None:
        pytest.skip("the clinical originals are not beside the project; the manifest is checked")
    theirs, ours = read_yaml(folder / name), read_yaml(CONTENT_DIR / name)
    assert missing_from(ours, theirs) == []


@pytest.mark.parametrize("name", FILES)
def test_every_item_has_the_fingerprint_that_was_signed_off(name: str) -> None:
    """The stored fingerprints hold wherever the project is cloned."""
    ours = {key: fingerprint(item) for key, item in items_of(CONTENT_DIR / name).items()}
    assert ours == MANIFEST[name]


def test_a_softened_sentence_would_be_noticed() -> None:
    """The comparison itself works: one changed word changes the fingerprint and is found."""
    item = {"id": "x", "advice": "Call now.", "say": ["a", "b"]}
    softened = {**item, "advice": "Call soon."}
    assert fingerprint(item) != fingerprint(softened)
    assert missing_from(softened, item) == ["/advice"]
    assert missing_from({**item, "say": ["a"]}, item) == ["/say"]
    assert missing_from({**item, "added": 1}, item) == []


def test_the_counts_are_those_of_the_clinical_files() -> None:
    """48 flags, 23 exercises, 98 answers, 3 transitions, 9 questions, 9 programmes."""
    exercises = load_exercises()
    assert len(load_red_flags().flags) == 48
    assert len(exercises.exercises) == 23
    assert len(load_answers().answers) == 98
    assert len(exercises.transitions) == 3
    assert len(exercises.programmes) == 9
    assert len(load_red_flags().screening_order.questions) == 9


def test_every_item_has_a_source_that_resolves() -> None:
    """A source is registered in its file or names a seed document."""
    exercises, flags, book = load_exercises(), load_red_flags(), load_answers()
    for item in (*exercises.exercises, *exercises.transitions):
        assert item.sources, item.id
        for source in item.sources:
            assert is_seed_document(source) or source in exercises.source_register, item.id
    for flag in flags.flags.values():
        assert flag.sources and all(flags.source_is_known(s) for s in flag.sources), flag.id
    assert all(answer.sources for answer in book.answers.values())


def test_every_spoken_sentence_keeps_its_limit() -> None:
    """25 words a sentence, and 25 words a whole step."""
    too_long = [
        (place, text)
        for place, text in spoken_texts()
        if longest_sentence(text) > MAX_SENTENCE_WORDS
    ]
    assert too_long == []
    for exercise in load_exercises().exercises:
        assert all(words_in(step) <= MAX_STEP_WORDS for step in exercise.steps), exercise.id


def test_no_spoken_text_shows_markup_or_a_placeholder_nobody_fills() -> None:
    """What is read aloud is words only."""
    for place, text in spoken_texts():
        assert not set("<>[]*_#\\") & set(text.replace("{", "").replace("}", "").replace("_", "")), place


def test_no_phrase_names_a_medicine_or_an_amount_of_one() -> None:
    """Never a dose, never a brand (never-list, 3)."""
    for place, text in spoken_texts():
        if place.startswith(("phrase", "caveat", "coaching")):
            said = text.lower()
            assert not any(w in said for w in ("ibuprofen", "paracetamol", " mg", "milligram")), place


def test_everything_validates_together() -> None:
    """The check a content author runs; the detector's own tests load the detector."""
    assert list(problems(thorough=False)) == []


def test_no_answer_is_in_two_families_and_none_in_no_family() -> None:
    """Each of the 98 entries belongs to exactly one intent."""
    book = load_answers()
    placed = Counter(i for members in book.families.values() for i in members)
    assert set(placed) == set(book.answers)
    assert set(placed.values()) == {1}

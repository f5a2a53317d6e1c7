"""The exercise content is typed and refuses what would mislead a listener."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable

import pytest

from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.exercises import broken_references, load_exercises
from rasa_project.care.loading import CONTENT_DIR


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that copies the exercises with one text replaced."""

    def edit(old: str, new: str) -> Path:
        text = (CONTENT_DIR / "exercises.yml").read_text(encoding="utf-8")
        assert old in text
        folder = tmp_path / "content"
        folder.mkdir()
        (folder / "exercises.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


def test_the_shipped_exercises_load_and_every_reference_resolves() -> None:
    """Alternatives, conditions, programme items and sources all exist."""
    assert broken_references(load_exercises()) == ()


def test_a_step_too_long_to_follow_is_refused_with_the_way_to_mend_it(edited) -> None:
    """The error names file, exercise, rule and mend."""
    folder = edited("Keep it small and smooth.", " ".join(["word"] * 26) + ".")
    with pytest.raises(ContentError, match=r"exercises.yml.*'pelvic_tilt'.*26 words.*Split"):
        load_exercises(folder)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("alternative: seated_pelvic_tilt", "alternative: handstand", "handstand"),
        ("not_if: [poor_balance, knee_problem", "not_if: [poor_ballance, knee_problem", "poor_ballance"),
        ("items: [relaxed_breathing, rest_90_90, side_lying_rest]", "items: [plank]", "plank"),
        ("sources: [MAYO-EX, CUH-EX, SHEET-STRETCH]", "sources: [BLOG]", "BLOG"),
        ("  - id: rest_90_90", "  - id: relaxed_breathing", "defined twice"),
    ],
)
def test_an_id_that_leads_nowhere_is_refused(edited, old: str, new: str, told: str) -> None:
    """A mistyped id would silently drop a safeguard."""
    with pytest.raises(ContentError, match=told):
        load_exercises(edited(old, new))


def test_a_mistyped_key_is_refused(edited) -> None:
    """`not_iff:` would otherwise drop all exclusions of an exercise."""
    with pytest.raises(ContentError, match="not_if"):
        load_exercises(edited("    not_if: []", "    not_iff: []"))


def test_an_exercise_without_steps_or_source_is_refused(edited) -> None:
    """An item that nobody can check or follow is no item."""
    with pytest.raises(ContentError, match="sources"):
        load_exercises(edited("sources: [MAYO-EX, CUH-EX, SHEET-STRETCH]", "sources: []"))


def test_asking_for_an_unknown_exercise_is_an_error_and_not_a_guess() -> None:
    """UnknownReference, with a message that reads as a sentence."""
    with pytest.raises(UnknownReference, match="no exercise 'handstand'"):
        load_exercises().exercise("handstand")
    with pytest.raises(UnknownReference, match="no transition"):
        load_exercises().transition("fly")


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """A half-copied project fails with a sentence, not a stack of yaml."""
    with pytest.raises(ContentError, match="missing"):
        load_exercises(tmp_path)


def test_rules_that_contradict_the_exercises_are_refused(tmp_path: Path) -> None:
    """The machine forms beside the clinical file are held against it."""
    from rasa_project.care.programme_rules import load_programme_rules
    from rasa_project.care.steps import load_coaching

    folder = tmp_path / "content"
    shutil.copytree(CONTENT_DIR, folder)
    rules = (folder / "programme_rules.yml").read_text()
    (folder / "programme_rules.yml").write_text(
        rules.replace("also_on_bed: [pelvic_tilt", "also_on_bed: [cat_camel2, pelvic_tilt")
    )
    with pytest.raises((ContentError, UnknownReference), match="cat_camel2"):
        load_programme_rules(folder)
    coaching = (folder / "coaching.yml").read_text()
    (folder / "coaching.yml").write_text(
        coaching.replace("Hold for about {time} and keep breathing.", "Hold for {time}.")
    )
    with pytest.raises(ContentError, match="pelvic_tilt.*Make them the same"):
        load_coaching(folder)

"""The red-flag content: complete, checked on load, and its errors say what to mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.flags import TIER_ORDER, load_red_flags, more_urgent
from rasa_project.care.loading import CONTENT_DIR
from rasa_project.care.triage import advice_text, load_triage_rules

FILES = ("red_flags.yml", "screening_triage.yml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the content that a test may break."""
    for name in FILES:
        shutil.copy(CONTENT_DIR / name, tmp_path / name)
    return tmp_path


def broken(folder: Path, old: str, new: str, name: str = "red_flags.yml") -> Path:
    """Change one place of a file in `folder`."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_all_flags_and_questions_are_there():
    content = load_red_flags()
    assert len(content.flags) == 48
    assert [q.group[:2] for q in content.screening_order.questions] == [
        f"Q{n}" for n in range(1, 10)
    ]


def test_every_emergency_and_same_day_flag_stops_exercise():
    for flag in load_red_flags().flags.values():
        if flag.tier != "see_clinician_soon":
            assert flag.exercise_gate == "stop_until_cleared", flag.id


def test_the_content_is_the_file_and_nothing_of_it_is_dropped():
    raw = yaml.safe_load((CONTENT_DIR / "red_flags.yml").read_text(encoding="utf-8"))
    for entry in raw["flags"]:
        assert load_red_flags().flag(entry["id"]).dict(exclude_unset=True) == entry


def test_an_advice_that_is_too_long_is_refused_with_file_entry_rule_and_mend(folder: Path):
    long = "advice: " + "word " * 46
    with pytest.raises(ContentError, match=r"red_flags\.yml: advice of flag 'saddle_numbness'.*45.*Shorten"):
        load_red_flags(broken(folder, "advice: Go to an emergency department now, or call {emergency_number}. New numbness between the legs with back pain\n      needs checking straight away. Stop the exercises, and please don't drive yourself.", long))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("covers: [saddle_numbness, sexual_dysfunction_new]", "covers: [saddle_numbnes]", "saddle_numbnes"),
        ("{emergency_number} now, and sit", "{emergency_numbr} now, and sit", "emergency_numbr"),
        ("sources: [RHABDO]", "sources: [RABDO]", "RABDO"),
        ("screen_group: Q2_saddle", "screen_group: Q2_sadle", "Q2_sadle"),
        ("confirm: Did you say it's numb between your legs?", "confirm: " + "no " * 16, "15"),
        ("    exercise_gate: stop_until_cleared", "    exercise_gate: modified_only", "stop_until_cleared"),
        ("  - id: urinary_retention", "  - id: saddle_numbness", "twice"),
        ("suspected_cause: cauda_equina", "suspectd_cause: cauda_equina", "saddle_numbness"),
    ],
)
def test_a_broken_reference_is_named(folder: Path, old: str, new: str, message: str):
    with pytest.raises(ContentError, match=message):
        load_red_flags(broken(folder, old, new))


def test_a_rule_about_an_unknown_flag_is_refused(folder: Path):
    broken(folder, "cancer: [cancer_history", "cancer: [cancer_histry", "screening_triage.yml")
    with pytest.raises(ContentError, match="cancer_histry"):
        load_triage_rules(folder)


def test_an_unknown_flag_is_an_error_that_names_the_file():
    with pytest.raises(UnknownReference, match="red_flags.yml has no flag 'headache'"):
        load_red_flags().flag("headache")


def test_the_more_urgent_of_two_tiers_wins():
    assert more_urgent("same_day", "emergency_now") == "emergency_now"
    assert more_urgent(None, "see_clinician_soon") == "see_clinician_soon"
    assert more_urgent(None, None) is None
    assert TIER_ORDER["emergency_now"] > TIER_ORDER["same_day"] > TIER_ORDER["see_clinician_soon"]


def test_the_combined_emergency_says_first_what_to_do_and_names_a_source():
    content = load_red_flags()
    assert "{emergency_number}" in advice_text("combined_emergency", content).split(".")[0]
    assert load_triage_rules(content.folder).combined_emergency.sources

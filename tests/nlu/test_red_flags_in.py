"""When the reader is not asked, and when it must be."""

from __future__ import annotations

import pytest

from rasa_project.care.red_flags import load_detector
from rasa_project.nlu.red_flag_detector import red_flags_in

CHANGED = "something has changed"
CHANGED_AND_MORE = "something has changed today, i only know i've been to the toilet when i look down"


@pytest.mark.parametrize("said", [CHANGED, "i didn't say i wet myself"])
def test_a_change_or_a_taking_back_alone_reports_nothing(said):
    """The question behind it is asked anyway."""
    assert not red_flags_in(said).present


def test_a_flag_told_along_with_a_change_is_heard_though_no_rule_names_it():
    """Words that only announce something may not close the ears for what follows."""
    assert not load_detector().detect(CHANGED_AND_MORE).present
    assert [f.flag for f in red_flags_in(CHANGED_AND_MORE).present] == ["urinary_incontinence_new"]


def test_a_plain_question_is_no_report_because_of_a_faint_suspicion(skill, run):
    parsed = run(skill.agent.parse_message("is it odd that i can feel it twitching under the skin"))
    assert parsed["intent"]["name"] != "report_red_flag", parsed["red_flag_findings"]


def test_a_hint_of_the_rules_counts_beside_a_plain_intent(skill, run):
    """Few words that only hint at a flag count as it, whatever question they resemble."""
    parsed = run(skill.agent.parse_message("third time this year"))
    assert "not_improving" in {f["flag"] for f in parsed["red_flag_findings"] if f["group"] == "present"}


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        ("i forgot, i've got osteoporosis", {"osteoporosis_or_steroids"}),
        ("i've osteoporosis and heard a crack", {"osteoporosis_or_steroids", "fragility_fracture"}),
    ],
)
def test_a_condition_named_for_the_exercises_is_that_condition_unless_more_is_said(said, flags):
    assert {f.flag for f in red_flags_in(said).present} == flags

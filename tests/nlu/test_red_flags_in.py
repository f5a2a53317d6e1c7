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

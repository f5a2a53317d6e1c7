"""What a short message means for somebody of whom something is known."""

from __future__ import annotations

import pytest

from rasa_project.care.known_facts import urgent_with_known


@pytest.mark.parametrize(
    "text", ["i feel some tightening in my belly", "i'm bleeding a bit", "i am having contractions"]
)
def test_a_warning_sign_is_an_emergency_once_the_pregnancy_is_known(text):
    present, _ = urgent_with_known(text, ["pregnancy"])
    assert {one.flag for one in present} == {"pregnancy_warning_signs"}


def test_a_fall_is_asked_about_once_blood_thinners_are_known():
    present, hinted = urgent_with_known("i just fell over", ["anticoagulant_trauma"])
    assert "anticoagulant_trauma" in {one.flag for one in (*present, *hinted)}


@pytest.mark.parametrize(
    "text", ["next", "no", "no bleeding", "it hurts", "what about ice", "i never fell", "breathe out", ""]
)
@pytest.mark.parametrize("known", ["pregnancy", "anticoagulant_trauma"])
def test_everything_else_means_what_it_means(text, known):
    assert urgent_with_known(text, [known]) == ((), ())


def test_without_a_known_flag_nothing_is_added():
    assert urgent_with_known("i'm bleeding a bit", []) == ((), ())
    assert urgent_with_known("i'm bleeding a bit", ["new_onset_over_50"]) == ((), ())

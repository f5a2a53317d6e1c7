"""The README says what is measured, not what was once hoped."""

from __future__ import annotations

import pytest

from rasa_project.evaluation.held_out import BEGIN, END, measure, printed, table, write
from rasa_project.evaluation.intervals import Share

DRIFT = 0.015
"""How far a number may lie from the one printed, 0 to 1: processors round differently."""


def test_the_numbers_in_the_readme_are_the_measured_ones(loaded_skill, run):
    """Where this fails, `make readme` writes the new numbers."""
    measured = run(measure(loaded_skill))
    stated = printed()
    assert set(stated) == set(measured)
    off = {n: (stated[n], str(s)) for n, s in measured.items() if abs(stated[n] - s.value) > DRIFT}
    assert not off


def test_writing_replaces_only_the_table(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\n| old | 1.0% | 1 of 100 | |\n{END}\nafter\n", encoding="utf-8")
    shares = {"sentences understood": Share(9, 10)}
    write(shares, readme)
    assert readme.read_text(encoding="utf-8") == f"before\n{BEGIN}\n{table(shares)}\n{END}\nafter\n"
    assert printed(readme) == {"sentences understood": 0.9}


def test_a_readme_without_its_marks_is_refused(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("no table here", encoding="utf-8")
    with pytest.raises(ValueError, match="marks"):
        write({}, readme)
    assert readme.read_text(encoding="utf-8") == "no table here"

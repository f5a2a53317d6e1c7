"""Every scripted dialogue of this folder, held with the trained model and the real actions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from rasa_project.care.errors import ContentError
from rasa_project.evaluation.dialogues import run_dialogue
from rasa_project.evaluation.scripts import Dialogue, read_dialogues

FOLDER = Path(__file__).parent
KINDS = (
    "happy", "digressions", "corrections", "cancellations", "repeat", "red_flags", "silence",
    "action_failure", "conversation", "lock", "coaching", "diary",
)  # fmt: skip
FEWEST_DIALOGUES = 425


def _all_dialogues() -> list[tuple[str, Dialogue]]:
    return [
        (path.parent.name, dialogue)
        for path in sorted(FOLDER.rglob("user_*.yml"))
        for dialogue in read_dialogues(path)
    ]


DIALOGUES = _all_dialogues()


@pytest.mark.parametrize(
    "dialogue", [pytest.param(d, id=f"{kind}-{d.id}") for kind, d in DIALOGUES]
)
def test_the_skill_answers_as_the_script_expects(dialogue, skill, run):
    """Reply kinds and slots follow the triage policy and the behaviour contract."""
    result = run(run_dialogue(dialogue, skill))
    assert result.passed, result.report()


def test_every_kind_of_dialogue_has_scripts():
    """No kind is empty, and there are as many scripts as promised."""
    counts = Counter(kind for kind, _ in DIALOGUES)
    assert set(counts) == set(KINDS)
    assert sum(counts.values()) >= FEWEST_DIALOGUES


def test_no_two_scripts_share_a_name():
    """A failing script can be found by its name alone."""
    names = Counter(dialogue.id for _, dialogue in DIALOGUES)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("dialogues: [{about: x}]", "no `id`"),
        ("dialogues: [{id: a, turns: [no]}]", "Quote it"),
        ("dialogues: [{id: a, turns: ['hi'], expect: [{after_turn: 2, outcome: stop}]}]", "1 turns"),
        ("dialogues: [{id: a, turns: ['hi'], expect: [{after_turn: 1, outcome: stopp}]}]", "no outcome"),
        ("dialogues: [{id: a, turns: [{screen: {toothache: 'yes'}}]}]", "toothache"),
        ("dialogues: [{id: a}, {id: a}]", "Rename"),
    ],
)
def test_a_broken_script_says_what_to_mend(text, complaint, tmp_path):
    """A mistyped script is an error, not a script that expects nothing."""
    path = tmp_path / "user_mistypes.yml"
    path.write_text(text)
    with pytest.raises(ContentError, match=complaint):
        read_dialogues(path)

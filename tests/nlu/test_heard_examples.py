"""What a recogniser made of training sentences is learnt with the intent of what was said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_project.care.errors import ContentError
from rasa_project.nlu.content_examples import answer_of
from rasa_project.nlu.heard_examples import HeardExamples, heard_examples, is_heard
from rasa_project.nlu.trial import kept_back

SAID = [
    Message.build("next one please", "next_step"),
    Message.build("is a hot bath good", "ask_heat_ice", intent_metadata={"answer": "heat_bath"}),
]


def write(folder: Path, *pairs: tuple[str, str]) -> Path:
    """Write what was said and heard as the tool for it does."""
    lines = [json.dumps({"said": said, "heard": heard, "voice": "slt", "snr": None}) for said, heard in pairs]
    (folder / "some.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_what_was_heard_keeps_the_intent_and_the_answer(tmp_path: Path):
    folder = write(tmp_path, ("next one please", "necks won please"), ("is a hot bath good", "is a hop bath good"))
    first, second = heard_examples(SAID, folder)
    assert (first.get(TEXT), first.get(INTENT)) == ("necks won please", "next_step")
    assert (second.get(INTENT), answer_of(second)) == ("ask_heat_ice", "heat_bath")
    assert is_heard(first) and is_heard(second) and not any(map(is_heard, SAID))


def test_nothing_is_learnt_twice_or_without_its_sentence(tmp_path: Path):
    """Heard rightly, heard alike, or of a sentence that is no longer there."""
    folder = write(
        tmp_path,
        ("next one please", "Next one, please."),
        ("next one please", "necks won please"),
        ("is a hot bath good", "Necks won please!"),
        ("a sentence that was taken out", "a sent dance that was taken out"),
    )
    assert [m.get(TEXT) for m in heard_examples(SAID, folder)] == ["necks won please"]


def test_what_the_trial_keeps_back_is_left_out(tmp_path: Path):
    """Its source is learnt from, so it could not show how unknown sentences are understood."""
    texts = [f"necks won please number {number}" for number in range(60)]
    back = [text for text in texts if kept_back(text)]
    assert back
    folder = write(tmp_path, *(("next one please", text) for text in texts))
    heard = {m.get(TEXT) for m in heard_examples(SAID, folder)}
    assert heard == set(texts) - set(back)


@pytest.mark.parametrize("line", ["not json", '{"said": "next one please"}', "[1, 2]"])
def test_a_broken_line_is_named_with_its_mend(tmp_path: Path, line: str):
    (tmp_path / "some.jsonl").write_text(f'{{"said": "a", "heard": "b"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ContentError, match=r"some\.jsonl, line 2: is no pair.*hear\.py"):
        heard_examples(SAID, tmp_path)


def test_training_gets_them_and_its_fingerprint_changes():
    """What the project itself has heard is of sentences that the project itself has."""
    data = TrainingData(training_examples=list(SAID))
    after = HeardExamples().process_training_data(data)
    assert after.fingerprint() != data.fingerprint()
    assert len(after.intent_examples) >= len(SAID)

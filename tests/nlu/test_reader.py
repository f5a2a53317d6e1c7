"""The fine-tuned reader: what it reads, and what happens when its files are not right."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from rasa_project.assets.folder import LABELS_FILE, READER_FILE, READER_FOLDER, REFERENCES_FILE, TOKENIZER_FILE
from rasa_project.care.errors import AssetError
from rasa_project.nlu.reader import HEADS, Reading, load_reader, reading_of

REFERENCES = json.loads((READER_FOLDER / REFERENCES_FILE).read_text(encoding="utf-8"))

LIKENESS = 0.97
"""Lowest cosine between the logits of the 8-bit file and the exact ones; 8 bits cost less than
.02 on these sentences, a wrong graph or tokenizer far more."""


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference["text"][:24])
def test_the_eight_bit_file_agrees_with_the_exact_weights(reference):
    """The references were computed in torch, by the published network's own code."""
    logits = load_reader().logits(reference["text"])
    for head in HEADS:
        exact, shipped = np.array(reference["logits"][head]), logits[head][0]
        if len(exact) > 1:
            likeness = exact @ shipped / np.linalg.norm(exact) / np.linalg.norm(shipped)
            assert likeness >= LIKENESS, head
        assert np.abs(exact - shipped).max() < 2.0, head


@pytest.mark.parametrize(
    "said, flag",
    [
        ("my front bottom has gone to sleep and i can't wake it up", "saddle_numbness"),
        ("nothing comes out when i stand at the toilet though i'm bursting", "urinary_retention"),
        ("i keep tripping because my toes won't lift", "foot_drop"),
    ],
)
def test_a_report_in_new_words_is_read_as_its_flag(said, flag):
    reading = reading_of(said)
    assert max(reading.flags, key=lambda name: reading.flags[name]) == flag
    assert reading.tiers["none"] < 0.5


@pytest.mark.parametrize("said", ["", "...", "no", "next", "what's the weather like", "should i use heat or ice"])
def test_a_calm_sentence_reads_as_calm(said):
    assert reading_of(said).tiers["none"] > 0.9


def test_a_very_long_sentence_is_read_to_its_end():
    rambling = "well it started when i was at the shop and " * 40
    assert reading_of(rambling + "and now i have wet myself").tiers["none"] < 0.5


@pytest.mark.parametrize("name", [READER_FILE, TOKENIZER_FILE])
def test_a_changed_file_is_refused_in_one_clear_sentence(tmp_path, name):
    """One flipped byte is enough."""
    shutil.copytree(READER_FOLDER, tmp_path / "reader")
    data = bytearray((tmp_path / "reader" / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "reader" / name).write_bytes(data)
    with pytest.raises(AssetError, match=f"{name}: missing or not the file"):
        load_reader(tmp_path / "reader")


def test_a_missing_file_is_named(tmp_path):
    shutil.copytree(READER_FOLDER, tmp_path / "reader")
    (tmp_path / "reader" / TOKENIZER_FILE).unlink()
    with pytest.raises(AssetError, match=f"{TOKENIZER_FILE}: missing or not the file"):
        load_reader(tmp_path / "reader")


def test_missing_labels_are_named(tmp_path):
    with pytest.raises(AssetError, match=f"{LABELS_FILE}: missing or unreadable"):
        load_reader(tmp_path)

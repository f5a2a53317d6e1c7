"""The fine-tuned sentence encoder: what a sentence reports, how urgently, its intent and answer.

`finetuning/` says how it was made. It is the second opinion beside the red-flag rules and
beside the linear intent classifier: it has read many sentences at once and catches
wordings that no rule names, but nobody can read its reasons.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping

import numpy as np
import onnxruntime
from scipy.special import expit
from tokenizers import Tokenizer

from rasa_project.assets.folder import (
    LABELS_FILE,
    READER_FILE,
    READER_FOLDER,
    TOKENIZER_FILE,
    sha256_of,
)
from rasa_project.care.errors import AssetError
from rasa_project.care.normalise import normalise
from rasa_project.nlu.linear import softmax

MAX_PIECES = 128
"""Longest sentence in word pieces; of a longer one the beginning and the end are read."""

HEADS = ("answer", "flags", "intent", "third_person", "tier")

REMEMBERED = 8
"""Sentences whose reading is kept, in memory only."""


@dataclass(frozen=True)
class Reading:
    """What the reader makes of one sentence; all numbers are probabilities, 0 to 1."""

    flags: Mapping[str, float]
    """Of each red flag, that the speaker reports it as their own and current."""

    tiers: Mapping[str, float]
    """Of each urgency, `none` among them; they add up to 1."""

    third_person: float
    """That somebody else has a red flag now."""

    intents: Mapping[str, float]
    """Of each intent it has learnt; they add up to 1."""

    answers: Mapping[str, float] = field(default_factory=dict)
    """Of each entry of self_care.yml, that the sentence asks for it, and of the families that
    also have a reply of their own, by their intent; they add up to 1."""


class Reader:
    """Reads one sentence at a time."""

    def __init__(self, model: Path, tokenizer: Path, labels: Mapping[str, list[str]]) -> None:
        """Load the two files; use `load_reader` where they have to be verified."""
        options = onnxruntime.SessionOptions()
        # One thread: a sentence is too short to share, and speakers have few cores.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._labels = labels

    def read(self, text: str) -> Reading:
        """Return what `text` reports; a text without a word reports nothing."""
        normal = normalise(text)
        if not normal:
            return Reading({}, {"none": 1.0}, 0.0, {})
        logits = self.logits(normal)
        answer, flags, intent, third_person, tier = (logits[name] for name in HEADS)
        return Reading(
            flags=dict(zip(self._labels["flags"], expit(flags[0]).tolist())),
            tiers=dict(zip(self._labels["tiers"], softmax(tier)[0].tolist())),
            third_person=float(expit(third_person[0, 0])),
            intents=dict(zip(self._labels["intents"], softmax(intent)[0].tolist())),
            answers=dict(zip(self._labels["answers"], softmax(answer)[0].tolist())),
        )

    def logits(self, normal: str) -> dict[str, np.ndarray]:
        """Return each head's logits, float64, [1, labels], for a text in its normal form."""
        pieces = self._tokenizer.encode(normal).ids
        if len(pieces) > MAX_PIECES:
            half = MAX_PIECES // 2
            pieces = [*pieces[:half], *pieces[-half:]]
        outputs = self._session.run(list(HEADS), {"input_ids": np.array([pieces], np.int64)})
        return {name: np.asarray(output, np.float64) for name, output in zip(HEADS, outputs)}


@lru_cache(maxsize=REMEMBERED)
def reading_of(text: str) -> Reading:
    """Return what the skill's own reader makes of `text`.

    Two components of the pipeline ask for the same sentence; it is read once.

    Raises:
        AssetError: see `load_reader`.
    """
    return load_reader().read(text)


@lru_cache(maxsize=1)
def load_reader(folder: Path = READER_FOLDER) -> Reader:
    """Return the reader that is kept with the skill, loaded once a process.

    Raises:
        AssetError: a file is missing or not the one that was committed.
    """
    labels = _labels(folder)
    for name, sha256 in ((READER_FILE, labels["sha256"]), (TOKENIZER_FILE, labels["tokenizer_sha256"])):
        path = folder / name
        if not path.is_file() or sha256_of(path) != sha256:
            raise AssetError(f"{path}: missing or not the file that {LABELS_FILE} names. {_MEND}")
    return Reader(folder / READER_FILE, folder / TOKENIZER_FILE, labels)


def _labels(folder: Path) -> dict[str, Any]:
    try:
        labels = json.loads((folder / LABELS_FILE).read_text(encoding="utf-8"))
        return {name: labels[name] for name in _LABELS}
    except (OSError, ValueError, KeyError):
        raise AssetError(f"{folder / LABELS_FILE}: missing or unreadable. {_MEND}") from None


def reader_version(folder: Path = READER_FOLDER) -> str:
    """Return what changes with the reader: the hash of its file, as its labels name it.

    Raises:
        AssetError: the labels are missing or unreadable.
    """
    return str(_labels(folder)["sha256"])


_LABELS = ("sha256", "tokenizer_sha256", "flags", "tiers", "intents", "answers")
_MEND = "Check it out again, or build it as finetuning/README.md says."

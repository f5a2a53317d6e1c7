"""Rasa component: what a recogniser made of training sentences is training data too.

`data/heard` holds training sentences that were said aloud and what a recogniser wrote down
(`finetuning/hear.py`). A sentence keeps its intent and its answer however it was heard.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List, Mapping, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from rasa_project.care.normalise import normalise
from rasa_project.nlu.added_examples import AddedExamples
from rasa_project.nlu.heard_pairs import heard_pairs
from rasa_project.nlu.normal_form import NORMAL_FORM, normal_form
from rasa_project.nlu.trial import is_kept_back

HEARD_DIR = Path(__file__).resolve().parents[2] / "data" / "heard"
HEARD = "heard"
"""Mark of such an example: its words are a recogniser's, not a speaker's."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class HeardExamples(AddedExamples):
    """Adds what was heard of the training examples; idle in use."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Train again when something else was heard."""
        digest = hashlib.sha256()
        for path in sorted(HEARD_DIR.glob("*.jsonl")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def added(self, examples: List[Message]) -> List[Message]:
        """Return what was heard of `examples`; see `heard_examples`."""
        return heard_examples(examples)


def is_heard(message: Message) -> bool:
    """Return whether the words of a training example are a recogniser's."""
    return bool(message.get(HEARD))


def heard_examples(examples: List[Message], folder: Path = HEARD_DIR) -> List[Message]:
    """Return what was heard of `examples`, each text once and none that an example has already.

    Left out is what the trial keeps back: the sentence that it was made of is learnt from, so
    it could not show how unknown ones are understood.

    Raises:
        ContentError: a line of a file is broken.
    """
    said = {message.get(TEXT): message for message in examples}
    known = {normal_form(message) for message in examples}
    added = []
    for spoken, text in heard_pairs(folder):
        normal = normalise(text)
        if spoken not in said or not normal or normal in known or is_kept_back(normal):
            continue
        known.add(normal)
        meant = said[spoken]
        message = Message.build(text, meant.get(INTENT), intent_metadata=_metadata(meant))
        message.set(HEARD, True)
        message.set(NORMAL_FORM, normal)
        added.append(message)
    return added


def _metadata(message: Message) -> Mapping[str, Any] | None:
    return (message.get(METADATA) or {}).get(METADATA_INTENT)

"""Rasa component: what the content says people ask is training data too.

Each entry of `self_care.yml` lists ways to ask for it and each flag of
`red_flags.yml` ways to report it. They are read from there at training time, so a
changed entry is learnt without copying its sentences into `data/`.
"""

from __future__ import annotations

import hashlib
from typing import Any, Dict, List, Mapping, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from rasa_project.care.loading import CONTENT_DIR, read_yaml
from rasa_project.nlu.added_examples import AddedExamples

ANSWERS_FILE = "self_care.yml"
FLAGS_FILE = "red_flags.yml"
FLAG_INTENT = "report_red_flag"


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False
)
class ContentExamples(AddedExamples):
    """Adds the sentences of the content to the training examples; idle in use."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Train again when the content changed."""
        digest = hashlib.sha256()
        for name in (ANSWERS_FILE, FLAGS_FILE):
            digest.update((CONTENT_DIR / name).read_bytes())
        return digest.hexdigest()

    def added(self, examples: List[Message]) -> List[Message]:
        """Return the sentences of the content that `examples` do not already have."""
        family_of = {a: m.get(INTENT) for m in examples if (a := answer_of(m)) is not None}
        known = {message.get(TEXT) for message in examples}
        return [m for m in content_examples(family_of) if m.get(TEXT) not in known]


def answer_of(message: Message) -> Optional[str]:
    """Return the entry of `self_care.yml` that the data gives an example, None for none."""
    metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return metadata.get("answer")


def content_examples(family_of: Mapping[str, str]) -> List[Message]:
    """Return the sentences of the content as examples with intent and answer.

    Args:
        family_of: the intent of each answer id; entries it does not name are left out.
    """
    asked = [
        Message.build(question, family_of[entry["id"]], intent_metadata={"answer": entry["id"]})
        for entry in read_yaml(CONTENT_DIR / ANSWERS_FILE)["answers"]
        if entry["id"] in family_of
        for question in entry["questions"]
    ]
    reported = [
        Message.build(line, FLAG_INTENT)
        for flag in read_yaml(CONTENT_DIR / FLAGS_FILE)["flags"]
        for line in flag["say"]
    ]
    return asked + reported

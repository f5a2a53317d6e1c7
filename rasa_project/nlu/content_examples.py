"""Rasa component: what the content says people ask is training data too.

Each entry of `self_care.yml` lists ways to ask for it and each flag of
`red_flags.yml` ways to report it. They are read from there at training time, so a
changed entry is learnt without copying its sentences into `data/`.
"""

from __future__ import annotations

import hashlib
from typing import Any, Dict, List, Mapping, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_project.care.loading import CONTENT_DIR, read_yaml

ANSWERS_FILE = "self_care.yml"
FLAGS_FILE = "red_flags.yml"
FLAG_INTENT = "report_red_flag"


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False
)
class ContentExamples(GraphComponent):
    """Adds the sentences of the content to the training examples; idle in use."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "ContentExamples":
        """Return the component; it has nothing to learn or to keep."""
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Train again when the content changed."""
        digest = hashlib.sha256()
        for name in (ANSWERS_FILE, FLAGS_FILE):
            digest.update((CONTENT_DIR / name).read_bytes())
        return digest.hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Append the sentences of the content that the data does not already have."""
        examples = training_data.intent_examples
        family_of = {a: m.get(INTENT) for m in examples if (a := answer_of(m)) is not None}
        known = {message.get(TEXT) for message in examples}
        added = [m for m in content_examples(family_of) if m.get(TEXT) not in known]
        merged = training_data.merge(TrainingData(training_examples=added))
        # Rasa's own would read every sentence once more for every component behind.
        made_from = f"{training_data.fingerprint()} {self.fingerprint_addon({})}"
        fingerprint = hashlib.sha256(made_from.encode()).hexdigest()
        merged.fingerprint = lambda: fingerprint  # type: ignore[method-assign]
        return merged

    def process(self, messages: List[Message]) -> List[Message]:
        """Return the messages as they came."""
        return messages


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

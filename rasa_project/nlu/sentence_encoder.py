"""Rasa component: the sentence vector as a dense feature of each message."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_project.assets.folder import ASSETS_VERSION
from rasa_project.care.normalise import normalise
from rasa_project.nlu.encoder import Encoder, load_encoder


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False
)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """Adds what a sentence means, as one vector of length 1 (see `encoder.py`)."""

    def __init__(self, config: Dict[Text, Any], name: Text, encoder: Encoder) -> None:
        super().__init__(name, config)
        self._encoder = encoder

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceEncoder":
        """Load the encoder of the language assets; raises AssetError where there is none."""
        return cls(config, execution_context.node_name, load_encoder())

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Nothing can be configured."""

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Train again when the assets are of another version."""
        return ASSETS_VERSION

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the vector of each message that has a text."""
        self._add_vectors([m for m in messages if m.get(TEXT)], threads=1)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vector of each training sentence."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        self._add_vectors(examples, threads=os.cpu_count() or 1)
        return training_data

    def _add_vectors(self, messages: List[Message], threads: int) -> None:
        texts = [normalise(message.get(TEXT)) for message in messages]
        for message, vector in zip(messages, self._encoder.encode(texts, threads)):
            # Rasa wants a feature of the words too; the whole sentence stands for them.
            row = vector[None, :]
            self.add_features_to_message(None, row, TEXT, message)

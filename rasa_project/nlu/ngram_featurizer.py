"""Rasa component: counted pieces of a sentence as a sparse feature of each message."""

from __future__ import annotations

import hashlib
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_project.nlu.features import NGRAMS
from rasa_project.nlu.ngrams import Ngrams
from rasa_project.nlu.normal_form import normal_form


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True
)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """Adds weighted pieces of words, letters and sounds (see `ngrams.py`)."""

    def __init__(
        self,
        config: Dict[Text, Any],
        name: Text,
        model_storage: ModelStorage,
        resource: Resource,
        ngrams: Ngrams,
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._ngrams = ngrams

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "NgramFeaturizer":
        """Return an untrained component."""
        return cls(config, execution_context.node_name, model_storage, resource, Ngrams())

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "NgramFeaturizer":
        """Return the trained component; a model without it cannot be loaded."""
        with model_storage.read_from(resource) as folder:
            ngrams = Ngrams.load(folder)
        return cls(config, execution_context.node_name, model_storage, resource, ngrams)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Nothing can be configured."""

    def train(self, training_data: TrainingData) -> Resource:
        """Learn vocabulary and weights from the training sentences."""
        texts = [normal_form(m) for m in training_data.training_examples if m.get(TEXT)]
        self._ngrams = self._ngrams.fit(texts)
        with self._model_storage.write_to(self._resource) as folder:
            self._ngrams.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features of each training sentence.

        The result's fingerprint is that of what it was made from: Rasa's own would write out
        every number of every sentence, which takes longer than to compute them.
        """
        made_from = f"{training_data.fingerprint()} {self._ngrams.fingerprint()}"
        self._add_features(training_data.training_examples)
        fingerprint = hashlib.sha256(made_from.encode()).hexdigest()
        training_data.fingerprint = lambda: fingerprint  # type: ignore[method-assign]
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the features of each message that has a text, and what counts those of other words."""
        for message in messages:
            message.set(NGRAMS, self._ngrams)
        self._add_features(messages)
        return messages

    def _add_features(self, messages: List[Message]) -> None:
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            rows = self._ngrams.transform([normal_form(message) for message in spoken])
            for message, row in zip(spoken, rows):
                self.add_features_to_message(None, row.tocoo(), TEXT, message)

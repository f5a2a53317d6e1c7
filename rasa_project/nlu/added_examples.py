"""What components share that add sentences to the training data and are idle in use."""

from __future__ import annotations

import hashlib
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self


class AddedExamples(GraphComponent):
    """Appends the examples of `added` before training; has nothing to learn or to keep."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Return the component."""
        return cls()

    def added(self, examples: List[Message]) -> List[Message]:
        """Return what comes to `examples`, the sentences that carry an intent."""
        raise NotImplementedError

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return `training_data` with what is added behind it.

        Raises:
            ContentError: what is added is broken where it is written.
        """
        added = self.added(training_data.intent_examples)
        merged = training_data.merge(TrainingData(training_examples=added))
        # Rasa's own would read every sentence once more for every component behind.
        made_from = f"{training_data.fingerprint()} {self.fingerprint_addon({})}"
        fingerprint = hashlib.sha256(made_from.encode()).hexdigest()
        merged.fingerprint = lambda: fingerprint  # type: ignore[method-assign]
        return merged

    def process(self, messages: List[Message]) -> List[Message]:
        """Return the messages as they came."""
        return messages

"""Rasa component: which of the answers of its family a question asks for."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from rasa_project.assets.folder import ASSETS_VERSION
from rasa_project.care.normalise import normalise
from rasa_project.nlu.content_examples import answer_of
from rasa_project.nlu.encoder import Encoder, load_encoder
from rasa_project.nlu.features import feature_rows
from rasa_project.nlu.linear import LinearClassifier, fit_calibrated

ANSWER = "answer"
NO_ENTRY = ""
"""Class of sentences that the family's own reply answers, not an entry of the content."""

_FAMILIES = "families.json"

Chooser = Optional[LinearClassifier]
"""Chooses within a family; None where there is nothing to choose."""


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True
)
class AnswerSelector(GraphComponent):
    """Writes the message property `answer`, one classifier a family.

    `{"id": entry of self_care.yml or None, "confidence", "ranking"}`, all within the family
    that the intent names. Beside the n-grams it sees what the sentence means, as one vector
    (`encoder.py`), which is made only where there is something to choose: it takes longer
    than all the rest. Learnt from the training examples whose metadata says `answer: <id>`.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the settings: see config.yml for why they are what they are."""
        return {"strength": 1.0, "ranking_length": 5}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        families: Mapping[str, Tuple[List[str], Chooser]] | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._families = dict(families or {})

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "AnswerSelector":
        """Return an untrained component; raises AssetError where the encoder is missing."""
        _encoder()
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Train again when the assets are of another version."""
        return ASSETS_VERSION

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "AnswerSelector":
        """Return the trained component; a model whose files are damaged cannot be loaded."""
        families: Dict[str, Tuple[List[str], Chooser]] = {}
        _encoder()
        with model_storage.read_from(resource) as folder:
            listed = json.loads((folder / _FAMILIES).read_text(encoding="utf-8"))
            for family, answers in listed.items():
                path = folder / f"{family}.npz"
                families[family] = (
                    answers,
                    LinearClassifier.load(path) if len(answers) > 1 else None,
                )
        return cls(config, model_storage, resource, families)

    def train(self, training_data: TrainingData) -> Resource:
        """Train each family that has answers on its own sentences."""
        by_family: Dict[str, List[Message]] = {}
        for message in training_data.intent_examples:
            if message.get(TEXT):
                by_family.setdefault(message.get(INTENT), []).append(message)
        for family, messages in sorted(by_family.items()):
            labels = [answer_of(message) or NO_ENTRY for message in messages]
            answers = sorted(set(labels))
            if answers == [NO_ENTRY]:
                continue
            chooser: Chooser = None
            if len(answers) > 1:
                strength = float(self._config["strength"])
                chooser, _ = fit_calibrated(_rows(messages, os.cpu_count() or 1), labels, strength)
            self._families[family] = (answers, chooser)
        self._persist()
        return self._resource

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            listed = {family: answers for family, (answers, _) in self._families.items()}
            (folder / _FAMILIES).write_text(json.dumps(listed), encoding="utf-8")
            for family, (_, chooser) in self._families.items():
                if chooser is not None:
                    chooser.save(folder / f"{family}.npz")

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `answer` of each message that has a text."""
        for message in messages:
            if message.get(TEXT):
                message.set(ANSWER, self._select(message), add_to_output=True)
        return messages

    def _select(self, message: Message) -> Dict[Text, Any]:
        """Return the likeliest answer of the family, and the ranking; none without answers."""
        answers, chooser = self._families.get((message.get(INTENT) or {}).get("name"), ([], None))
        ranking = [_entry(answer, 1.0) for answer in answers]
        if chooser is not None:
            probabilities = chooser.probabilities(_rows([message]))[0]
            order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
            ranking = [_entry(chooser.classes[n], probabilities[n]) for n in order]
        best = ranking[0] if ranking else _entry(NO_ENTRY, 0.0)
        return {**best, "ranking": ranking}


@lru_cache(maxsize=1)
def _encoder() -> Encoder:
    """Return the encoder, loaded once a process: that takes half a second."""
    return load_encoder()


def _rows(messages: Sequence[Message], threads: int = 1) -> sparse.csr_matrix:
    """Return n-grams and sentence vectors of `messages` side by side, float32."""
    vectors = _encoder().encode([normalise(m.get(TEXT)) for m in messages], threads)
    return sparse.hstack([feature_rows(messages), sparse.csr_matrix(vectors)], format="csr")


def _entry(answer: str, confidence: float) -> Dict[Text, Any]:
    return {"id": answer or None, "confidence": float(confidence)}

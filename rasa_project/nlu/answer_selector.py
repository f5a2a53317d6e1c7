"""Rasa component: which of the answers of its family a question asks for."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_project.nlu.content_examples import answer_of
from rasa_project.nlu.features import feature_rows
from rasa_project.nlu.intent_classifier import mixed
from rasa_project.nlu.linear import LinearClassifier, fit_calibrated
from rasa_project.nlu.reader import Reading, load_reader, reading_of

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
    that the intent names. The n-grams of the sentence and the reader decide together, as they
    do for the intent. Learnt from the training examples whose metadata says `answer: <id>`.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the settings: see config.yml for why they are what they are."""
        return {"strength": 1.0, "share": 0.5, "ranking_length": 5}

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
        """Return an untrained component; raises AssetError where the reader is missing."""
        load_reader()
        return cls(config, model_storage, resource)

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
        load_reader()
        families: Dict[str, Tuple[List[str], Chooser]] = {}
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
                chooser = fit_calibrated(feature_rows(messages), labels, strength)
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
        family = (message.get(INTENT) or {}).get("name")
        answers, chooser = self._families.get(family, ([], None))
        ranking = [_entry(answer, 1.0) for answer in answers]
        if chooser is not None:
            linear = chooser.probabilities(feature_rows([message]))[0]
            read = reader_answers(chooser.classes, family, reading_of(message.get(TEXT)))
            probabilities = mixed(linear, read, float(self._config["share"]))
            order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
            ranking = [_entry(chooser.classes[n], probabilities[n]) for n in order]
        best = ranking[0] if ranking else _entry(NO_ENTRY, 0.0)
        return {**best, "ranking": ranking}


def reader_answers(classes: Sequence[Text], family: Text, reading: Reading) -> np.ndarray:
    """Return the reader's probabilities within a family, in the order of `classes`.

    The family's own reply has the family's name there. An answer that is newer than the
    reader gets what an average one gets.
    """
    usual = 1.0 / max(len(reading.answers), 1)
    row = np.array([reading.answers.get(name or family, usual) for name in classes])
    return row / row.sum()


def _entry(answer: str, confidence: float) -> Dict[Text, Any]:
    return {"id": answer or None, "confidence": float(confidence)}

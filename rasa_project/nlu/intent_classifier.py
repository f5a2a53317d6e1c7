"""Rasa component: the intent of a message, or that it is none the skill knows."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import AbstractSet, Any, Dict, FrozenSet, Iterable, List, Mapping, Optional, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_project.care.normalise import normalise
from rasa_project.nlu.beside import begin_beside
from rasa_project.nlu.content_examples import answer_of
from rasa_project.nlu.features import feature_rows, row_of
from rasa_project.nlu.heard_examples import is_heard
from rasa_project.nlu.linear import LinearClassifier, fit, rehearse
from rasa_project.nlu.noisy_channel import NoisyChannel
from rasa_project.nlu.normal_form import normal_form
from rasa_project.nlu.reader import load_reader, reader_version, reading_of
from rasa_project.nlu.reader_opinion import RED_FLAG, ReaderOpinion
from rasa_project.nlu.scope import Scope, fit_scope, signs_of
from rasa_project.nlu.trial import is_kept_back

FALLBACK_INTENT = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"
SMALLEST = 1e-4
"""Least probability of an intent, so that one opinion alone cannot rule it out."""

SECOND_READING = 0.5
"""How much a sentence as it was probably said counts beside the sentence as it was heard."""

MOST_WORDS_READ_AGAIN = 12
"""Who says more says it more than once, and reading it twice takes longest."""

_CLASSIFIER = "classifier.npz"
_SCOPE = "scope.json"
_WORDS = "words.json"
_FAMILIES = "families.json"

FEWEST_WORDS_OF_NOISE = 2
"""A single strange word may be a spelling ("defo"); from two on nothing known means noise.

Of 1,776 held-out sentences that the skill should understand none is refused by this.
"""


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True
)
class IntentClassifier(RasaIntentClassifier, GraphComponent):
    """Linear classifier on the n-grams of a sentence, with the reader's opinion mixed in.

    The reader has read whole sentences, the linear classifier their pieces; `share` says
    how much the reader counts between the intents. Whether it is any of them is told from
    both (`scope.py`), with a threshold set at training time so that of the sentences the
    skill should understand no more than `false_rejections` are refused. Refused is also a
    sentence whose best intent is less probable than `least_confidence`, which would be a
    guess, and one of which no word occurs in training: pieces of letters always resemble
    something, and the name of a medicine is what noise resembles most. What is refused is
    `out_of_scope` where that is the likeliest, else `nlu_fallback`; the ranking behind it
    is kept.

    A sentence whose best intent is less probable than `sure` may have been misheard: it is
    read once more as what was probably said (`noisy_channel.py`), and both readings count.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the settings: see config.yml for why they are what they are."""
        return {
            "strength": 1.0,
            "share": 0.3,
            "false_rejections": 0.02,
            "least_confidence": 0.25,
            "sure": 0.65,
            "ranking_length": 10,
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        classifier: Optional[LinearClassifier] = None,
        scope: Optional[Scope] = None,
        words: FrozenSet[Text] = frozenset(),
        channel: Optional[NoisyChannel] = None,
        family_of: Optional[Mapping[Text, Text]] = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._classifier = classifier
        self._scope = scope
        self._words = words
        self._channel = channel
        self._opinion = ReaderOpinion(classifier.classes if classifier else (), family_of or {})

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "IntentClassifier":
        """Return an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "IntentClassifier":
        """Return the trained component; a model whose files are damaged cannot be loaded."""
        with model_storage.read_from(resource) as folder:
            classifier = LinearClassifier.load(folder / _CLASSIFIER)
            scope = Scope.load(folder / _SCOPE) if (folder / _SCOPE).is_file() else None
            words = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
            channel = NoisyChannel.load(folder)
            family_of = json.loads((folder / _FAMILIES).read_text(encoding="utf-8"))
        return cls(
            config, model_storage, resource, classifier, scope, frozenset(words), channel, family_of
        )

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> str:
        """Train again when the reader is another one: what is in scope depends on it."""
        return reader_version()

    def train(self, training_data: TrainingData) -> Resource:
        """Train, calibrate and learn what is in scope, on the sentences that carry an intent."""
        examples = [m for m in training_data.intent_examples if m.get(TEXT)]
        labels = [message.get(INTENT) for message in examples]
        normal = [normal_form(message) for message in examples]
        unseen = [is_kept_back(text) for text in normal]
        rows, strength = feature_rows(examples), float(self._config["strength"])
        reader = load_reader()
        # The trial in a process of its own, because the library has one store of random numbers
        # for all threads; reading beside both, which draws none.
        rehearsed = begin_beside(lambda: rehearse(rows, labels, strength, unseen))
        with ThreadPoolExecutor(1, "reader") as beside:
            reading = beside.submit(
                lambda: [reader.read(m.get(TEXT)) for m, kept in zip(examples, unseen) if kept]
            )
            classifier = fit(rows, labels, strength)
            readings = reading.result()
        scale, rehearsal = rehearsed()
        self._classifier = replace(classifier, scale=scale)
        family_of = {answer: m.get(INTENT) for m in examples if (answer := answer_of(m))}
        self._opinion = ReaderOpinion(classifier.classes, family_of)
        if OUT_OF_SCOPE in rehearsal.classes:
            linear, outside = rehearsal.probabilities, rehearsal.classes.index(OUT_OF_SCOPE)
            opinion = ReaderOpinion(rehearsal.classes, family_of)
            read = np.array([opinion.row(reading) for reading in readings])
            self._scope = fit_scope(
                signs_of(linear, read, mixed(linear, read, float(self._config["share"])), outside),
                rehearsal.labels != OUT_OF_SCOPE,
                # A red flag has its own judges.
                ~np.isin(rehearsal.labels, (OUT_OF_SCOPE, RED_FLAG)),
                float(self._config["false_rejections"]),
            )
        # A recogniser's mistakes would make noise known, and likely to be said.
        spoken = [text for m, text in zip(examples, normal) if not is_heard(m)]
        self._words, self._channel = known_words(spoken), NoisyChannel.fit(spoken)
        with self._model_storage.write_to(self._resource) as folder:
            self._classifier.save(folder / _CLASSIFIER)
            families = json.dumps(dict(sorted(family_of.items())), ensure_ascii=False)
            (folder / _FAMILIES).write_text(families, encoding="utf-8")
            words = json.dumps(sorted(self._words), ensure_ascii=False)
            (folder / _WORDS).write_text(words, encoding="utf-8")
            self._channel.save(folder)
            if self._scope:
                self._scope.save(folder / _SCOPE)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `intent` and `intent_ranking` of each message."""
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> List[Dict[Text, Any]]:
        if not message.get(TEXT) or self._classifier is None:
            return [{"name": FALLBACK_INTENT, "confidence": 1.0}]
        classes = self._classifier.classes
        linear = self._classifier.probabilities(feature_rows([message]))
        read = self._opinion.row(reading_of(message.get(TEXT)))[None]
        probabilities, refused = self._judged(linear, read)
        if probabilities.max() < self._config["sure"]:
            meant = self._meant(normal_form(message))
            if meant != normal_form(message):
                again = self._classifier.probabilities(row_of(message, meant))
                linear = mixed(linear, again, SECOND_READING)
                read = mixed(read, self._opinion.row(reading_of(meant))[None], SECOND_READING)
                probabilities, refused = self._judged(linear, read)
        order = np.argsort(-probabilities, kind="stable")[: self._config["ranking_length"]]
        ranking = [{"name": classes[n], "confidence": float(probabilities[n])} for n in order]
        best = ranking[0]["confidence"]
        if is_noise(message.get(TEXT), self._words):
            ranking.insert(0, {"name": FALLBACK_INTENT, "confidence": 1.0})
        elif ranking[0]["name"] != OUT_OF_SCOPE and (refused or best < self._config["least_confidence"]):
            # The fallback's own confidence: how far the best one is from sure.
            ranking.insert(0, {"name": FALLBACK_INTENT, "confidence": 1.0 - best})
        return ranking

    def _meant(self, normal: str) -> str:
        """Return what was probably said, the same where that is not asked."""
        if self._channel is None or len(normal.split()) > MOST_WORDS_READ_AGAIN:
            return normal
        return self._channel.meant(normal)

    def _judged(self, linear: np.ndarray, read: np.ndarray) -> Tuple[np.ndarray, bool]:
        """Return the probability of each intent, and whether the sentence is to be refused."""
        together = mixed(linear, read, float(self._config["share"]))
        if self._scope is None or self._classifier is None:
            return together[0], False
        outside = self._classifier.classes.index(OUT_OF_SCOPE)
        chance = float(self._scope.chances(signs_of(linear, read, together, outside))[0])
        return with_probability(together[0], outside, 1.0 - chance), chance <= self._scope.threshold


def mixed(linear: np.ndarray, read: np.ndarray, share: float) -> np.ndarray:
    """Return the weighted geometric mean of rows of probabilities, each adding up to 1."""
    powers = (linear + SMALLEST) ** (1.0 - share) * (read + SMALLEST) ** share
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def with_probability(row: np.ndarray, place: int, probability: float) -> np.ndarray:
    """Return `row` with `probability` at `place`; the rest keeps its proportions."""
    changed = row * (1.0 - probability) / max(1.0 - row[place], SMALLEST)
    changed[place] = probability
    return changed


def known_words(texts: Iterable[Text]) -> FrozenSet[Text]:
    """Return the words that stand in two of the texts at least (normal form).

    In one alone stands what a recogniser made of a word: it would make noise known.
    """
    counted = Counter(word for text in set(texts) for word in set(text.split()))
    return frozenset(word for word, times in counted.items() if times > 1)


def is_noise(text: Text, known: AbstractSet[Text]) -> bool:
    """Return whether `text` has several words and none of them is in `known` (normal form)."""
    words = normalise(text).split()
    return len(words) >= FEWEST_WORDS_OF_NOISE and not known.intersection(words)

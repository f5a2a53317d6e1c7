"""What everybody learns from, and the held-out sentences that everybody is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping

import yaml

from rasa_project.evaluation.held_out import newest_round, sentence_files
from rasa_project.evaluation.lines import TIERS
from rasa_project.settings import PROJECT

RED_FLAG = "report_red_flag"
URGENT = TIERS.index("same_day")


@dataclass(frozen=True)
class Sentence:
    """A sentence and its intent."""

    text: str
    intent: str


@dataclass(frozen=True)
class Asked(Sentence):
    """A held-out sentence; `group` says what it is counted for."""

    group: str
    """intents, red_flags (urgent reports) or look_alikes (nothing of the sort)."""


def learnt() -> list[Sentence]:
    """Return the training sentences, those of the content and those heard aloud among them."""
    from rasa.shared.nlu.constants import INTENT, TEXT
    from rasa.shared.nlu.training_data.loading import load_data

    from rasa_project.nlu.content_examples import ContentExamples
    from rasa_project.nlu.heard_examples import HeardExamples

    data = ContentExamples().process_training_data(load_data(str(PROJECT / "data" / "nlu")))
    data = HeardExamples().process_training_data(data)
    return [Sentence(m.get(TEXT), m.get(INTENT)) for m in data.intent_examples]


def asked() -> list[Asked]:
    """Return the newest held-out sentences with an intent, and the newest round of red-flag phrases.

    Red flags are those that are answered the same day or at once: the others are hardly
    told from complaints. Look-alikes for which a milder answer is right are left out:
    whether they are a flag is a matter of degree.
    """
    sentences = []
    for path in sentence_files():
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        sentences += [
            Asked(text, document["intent"], "intents") for text in document.get("sentences") or ()
        ]
    for case in _phrases("say"):
        if TIERS.index(case["tier"]) >= URGENT:
            sentences.append(Asked(case["text"], RED_FLAG, "red_flags"))
    for case in _phrases("near_misses"):
        if not case.get("lower"):
            sentences.append(Asked(case["text"], "", "look_alikes"))
    return sentences


def _phrases(group: str) -> Iterator[Mapping[str, Any]]:
    for path in sorted(newest_round().glob("*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8")).get(group) or ()

"""What the reader thinks a sentence wants, from all that it has read in it.

The reader names an intent, how urgent the sentence is, and which of the answers a question asks
for. The last is a second vote between the families of questions: who asks whether frozen peas
help asks about heat and ice.
"""

from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np

from rasa_project.nlu.reader import Reading

RED_FLAG = "report_red_flag"

ANSWERS_COUNT = 0.5
"""How much the answer asked for counts between the families, beside the intent, 0 to 1."""

SMALLEST = 1e-6
"""Least probability of a family, so that one vote alone cannot rule it out."""


class ReaderOpinion:
    """Turns readings into probabilities of the intents."""

    def __init__(self, classes: Sequence[str], family_of: Mapping[str, str]) -> None:
        """Take the intents, in their order, and the intent that each answer belongs to."""
        self._classes = list(classes)
        places = {name: place for place, name in enumerate(self._classes)}
        # What a family's own reply answers goes by the family's name.
        known = {**{name: name for name in family_of.values()}, **family_of}
        self._place_of = {answer: places[name] for answer, name in known.items() if name in places}
        self._families = np.array(sorted(set(self._place_of.values())), dtype=int)

    def row(self, reading: Reading) -> np.ndarray:
        """Return the probability of each intent.

        An own red flag is no intent of the reader's: its row tells that from the urgency. An
        intent that is newer than the reader gets what an average one gets.
        """
        usual = 1.0 / max(len(self._classes), 1)
        row = np.array([reading.intents.get(name, usual) for name in self._classes])
        if RED_FLAG in self._classes:
            row[self._classes.index(RED_FLAG)] = 1.0 - reading.tiers.get("none", 1.0)
        return self._with_answers(row, reading)

    def _with_answers(self, row: np.ndarray, reading: Reading) -> np.ndarray:
        """Return `row` with the families' part of it shared out by both votes."""
        asked = np.zeros(len(row))
        for answer, probability in reading.answers.items():
            if answer in self._place_of:
                asked[self._place_of[answer]] += probability
        ours, theirs = row[self._families], asked[self._families]
        if not theirs.sum() or not ours.sum():
            return row
        theirs = theirs / theirs.sum() * ours.sum()
        both = (ours + SMALLEST) ** (1 - ANSWERS_COUNT) * (theirs + SMALLEST) ** ANSWERS_COUNT
        shared = row.copy()
        shared[self._families] = both / both.sum() * ours.sum()
        return shared

"""Whether a sentence is any of the intents at all, told from what two opinions say of it.

One sentence in ten is kept back in training. On those both opinions, the linear classifier's
and the reader's, show how they look at a sentence that the skill should understand and at one
that is none of its business: not only how likely each calls "out of scope", but whether the
best intent stands out and whether both would have named it. A logistic regression on these
eight signs tells the two apart better than any one probability with a threshold
(docs/decisions/0002).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

SIGNS = (
    "linear: out of scope",
    "reader: out of scope",
    "together: best intent",
    "together: second best intent",
    "linear: the best intent",
    "reader: the best intent",
    "linear: spread",
    "reader: spread",
)
"""What is looked at: logarithms of probabilities; spreads are entropies, in nats."""

SMALLEST = 1e-6
"""Least probability that a logarithm is taken of."""

PARTS = 10
"""Parts in which the sentences kept back are judged, each by what the other nine taught."""


@dataclass(frozen=True)
class Scope:
    """Judges whether a sentence is in scope."""

    weights: np.ndarray
    """float64, [SIGNS]."""

    bias: float

    threshold: float
    """Sentences with a chance of at most this are refused, 0 to 1."""

    def chances(self, signs: np.ndarray) -> np.ndarray:
        """Return of each row of `signs` the probability that it is in scope."""
        return np.asarray(expit(signs @ self.weights + self.bias))

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        stored = {"weights": self.weights.tolist(), "bias": self.bias, "threshold": self.threshold}
        path.write_text(json.dumps(stored, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Scope":
        """Read what `save` wrote.

        Raises:
            OSError: the file is missing.
            ValueError: the file is broken, or was written for other signs.
        """
        stored = json.loads(path.read_text(encoding="utf-8"))
        try:
            weights, bias, threshold = stored["weights"], stored["bias"], stored["threshold"]
            scope = cls(np.asarray(weights, float), float(bias), float(threshold))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path}: {error!r}; weights, bias and threshold are due") from None
        if scope.weights.shape != (len(SIGNS),):
            raise ValueError(f"{path}: {scope.weights.shape} weights for {len(SIGNS)} signs")
        return scope


def signs_of(linear: np.ndarray, read: np.ndarray, together: np.ndarray, outside: int) -> np.ndarray:
    """Return the SIGNS of sentences, float64, [sentences, SIGNS].

    Args:
        linear: the linear classifier's probabilities, [sentences, classes].
        read: the reader's, in the same order.
        together: both mixed.
        outside: the column of "out of scope"; there must be two others at least.
    """
    known = np.delete(together, outside, axis=1)
    best = known.argmax(axis=1)
    ordered = np.sort(known, axis=1)
    rows = np.arange(len(known))
    return np.column_stack(
        [
            _log(linear[:, outside]),
            _log(read[:, outside]),
            _log(ordered[:, -1]),
            _log(ordered[:, -2]),
            _log(np.delete(linear, outside, axis=1)[rows, best]),
            _log(np.delete(read, outside, axis=1)[rows, best]),
            _entropy(linear),
            _entropy(read),
        ]
    )


def fit_scope(
    signs: np.ndarray, in_scope: np.ndarray, must_pass: np.ndarray, false_rejections: float
) -> Scope:
    """Learn to judge, and find the threshold that refuses `false_rejections` of what must pass.

    The threshold is set on chances that were told without the sentence itself, so that it
    holds for sentences never seen.

    Args:
        signs: of sentences kept back, [sentences, SIGNS].
        in_scope: whether each is in scope.
        must_pass: which of those in scope count for the threshold.
        false_rejections: share of them that may be refused, 0 to 1.

    Raises:
        ValueError: there are too few sentences of a kind to learn from.
    """
    from sklearn.linear_model import LogisticRegression  # only training needs it
    from sklearn.model_selection import cross_val_predict

    if min(in_scope.sum(), (~in_scope).sum()) < PARTS or not must_pass.any():
        raise ValueError(
            f"{int(in_scope.sum())} sentences in scope and {int((~in_scope).sum())} out of it were "
            f"kept back; {PARTS} of each are needed: more training sentences are"
        )
    middle, spread = signs.mean(axis=0), signs.std(axis=0) + SMALLEST
    scaled = (signs - middle) / spread
    regression = LogisticRegression(max_iter=3000)
    unseen = cross_val_predict(regression, scaled, in_scope, cv=PARTS, method="predict_proba")[:, 1]
    regression.fit(scaled, in_scope)
    weights = regression.coef_[0] / spread
    bias = float(regression.intercept_[0] - weights @ middle)
    return Scope(weights, bias, float(np.quantile(unseen[must_pass], false_rejections)))


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, SMALLEST))


def _entropy(rows: np.ndarray) -> np.ndarray:
    return np.asarray(-(rows * _log(rows)).sum(axis=1))

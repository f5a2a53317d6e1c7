"""A linear classifier with honest probabilities that is stored as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import minimize_scalar

HELD_OUT = 0.2
"""Share of the training sentences kept back to see scores of sentences not trained on."""

PRECISION = 0.01
"""How far training goes on; ten times finer takes longer and decides no sentence otherwise."""

SEED = 20240229


@dataclass(frozen=True)
class LinearClassifier:
    """One weight per feature and class; the scores become probabilities by a softmax."""

    classes: tuple[str, ...]
    weights: np.ndarray
    """float32, [features that weigh, classes]."""

    bias: np.ndarray
    """float32, [classes]."""

    scale: float = 1.0
    """Factor on the scores before the softmax: found on sentences kept back, so that of
    the sentences answered with .8 about 80 % are right."""

    used: np.ndarray | None = None
    """int32, ascending: the features that weigh; None: all. Those of a family's few hundred
    sentences are a tenth of all pieces, and twenty families full of zeros are 100 MB."""

    def scores(self, features: sparse.csr_matrix) -> np.ndarray:
        """Return one row per sentence and one column per class, before the softmax."""
        weighing = features if self.used is None else _columns(features, self.used)
        return np.asarray(weighing @ self.weights) + self.bias

    def probabilities(self, features: sparse.csr_matrix) -> np.ndarray:
        """Return the probability of each class, rows adding up to 1."""
        return softmax(self.scores(features) * self.scale)

    def save(self, path: Path) -> None:
        """Write the classifier as one .npz without pickles.

        Weights are written in half precision, only those of features that some training
        sentence had, and compressed here: the model's archive compresses at its utmost, which
        took twenty seconds for what takes three.

        Raises:
            ValueError: the classifier was loaded; its file is there already.
        """
        if self.used is not None:
            raise ValueError("only what has just been trained is written")
        used = np.flatnonzero(self.weights.any(axis=1)).astype(np.int32)
        np.savez_compressed(
            path,
            classes=np.array(self.classes),
            features=np.array(len(self.weights)),
            used=used,
            weights=self.weights[used].astype(np.float16),
            bias=self.bias,
            scale=np.array(self.scale),
        )

    @classmethod
    def load(cls, path: Path) -> "LinearClassifier":
        """Read what `save` wrote.

        Raises:
            OSError: the file is missing.
            ValueError: the file is not a classifier, or its parts do not fit.
        """
        with np.load(path, allow_pickle=False) as data:
            try:
                classes = tuple(str(name) for name in data["classes"])
                used, stored = data["used"], data["weights"]
                features, bias, scale = int(data["features"]), data["bias"], float(data["scale"])
            except KeyError as missing:
                raise ValueError(f"{path}: {missing} is missing") from None
        if stored.shape != (len(used), len(classes)) or bias.shape != (len(classes),):
            raise ValueError(f"{path}: weights and classes do not fit")
        if len(used) and not (used[0] >= 0 and used[-1] < features and np.all(np.diff(used) > 0)):
            raise ValueError(f"{path}: weights and features do not fit")
        return cls(classes, stored.astype(np.float32), bias, scale, used)


def _columns(features: sparse.csr_matrix, used: np.ndarray) -> sparse.csr_matrix:
    """Return the columns `used` of `features`; scipy's own slicing would visit all the others."""
    if not len(used):
        return sparse.csr_matrix((features.shape[0], 0), dtype=features.dtype)
    places = np.minimum(np.searchsorted(used, features.indices), len(used) - 1)
    values = np.where(used[places] == features.indices, features.data, 0)
    return sparse.csr_matrix((values, places, features.indptr), shape=(features.shape[0], len(used)))


@dataclass(frozen=True)
class Rehearsal:
    """What a trial model, trained on the other sentences, made of those kept back."""

    classes: tuple[str, ...]
    probabilities: np.ndarray
    """Calibrated, [sentences kept back, classes]."""

    labels: np.ndarray
    """The right class of each sentence kept back."""


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return rows of probabilities that keep the ratios exp(score)."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit(features: sparse.csr_matrix, labels: Sequence[str], strength: float) -> LinearClassifier:
    """Train on all sentences, uncalibrated; `strength` is the C of the support vectors."""
    from sklearn.svm import LinearSVC  # a second to import, and only training needs it

    machine = LinearSVC(C=strength, class_weight="balanced", random_state=SEED, tol=PRECISION)
    machine.fit(features, np.asarray(labels))
    weights, bias = machine.coef_.T, machine.intercept_
    if len(machine.classes_) == 2:  # scikit-learn keeps only the second of two
        weights, bias = np.hstack([-weights, weights]), np.concatenate([-bias, bias])
    return LinearClassifier(
        tuple(str(name) for name in machine.classes_),
        np.ascontiguousarray(weights, dtype=np.float32),
        bias.astype(np.float32),
    )


def rehearse(
    features: sparse.csr_matrix,
    labels: Sequence[str],
    strength: float,
    kept_back: Sequence[bool] | None = None,
) -> tuple[float, Rehearsal]:
    """Train on a part of the sentences; return the scale that suits the others, and how they went.

    `kept_back` says which are the others; without it a share of HELD_OUT is drawn.
    """
    from sklearn.model_selection import train_test_split

    names = np.asarray(labels)
    if kept_back is None:
        seen, unseen = train_test_split(
            np.arange(len(names)), test_size=HELD_OUT, stratify=names, random_state=SEED
        )
    else:
        seen, unseen = np.flatnonzero(~np.asarray(kept_back)), np.flatnonzero(kept_back)
    trial = fit(features[seen], names[seen], strength)
    scores = trial.scores(features[unseen])
    scale = best_scale(trial.classes, scores, names[unseen])
    return scale, Rehearsal(trial.classes, softmax(scores * scale), names[unseen])


def fit_calibrated(
    features: sparse.csr_matrix, labels: Sequence[str], strength: float
) -> LinearClassifier:
    """Train on all sentences, with the scale of a rehearsal."""
    scale, _ = rehearse(features, labels, strength)
    return replace(fit(features, labels, strength), scale=scale)


def best_scale(classes: Sequence[str], scores: np.ndarray, labels: Sequence[str]) -> float:
    """Return the factor on the scores under which the labels are most likely."""
    number = {name: column for column, name in enumerate(classes)}
    right = np.array([number[name] for name in labels])
    rows = np.arange(len(right))

    def surprise(scale: float) -> float:
        return float(-np.log(softmax(scores * scale)[rows, right] + 1e-12).mean())

    return float(minimize_scalar(surprise, bounds=(0.1, 50.0), method="bounded").x)

"""The linear classifier: honest probabilities, plain files, a threshold that it finds itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from rasa_project.nlu.linear import LinearClassifier, fit, fit_calibrated, rehearse, softmax


def clouds(per_class: int = 60, spread: float = 0.7) -> tuple[sparse.csr_matrix, list[str]]:
    """Three overlapping clouds of points in the plane, always the same."""
    random = np.random.default_rng(7)
    centres = {"left": (-1, 0), "right": (1, 0), "up": (0, 1.5)}
    points = [random.normal(c, spread, (per_class, 2)) for c in centres.values()]
    labels = [name for name in centres for _ in range(per_class)]
    return sparse.csr_matrix(np.vstack(points), dtype=np.float32), labels


def test_probabilities_add_up_to_one():
    """Every row is a distribution."""
    features, labels = clouds()
    classifier = fit_calibrated(features, labels, 1.0)
    assert classifier.probabilities(features).sum(axis=1) == pytest.approx(1.0)


def test_confidence_means_how_often_it_is_right():
    """Of sentences not trained on, the mean confidence is near the share of right ones."""
    features, labels = clouds(400)
    _, rehearsal = rehearse(features, labels, 1.0)
    best = rehearsal.probabilities.argmax(axis=1)
    right = np.array(rehearsal.classes)[best] == rehearsal.labels
    assert rehearsal.probabilities.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.05)


def test_two_trainings_give_the_same_classifier():
    """Deterministic by default."""
    features, labels = clouds()
    first, second = (fit_calibrated(features, labels, 1.0) for _ in range(2))
    assert np.array_equal(first.weights, second.weights) and first.scale == second.scale


def test_two_classes_have_a_column_each():
    """scikit-learn keeps one column for two classes; the softmax needs both."""
    features, labels = clouds()
    kept = [n for n, label in enumerate(labels) if label != "up"]
    classifier = fit(features[kept], [labels[n] for n in kept], 1.0)
    probabilities = classifier.probabilities(sparse.csr_matrix([[-2.0, 0.0], [2.0, 0.0]]))
    assert [classifier.classes[n] for n in probabilities.argmax(axis=1)] == ["left", "right"]


def test_what_was_stored_decides_as_before(tmp_path):
    """A stored classifier is the classifier, to three digits."""
    features, labels = clouds()
    classifier = fit_calibrated(features, labels, 1.0)
    classifier.save(tmp_path / "c.npz")
    again = LinearClassifier.load(tmp_path / "c.npz")
    before, after = classifier.probabilities(features), again.probabilities(features)
    assert np.allclose(before, after, atol=1e-3)
    assert np.array_equal(before.argmax(axis=1), after.argmax(axis=1))
    assert again.classes == classifier.classes


def test_features_that_no_sentence_had_take_no_memory_and_weigh_nothing(tmp_path):
    weights = np.zeros((1000, 2), np.float32)
    weights[[3, 997]] = [[1.5, -1.5], [-0.25, 0.25]]
    trained = LinearClassifier(("a", "b"), weights, np.zeros(2, np.float32))
    trained.save(tmp_path / "c.npz")
    loaded = LinearClassifier.load(tmp_path / "c.npz")
    said = sparse.identity(1000, np.float32, format="csr")
    assert loaded.weights.shape == (2, 2)
    assert np.array_equal(loaded.scores(said), trained.scores(said))


def test_a_classifier_in_which_no_feature_weighs_anything_goes_by_its_bias(tmp_path):
    trained = LinearClassifier(("a", "b"), np.zeros((5, 2), np.float32), np.array([1.0, 0.0], np.float32))
    trained.save(tmp_path / "c.npz")
    said = sparse.csr_matrix(np.ones((1, 5), np.float32))
    assert LinearClassifier.load(tmp_path / "c.npz").scores(said).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    "broken", [{"used": [3, 1000]}, {"used": [-1, 3]}, {"used": [997, 3]}, {"used": [3]}, {"bias": [0.0]}]
)
def test_a_stored_classifier_whose_parts_do_not_fit_is_refused(broken, tmp_path):
    whole = {
        "classes": np.array(["a", "b"]), "features": np.array(1000), "used": np.array([3, 997]),
        "weights": np.zeros((2, 2), np.float16), "bias": np.zeros(2), "scale": np.array(1.0),
    }  # fmt: skip
    np.savez(tmp_path / "c.npz", **{**whole, **{name: np.array(value) for name, value in broken.items()}})
    with pytest.raises(ValueError, match="do not fit"):
        LinearClassifier.load(tmp_path / "c.npz")


def test_a_file_with_pickled_objects_is_refused(tmp_path):
    """Loading a model must not be able to run code."""
    np.savez(tmp_path / "c.npz", classes=np.array([object()]), weights=1, bias=1, scale=1)
    with pytest.raises(ValueError):
        LinearClassifier.load(tmp_path / "c.npz")


def test_a_file_whose_parts_do_not_fit_is_refused(tmp_path):
    """Weights of three classes with the names of two."""
    broken = LinearClassifier(("a", "b"), np.zeros((4, 3), np.float32), np.zeros(3, np.float32))
    broken.save(tmp_path / "c.npz")
    with pytest.raises(ValueError, match="do not fit"):
        LinearClassifier.load(tmp_path / "c.npz")


def test_softmax_survives_large_scores():
    """No overflow, whatever the scale."""
    assert softmax(np.array([[1000.0, 0.0]])).tolist() == [[1.0, 0.0]]

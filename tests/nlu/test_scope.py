"""Whether a sentence is any of the intents, told from two opinions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rasa_project.nlu.scope import SIGNS, Scope, fit_scope, signs_of

OUTSIDE = 2
CLASSES = 4


def opinions(chance: np.random.Generator, outside: float, count: int) -> np.ndarray:
    """Return `count` rows of probabilities that give "out of scope" about `outside`."""
    shares = np.full(CLASSES, (1 - outside) / (CLASSES - 1))
    shares[OUTSIDE] = outside
    return chance.dirichlet(shares * 6, count)


def kept_back(good: int = 400, other: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Return the signs of sentences in scope and out of it, and which are which."""
    chance = np.random.default_rng(3)
    linear = np.vstack([opinions(chance, 0.15, good), opinions(chance, 0.55, other)])
    read = np.vstack([opinions(chance, 0.1, good), opinions(chance, 0.6, other)])
    return signs_of(linear, read, (linear + read) / 2, OUTSIDE), np.arange(good + other) < good


def test_no_more_good_sentences_are_refused_than_allowed_and_most_others_are():
    signs, good = kept_back()
    scope = fit_scope(signs, good, good, 0.05)
    refused = scope.chances(signs) <= scope.threshold
    assert refused[good].mean() <= 0.06
    assert refused[~good].mean() > 0.8


def test_two_opinions_tell_more_than_one():
    """Each opinion alone, given twice, lets more of what is out of scope pass."""
    signs, good = kept_back()

    def recognised(seen: np.ndarray) -> float:
        scope = fit_scope(seen, good, good, 0.05)
        return float((scope.chances(seen) <= scope.threshold)[~good].mean())

    alone = signs.copy()
    alone[:, [1, 5, 7]] = signs[:, [0, 4, 6]]
    assert recognised(signs) > recognised(alone)


def test_sentences_that_need_not_pass_do_not_move_the_threshold():
    """A red flag that looks like nothing known has its own judges."""
    signs, good = kept_back()
    odd = np.vstack([signs, signs[~good][:50]])
    in_scope = np.append(good, np.ones(50, bool))
    passing = np.append(good, np.zeros(50, bool))
    with_odd = fit_scope(odd, in_scope, passing, 0.05)
    assert ((with_odd.chances(signs) <= with_odd.threshold)[good]).mean() <= 0.06


def test_a_best_intent_that_only_one_opinion_names_is_less_in_scope():
    """What both would have named stands out."""
    row = np.array([[0.8, 0.1, 0.05, 0.05]])
    other = np.array([[0.1, 0.8, 0.05, 0.05]])
    mixed = (row + other) / 2
    agreed, apart = signs_of(row, row, row, OUTSIDE)[0], signs_of(row, other, mixed, OUTSIDE)[0]
    assert apart[SIGNS.index("together: best intent")] < agreed[SIGNS.index("together: best intent")]
    assert apart[SIGNS.index("reader: the best intent")] < agreed[SIGNS.index("reader: the best intent")]
    assert apart[SIGNS.index("reader: out of scope")] == agreed[SIGNS.index("reader: out of scope")]


def test_too_few_sentences_of_a_kind_are_named():
    signs, good = kept_back(good=100, other=4)
    with pytest.raises(ValueError, match="4 out of it .* more training sentences"):
        fit_scope(signs, good, good, 0.05)


def test_it_comes_back_from_its_file_as_it_was(tmp_path: Path):
    signs, good = kept_back()
    scope = fit_scope(signs, good, good, 0.05)
    scope.save(tmp_path / "scope.json")
    again = Scope.load(tmp_path / "scope.json")
    assert np.array_equal(again.chances(signs), scope.chances(signs))
    assert again.threshold == scope.threshold


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        ({"weights": [1.0], "bias": 0.0, "threshold": 0.5}, "weights for 8 signs"),
        ({"weights": [1.0] * 8, "bias": 0.0}, "threshold"),
        ({"weights": [1.0] * 8, "bias": None, "threshold": 0.5}, "weights, bias and threshold"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path: Path, stored: dict, named: str):
    path = tmp_path / "scope.json"
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ValueError, match=named):
        Scope.load(path)

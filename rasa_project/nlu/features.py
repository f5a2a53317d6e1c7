"""The features of a message as one row, whatever featurizers of the pipeline made them."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy import sparse


def feature_rows(messages: Sequence[Message]) -> sparse.csr_matrix:
    """Return the sparse and dense sentence features of `messages` side by side, float32."""
    rows = []
    for message in messages:
        _, counted = message.get_sparse_features(TEXT)
        _, encoded = message.get_dense_features(TEXT)
        parts = [part.features for part in (counted, encoded) if part is not None]
        rows.append(sparse.hstack([sparse.csr_matrix(p) for p in parts], dtype=np.float32))
    return sparse.vstack(rows, format="csr")

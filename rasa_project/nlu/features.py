"""The n-grams of messages as rows of one matrix."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy import sparse

from rasa_project.nlu.ngrams import Ngrams

NGRAMS = "ngrams"
"""Where a message in use keeps what counted its n-grams; no part of what the skill hands on."""


def feature_rows(messages: Sequence[Message]) -> sparse.csr_matrix:
    """Return the sparse sentence features of `messages`, one row each, float32."""
    # Not `get_sparse_features`, which copies what it returns.
    rows = [
        next(f.features for f in message.features if f.attribute == TEXT and f.is_sparse()).tocoo(copy=False)
        for message in messages
    ]
    # Not `sparse.vstack`, which takes ten times as long to put single rows under each other.
    return sparse.csr_matrix(
        (
            np.concatenate([row.data for row in rows]).astype(np.float32, copy=False),
            np.concatenate([row.col for row in rows]),
            np.concatenate([[0], np.cumsum([row.nnz for row in rows])]),
        ),
        shape=(len(rows), rows[0].shape[1]),
    )


def row_of(message: Message, normal: str) -> sparse.csr_matrix:
    """Return the features that `message` would have with other words, given in the normal form."""
    ngrams: Ngrams = message.get(NGRAMS)
    return ngrams.transform([normal])

"""The n-grams of messages as rows of one matrix."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy import sparse


def feature_rows(messages: Sequence[Message]) -> sparse.csr_matrix:
    """Return the sparse sentence features of `messages`, one row each, float32."""
    rows = [message.get_sparse_features(TEXT)[1].features for message in messages]
    return sparse.vstack(rows, format="csr", dtype=np.float32)

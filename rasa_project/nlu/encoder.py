"""Sentence vectors: what a sentence means, as 384 numbers.

all-MiniLM-L6-v2 (Apache-2.0) in 8 bits, run by onnxruntime; see `assets/build.py`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Sequence

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from rasa_project.assets.folder import ENCODER_FILE, TOKENIZER_FILE, assets_folder, verified

MAX_PIECES = 128
"""Longest sentence in word pieces; what follows is not read by the encoder."""

VECTOR_SIZE = 384


def session_of(model: Path) -> onnxruntime.InferenceSession:
    """Return a session that runs an ONNX file on the processor, in one thread."""
    options = onnxruntime.SessionOptions()
    # One thread: a sentence is too short to share, and speakers have few cores.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


class Encoder:
    """Turns sentences into vectors of length 1; near meanings have near vectors."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        """Load the two files; use `load_encoder` where they have to be verified."""
        self._session = session_of(model)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_PIECES)

    def encode(self, texts: Sequence[str], threads: int = 1) -> np.ndarray:
        """Return one row per text, float32, [len(texts), 384].

        Each text is run by itself: 8-bit results depend on the batch, and a sentence
        must get the same vector in training and in use.
        """
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                rows = list(pool.map(self._encode_one, texts))
        else:
            rows = [self._encode_one(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), VECTOR_SIZE)

    def _encode_one(self, text: str) -> np.ndarray:
        pieces = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        return self._session.run(None, {"input_ids": pieces})[0][0]


def load_encoder(folder: Path | None = None) -> Encoder:
    """Return the encoder of the language assets.

    Raises:
        AssetError: the assets are not built, or a file is not the one that was built.
    """
    folder = folder or assets_folder()
    return Encoder(verified(ENCODER_FILE, folder), verified(TOKENIZER_FILE, folder))

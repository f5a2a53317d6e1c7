"""Turns fine-tuned weights into the files the skill runs.

    python -m finetuning.build ENCODER_FOLDER FOLDER_OF_FINE_TUNE

Writes into `rasa_project/assets/reader/`: `reader.onnx` in 8 bits, the tokenizer of the
published encoder, `references.json` and `labels.json`, which names the SHA-256 of the first two.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

from finetuning.reader_graph import heads_of, node_of, reader_graph
from rasa_project.assets.folder import (
    LABELS_FILE,
    READER_FILE,
    READER_FOLDER,
    REFERENCES_FILE,
    TOKENIZER_FILE,
    sha256_of,
)


def build(encoder: Path, source: Path, target: Path) -> None:
    """Write the files of `target` from those of `source` and the tokenizer of `encoder`."""
    target.mkdir(parents=True, exist_ok=True)
    weights = load_file(str(source / "reader.safetensors"))
    # The heads stay exact: they are small, and the thresholds hang on them.
    kept_exact = tuple(node_of(head) for head in heads_of(weights))
    write_in_8_bits(reader_graph(weights), target / READER_FILE, kept_exact=kept_exact)
    shutil.copyfile(encoder / TOKENIZER_FILE, target / TOKENIZER_FILE)
    shutil.copyfile(source / REFERENCES_FILE, target / REFERENCES_FILE)
    labels = json.loads((source / LABELS_FILE).read_text(encoding="utf-8"))
    labels["sha256"] = sha256_of(target / READER_FILE)
    labels["tokenizer_sha256"] = sha256_of(target / TOKENIZER_FILE)
    (target / LABELS_FILE).write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")


def write_in_8_bits(exact: onnx.ModelProto, path: Path, kept_exact: tuple[str, ...]) -> None:
    """Write an ONNX model of float32 weights with its matrices in 8 bits, but for some nodes'."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unpacked = Path(folder) / "exact.onnx"
        onnx.save(exact, str(unpacked))
        quantize_dynamic(
            str(unpacked),
            str(path),
            weight_type=QuantType.QInt8,
            per_channel=True,  # per tensor, a short sentence keeps a likeness of .85 only
            reduce_range=True,  # older processors overflow with 8 bits on both sides
            nodes_to_exclude=list(kept_exact),
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def main() -> None:
    """Build and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("source", type=Path)
    parser.add_argument("--target", type=Path, default=READER_FOLDER)
    options = parser.parse_args()
    build(options.encoder, options.source, options.target)
    model = options.target / READER_FILE
    print(f"{model}: {model.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

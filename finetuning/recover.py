"""Gives back the weights of a reader that is only there in 8 bits.

    python -m finetuning.recover ENCODER_FOLDER OUT_FOLDER [--source rasa_project/assets/reader]

A round of fine-tuning goes on from exact weights, which are too large to keep in the
repository. The 8-bit file holds each matrix to half a step of its scale; what went lost in the
rounding is less than one round of learning changes. OUT_FOLDER gets `reader.safetensors` and
`labels.json`, as `fine_tune.py` writes them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Mapping

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

from finetuning.reader_graph import LAYERS
from rasa_project.assets.folder import LABELS_FILE, READER_FILE, READER_FOLDER

WEIGHTS = "reader.safetensors"
PARTS = ("query", "key", "value")
HEADS = ("answer", "flags", "intent", "third_person", "tier")


def recover(encoder: Mapping[str, np.ndarray], model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Return the tensors of a reader by their published names.

    Args:
        encoder: the published tensors; word and place vectors are theirs, learning left them alone.
        model: what `build.write_in_8_bits` wrote.

    Raises:
        KeyError: the model is none of ours.
    """
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}

    def exact(name: str) -> np.ndarray:
        if name in held:
            return held[name]
        steps, scale = held[f"{name}_quantized"], held[f"{name}_scale"]
        return (steps.astype(np.float32) - held[f"{name}_zero_point"]) * scale

    unused = ("pooler.", "embeddings.position_ids")
    found = {name: tensor for name, tensor in encoder.items() if not name.startswith(unused)}
    for name in found:
        if name in held:  # biases and norms
            found[name] = held[name]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        matrices = np.split(exact(f"{layer}.qkv"), len(PARTS), axis=1)
        biases = np.split(held[f"{layer}.qkv_bias"], len(PARTS))
        for part, matrix, bias in zip(PARTS, matrices, biases):
            found[f"{layer}.attention.self.{part}.weight"] = matrix.T
            found[f"{layer}.attention.self.{part}.bias"] = bias
        for dense in ("attention.output.dense", "intermediate.dense", "output.dense"):
            found[f"{layer}.{dense}.weight"] = exact(f"{layer}.{dense}.weight.T").T
    # Place and kind of sentence were added up when the graph was written.
    kind = encoder["embeddings.token_type_embeddings.weight"]
    places = exact("places")
    found["embeddings.position_embeddings.weight"] = encoder["embeddings.position_embeddings.weight"].copy()
    found["embeddings.position_embeddings.weight"][: len(places)] = places - kind[0]
    for head in HEADS:
        found[f"heads.{head}.weight"] = exact(f"heads.{head}.weight.T").T
        found[f"heads.{head}.bias"] = held[f"heads.{head}.bias"]
    return {name: np.ascontiguousarray(tensor) for name, tensor in found.items()}


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", type=Path, default=READER_FOLDER)
    options = parser.parse_args()
    published = load_file(str(options.encoder / "model.safetensors"))
    tensors = recover(published, onnx.load(str(options.source / READER_FILE)))
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(options.out / WEIGHTS))
    labels = json.loads((options.source / LABELS_FILE).read_text(encoding="utf-8"))
    known = {name: labels[name] for name in ("flags", "tiers", "intents", "answers")}
    (options.out / LABELS_FILE).write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

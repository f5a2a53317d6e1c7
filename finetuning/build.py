"""Turns fine-tuned weights into the file the skill runs.

    python -m finetuning.build FOLDER_OF_FINE_TUNE

Runs in the skill's own environment. Writes `reader.onnx` in 8 bits and `labels.json`,
with the SHA-256 of the former, into `rasa_project/assets/reader/`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from safetensors.numpy import load_file

from rasa_project.assets.build import write_in_8_bits
from rasa_project.assets.folder import sha256_of
from rasa_project.assets.minilm_graph import reader_graph
from rasa_project.nlu.reader import LABELS_FILE, MODEL_FILE, READER_FOLDER

HEADS = ("answer", "flags", "intent", "third_person", "tier")


def build(source: Path, target: Path) -> None:
    """Write the two files of `target` from `reader.safetensors` and `labels.json` of `source`."""
    target.mkdir(parents=True, exist_ok=True)
    weights = load_file(str(source / "reader.safetensors"))
    # The heads stay exact: they are small, and the thresholds hang on them.
    write_in_8_bits(reader_graph(weights), target / MODEL_FILE, kept_exact=HEADS)
    labels = json.loads((source / LABELS_FILE).read_text(encoding="utf-8"))
    labels["sha256"] = sha256_of(target / MODEL_FILE)
    (target / LABELS_FILE).write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Build and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--target", type=Path, default=READER_FOLDER)
    options = parser.parse_args()
    build(options.source, options.target)
    model = options.target / MODEL_FILE
    print(f"{model}: {model.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

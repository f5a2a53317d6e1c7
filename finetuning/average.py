"""Averages the weights of two rounds of fine-tuning.

    python -m finetuning.average OLDER_FOLDER NEWER_FOLDER OUT_FOLDER [--share 0.7]

A round that went on from another with much new
material forgets a little of the old; between the two weights lie ones that know both
(Wortsman et al. 2022, "Model soups"). Both folders must come from one line of rounds.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from safetensors.numpy import load_file, save_file

from rasa_project.assets.folder import LABELS_FILE

WEIGHTS = "reader.safetensors"
SHARE = 0.7
"""How much the newer round counts, 0 to 1."""


def average(older: Path, newer: Path, out: Path, share: float = SHARE) -> None:
    """Write the averaged weights and the labels of both; a task only the newer knows stays its own.

    Raises:
        SystemExit: the labels are others, or a tensor has another shape.
    """
    labels = json.loads((newer / LABELS_FILE).read_text(encoding="utf-8"))
    earlier = json.loads((older / LABELS_FILE).read_text(encoding="utf-8"))
    if any(labels.get(task) != names for task, names in earlier.items()):
        raise SystemExit(f"{older} and {newer} have other labels; they cannot be averaged.")
    old, new = load_file(str(older / WEIGHTS)), load_file(str(newer / WEIGHTS))
    out.mkdir(parents=True, exist_ok=True)
    mixed = {}
    for name, tensor in new.items():
        before = old.get(name, tensor if name.startswith("heads.") else None)
        if before is None or before.shape != tensor.shape:
            raise SystemExit(f"{name} is not the same tensor in {older}; train from the same encoder.")
        mixed[name] = ((1 - share) * before + share * tensor).astype(tensor.dtype)
    save_file(mixed, str(out / WEIGHTS))
    (out / LABELS_FILE).write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Average what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("older", "newer", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--share", type=float, default=SHARE)
    options = parser.parse_args()
    average(options.older, options.newer, options.out, options.share)


if __name__ == "__main__":
    main()

"""Writes what the exact weights say of a few sentences, for the test of the 8-bit file.

    python -m finetuning.references ENCODER_FOLDER FOLDER_OF_FINE_TUNE

torch computes it from the published network's own code, the skill runs a graph written by hand
in 8 bits (`reader_graph.py`, `build.py`); `tests/nlu/test_reader.py` compares the two. Writes
`references.json`: a list of {"text", "logits": {head: [numbers]}}.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from finetuning.fine_tune import Reader
from rasa_project.assets.folder import LABELS_FILE, REFERENCES_FILE, TOKENIZER_FILE

SENTENCES = (
    "my lower back cramped",
    "i can not feel anything between my legs",
    "none missing my groin",
    "yes",
    "should i use heat or ice",
    "my husband has lost control of his bladder",
    "my legs are tired from the garden but they hold me up fine",
    "play some jazz",
    "i was lifting a box out of the car and something went in the middle of my back and now i am "
    "stuck on the kitchen floor and i do not dare to move is it okay to lie here for a while",
    "how long do i hold this one",
)
"""In the skill's normal form; short and long, calm and not."""

DIGITS = 4


def references(encoder: Path, folder: Path) -> list[dict]:
    """Return every sentence with the logits of every head, from the weights in `folder`."""
    labels = json.loads((folder / LABELS_FILE).read_text(encoding="utf-8"))
    reader = Reader(encoder, *(len(labels[name]) for name in ("flags", "intents", "answers")))
    tensors = load_file(str(folder / "reader.safetensors"))
    reader.load_state_dict({n if n.startswith("heads.") else f"body.{n}": t for n, t in tensors.items()})
    reader.eval()
    tokenizer = Tokenizer.from_file(str(encoder / TOKENIZER_FILE))
    tokenizer.no_padding()
    found = []
    for text in SENTENCES:
        pieces = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            logits = reader(pieces, torch.ones_like(pieces))
        rows = {head: [round(float(x), DIGITS) for x in row[0].reshape(-1)] for head, row in logits.items()}
        found.append({"text": text, "logits": rows})
    return found


def main() -> None:
    """Write the file beside the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    path = options.folder / REFERENCES_FILE
    path.write_text(json.dumps(references(options.encoder, options.folder)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

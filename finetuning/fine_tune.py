"""Fine-tunes the sentence encoder to read red flags and intents at once.

    python finetuning/fine_tune.py ENCODER_FOLDER examples.jsonl OUT_FOLDER [--go-on-from FOLDER]

ENCODER_FOLDER holds the published all-MiniLM-L6-v2 (`config.json`, `model.safetensors`,
`tokenizer.json`). Needs an environment of its own (`finetuning/requirements.txt`): torch
and transformers are used here and nowhere else. OUT_FOLDER gets `reader.safetensors`
(the tensors under their published names and the heads) and `labels.json`. A later round
with more sentences goes on from the weights of the one before.

One network learns five things from one vector, the mean over the words: which flags the
speaker reports as their own and current, how urgent that is, whether it is about somebody
else, the intent, and which of the answers a question asks for. The word vectors stay as published: sentences are too few to learn
words from, and a word nobody wrote keeps its place among its neighbours.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

SEED = 20261122
EPOCHS = 3
BATCH = 64
LONGEST = 64
"""Word pieces read of a sentence in training; few are longer."""

BODY_RATE, HEAD_RATE = 2e-4, 2e-3
"""Highest learning rates of the encoder's layers and of the new heads."""

TIERS = ("none", "see_clinician_soon", "same_day", "emergency_now")
WEIGHTS = {"flags": 1.0, "tier": 0.5, "third_person": 0.3, "intent": 0.5, "answer": 0.5}
"""How much each of the five tasks counts in the loss."""

DROPPED = 0.1
NOT_TOLD = -1


class Reader(nn.Module):
    """The encoder with one linear head a task."""

    def __init__(self, encoder: Path, flags: int, intents: int, answers: int) -> None:
        super().__init__()
        self.body = BertModel.from_pretrained(encoder, add_pooling_layer=False)
        self.body.embeddings.word_embeddings.weight.requires_grad = False
        size = self.body.config.hidden_size
        self.drop = nn.Dropout(DROPPED)
        self.heads = nn.ModuleDict(
            {
                "flags": nn.Linear(size, flags),
                "tier": nn.Linear(size, len(TIERS)),
                "third_person": nn.Linear(size, 1),
                "intent": nn.Linear(size, intents),
                "answer": nn.Linear(size, answers),
            }
        )

    def forward(self, pieces: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the logits of each task for a batch of padded word pieces."""
        hidden = self.body(input_ids=pieces, attention_mask=mask).last_hidden_state
        words = mask.unsqueeze(-1)
        mean = self.drop((hidden * words).sum(1) / words.sum(1))
        return {name: head(mean) for name, head in self.heads.items()}


def loss_of(logits: dict[str, torch.Tensor], batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the weighted loss; what a sentence does not tell costs nothing."""
    binary = nn.functional.binary_cross_entropy_with_logits
    flags = binary(logits["flags"], batch["flags"], reduction="none") * batch["known"]
    parts = {
        "flags": flags.sum(1).mean(),
        "third_person": binary(logits["third_person"][:, 0], batch["third_person"]),
    }
    for task in ("tier", "intent", "answer"):
        if (batch[task] != NOT_TOLD).any():
            parts[task] = nn.functional.cross_entropy(
                logits[task], batch[task], ignore_index=NOT_TOLD
            )
    return sum(WEIGHTS[name] * part for name, part in parts.items())


class Examples:
    """The training sentences as tensors, a batch at a time."""

    def __init__(self, lines: Sequence[dict[str, Any]], tokenizer: Tokenizer) -> None:
        self.flags = sorted({flag for line in lines for flag in line["flags"]})
        self.intents = sorted({line["intent"] for line in lines if line["intent"]})
        self.answers = sorted({line["answer"] for line in lines if line["answer"]})
        self._lines = [line for line in lines if not line["kept_back"]]
        self._pieces = [tokenizer.encode(line["text"]).ids for line in self._lines]

    def __len__(self) -> int:
        return len(self._lines)

    def batches(self, chance: random.Random) -> list[list[int]]:
        """Return the sentences' numbers in batches of like length, in random order."""
        order = list(range(len(self)))
        chance.shuffle(order)
        pools = [order[n : n + 20 * BATCH] for n in range(0, len(order), 20 * BATCH)]
        batches = [
            pool[n : n + BATCH]
            for pool in (sorted(p, key=lambda m: len(self._pieces[m])) for p in pools)
            for n in range(0, len(pool), BATCH)
        ]
        chance.shuffle(batches)
        return batches

    def tensors(self, numbers: Sequence[int]) -> dict[str, torch.Tensor]:
        """Return a batch: padded pieces, their mask, and the labels of the five tasks."""
        width = max(len(self._pieces[n]) for n in numbers)
        pieces = np.zeros((len(numbers), width), np.int64)
        flags = np.zeros((len(numbers), len(self.flags)), np.float32)
        known = np.ones_like(flags)
        for row, number in enumerate(numbers):
            line = self._lines[number]
            pieces[row, : len(self._pieces[number])] = self._pieces[number]
            flags[row, [self.flags.index(f) for f in line["flags"]]] = 1
            known[row, [self.flags.index(f) for f in line["unknown"]]] = 0
        lines = [self._lines[n] for n in numbers]
        return {
            "pieces": torch.from_numpy(pieces),
            "mask": torch.from_numpy((pieces != 0).astype(np.int64)),
            "flags": torch.from_numpy(flags),
            "known": torch.from_numpy(known),
            "tier": _classes(TIERS, [e["tier"] for e in lines]),
            "third_person": torch.tensor([float(e["third_person"]) for e in lines]),
            "intent": _classes(self.intents, [e["intent"] for e in lines]),
            "answer": _classes(self.answers, [e["answer"] for e in lines]),
        }


def _classes(names: Sequence[str], labels: Sequence[str | None]) -> torch.Tensor:
    """Return the labels as numbers, NOT_TOLD for none."""
    return torch.tensor([NOT_TOLD if label is None else names.index(label) for label in labels])


def train(reader: Reader, examples: Examples, out: Path, epochs: int, pace: float) -> None:
    """Train for so many epochs at `pace` times the usual rates, writing the weights after each."""
    body = [p for p in reader.body.parameters() if p.requires_grad]
    rates = [pace * BODY_RATE, pace * HEAD_RATE]
    optimizer = torch.optim.AdamW(
        [{"params": body}, {"params": reader.heads.parameters()}], weight_decay=0.01
    )
    chance = random.Random(SEED)
    steps = epochs * len(examples.batches(random.Random(SEED)))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, steps, pct_start=0.1)
    begun = time.monotonic()
    done = 0
    for epoch in range(1, epochs + 1):
        reader.train()
        for numbers in examples.batches(chance):
            batch = examples.tensors(numbers)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = reader(batch["pieces"], batch["mask"])
            loss = loss_of({name: part.float() for name, part in logits.items()}, batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            if done % 50 == 0:
                took = time.monotonic() - begun
                print(f"step {done} of {steps}, loss {loss.item():.3f}, {took:.0f} s", flush=True)
        save(reader, examples, out)
        print(f"epoch {epoch} written", flush=True)


def save(reader: Reader, examples: Examples, out: Path) -> None:
    """Write tensors and labels."""
    tensors = {name: t.contiguous().clone() for name, t in reader.body.state_dict().items()}
    for name, head in reader.heads.items():
        tensors[f"heads.{name}.weight"] = head.weight.detach().clone()
        tensors[f"heads.{name}.bias"] = head.bias.detach().clone()
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(out / "reader.safetensors"))
    labels = {
        "flags": examples.flags,
        "tiers": TIERS,
        "intents": examples.intents,
        "answers": examples.answers,
    }
    (out / "labels.json").write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")


def go_on_from(reader: Reader, examples: Examples, folder: Path) -> None:
    """Load the weights of an earlier round; a task it did not learn begins anew.

    Raises:
        SystemExit: the labels of a task are others.
    """
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    now = {"flags": examples.flags, "intents": examples.intents, "answers": examples.answers}
    changed = [task for task, names in now.items() if labels.get(task, names) != names]
    if changed:
        raise SystemExit(f"{folder}: {', '.join(changed)} have changed; train from the published encoder.")
    tensors = load_file(str(folder / "reader.safetensors"))
    renamed = {n if n.startswith("heads.") else f"body.{n}": t for n, t in tensors.items()}
    missing, unknown = reader.load_state_dict(renamed, strict=False)
    if unknown or any(not name.startswith("heads.") for name in missing):
        raise SystemExit(f"{folder}: not the weights of such a reader.")


def main() -> None:
    """Read, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("encoder", "examples", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--go-on-from", type=Path, help="a folder written earlier")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--pace", type=float, default=1.0, help="times the usual learning rates")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    # More threads than free cores wait for each other.
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(options.encoder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    lines = [json.loads(line) for line in options.examples.read_text(encoding="utf-8").splitlines()]
    examples = Examples(lines, tokenizer)
    sizes = len(examples.flags), len(examples.intents), len(examples.answers)
    reader = Reader(options.encoder, *sizes)
    if options.go_on_from:
        go_on_from(reader, examples, options.go_on_from)
    counted = zip(sizes, ("flags", "intents", "answers"))
    print(f"{len(examples)} sentences,", ", ".join(f"{n} {name}" for n, name in counted))
    train(reader, examples, options.out, options.epochs, options.pace)


if __name__ == "__main__":
    main()

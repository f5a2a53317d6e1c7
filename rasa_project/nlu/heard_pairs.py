"""Reads what was said aloud and what a recogniser wrote down (written by `finetuning/hear.py`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Iterator

from rasa_project.care.errors import ContentError


def heard_pairs(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what was said and what a recogniser wrote down, of every file in `folder`.

    Raises:
        ContentError: a line of a file is broken.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                pair = json.loads(line)
                yield str(pair["said"]), str(pair["heard"])
            except (ValueError, KeyError, TypeError):
                raise ContentError(
                    f'{path}, line {number}: is no pair; a line is {{"said": "…", "heard": "…"}}. '
                    "Delete it, or write it anew with finetuning/hear.py."
                ) from None

"""What is said to a bot while it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

import yaml

FILE = Path(__file__).with_name("conversations.yml")


@dataclass(frozen=True)
class Script:
    """Everything that is said to one bot."""

    conversations: tuple[tuple[str, ...], ...]
    begin: tuple[str, ...]
    """How the long conversation begins."""

    asked: tuple[str, ...]
    """What is asked early and late in it; the times of these turns are compared."""

    between: tuple[str, ...]

    def turns(self, label: str) -> Iterator[tuple[str, str]]:
        """Yield (sender, text) without end, every conversation by somebody new."""
        for number, conversation in enumerate(cycle(self.conversations)):
            for text in conversation:
                yield f"{label}_{number}", text

    def long(self, turns: int) -> Sequence[str]:
        """Return a conversation of `turns` turns whose third and last turns ask the same things."""
        middle = turns - len(self.begin) - 2 * len(self.asked)
        if middle < 0:
            raise ValueError(f"{turns} turns are too few for a long conversation.")
        return [*self.begin, *self.asked, *islice(cycle(self.between), middle), *self.asked]


@lru_cache(maxsize=None)
def script(key: str) -> Script:
    """Return what is said to the bot `key`: ours or default."""
    found: Mapping[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))[key]
    long = found["long"]
    return Script(
        tuple(tuple(map(str, conversation)) for conversation in found["conversations"]),
        tuple(long["begin"]),
        tuple(long["asked"]),
        tuple(long["between"]),
    )

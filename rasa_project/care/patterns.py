"""Compiled patterns of the content, each compiled once.

`re` itself keeps 512; the content has several times as many, so that its own store would
compile hundreds of them anew at every turn.
"""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=None)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return `pattern` compiled; for patterns of the content, never for anybody's words.

    Raises:
        re.error: it is none.
    """
    return re.compile(pattern)


@lru_cache(maxsize=None)
def in_whole_words(pattern: str) -> re.Pattern[str]:
    """Return `pattern` compiled so that it begins and ends where words do; see `compiled`."""
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")

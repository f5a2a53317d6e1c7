"""Parts of a text file between two marks, written by a program."""

from __future__ import annotations

from pathlib import Path


def between(path: Path, begin: str, end: str) -> str:
    """Return what stands between the marks.

    Raises:
        ValueError: the file lacks one of them.
    """
    text = path.read_text(encoding="utf-8")
    if begin not in text or end not in text.split(begin, 1)[1]:
        raise ValueError(f"{path}: the marks '{begin}' and '{end}' are missing; put them back.")
    return text.split(begin, 1)[1].split(end, 1)[0]


def replace_between(path: Path, begin: str, end: str, body: str) -> None:
    """Put `body` between the marks and leave the rest as it is; raises as `between` does."""
    between(path, begin, end)
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(begin, 1)
    path.write_text(f"{before}{begin}\n{body}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")

"""Looks into a model file before Rasa unpacks and loads it.

A model is an archive that names Python classes and holds their data; loading a crafted one
has run foreign code in Rasa before (CVE-2024-49375). What training here writes is plain:
JSON, arrays of numbers, a domain. Everything else is refused before a byte is unpacked.
"""

from __future__ import annotations

import ast
import gzip
import io
import json
import re
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any, Iterator

from rasa_project.care.errors import UnknotError

SUFFIXES = frozenset({".json", ".npz", ".yml"})
"""Files that our components and Rasa's policies write; none of them holds code."""

CLASSES = re.compile(r"rasa(_project\.(nlu|policies))?\.[A-Za-z0-9_.]+")
"""Modules that a model may name: Rasa's own, and ours for understanding and deciding."""

MOST_FILES = 1000
MOST_BYTES = 500_000_000
"""Bytes of all files unpacked; ours have about 40 million."""

METADATA = "metadata.json"
BLOCK = 1 << 20

DAMAGED = "it is damaged"

UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    NotImplementedError,
    RecursionError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the libraries raise for a file that was cut off or overwritten."""


class ModelRefused(UnknotError):
    """A model file that training here does not write; the message says what is odd about it."""


class ModelDamaged(ModelRefused):
    """A file that is no whole archive: cut off, overwritten, empty."""


def check_model(model: Path) -> None:
    """Return if `model` holds nothing but data and names no foreign class.

    Raises:
        ModelRefused: it does, or it is no model at all.
        ModelDamaged: it cannot be read to its end.
    """
    refused: type[ModelRefused]
    try:
        with tarfile.open(model, "r:gz") as archive:
            names = _check_members(archive)
            if METADATA not in names:
                raise _Odd(f"it has no {METADATA}")
            assert archive.fileobj is not None
            while archive.fileobj.read(BLOCK):
                pass  # the checksum stands behind the last file
        return
    except _Odd as odd:
        # Damage can look like anything; only a whole file was made the way it is.
        reason, refused = (str(odd), ModelRefused) if _is_whole(model) else (DAMAGED, ModelDamaged)
    except UNREADABLE:
        reason, refused = DAMAGED, ModelDamaged
    raise refused(
        f"The model {model.name} is not loaded: {reason}. Delete it; the next start trains it anew."
    )


class _Odd(Exception):
    """What training here never writes."""


def _is_whole(model: Path) -> bool:
    """Return whether the file's own checksum, at its end, fits what is in it."""
    try:
        with gzip.open(model) as file:
            while file.read(BLOCK):
                pass
    except UNREADABLE:
        return False
    return True


def _check_members(archive: tarfile.TarFile) -> set[str]:
    names: set[str] = set()
    left = MOST_BYTES
    for member in archive:
        path = PurePosixPath(member.name)
        if member.isdir() and member.name in ("", "/", "."):
            continue
        if path.is_absolute() or ".." in path.parts or "\\" in member.name:
            raise _Odd("a file of it would be written elsewhere")
        if member.isdir():
            continue
        if not member.isreg():
            raise _Odd("it holds a link or a device")
        if path.suffix not in SUFFIXES:
            raise _Odd(f"it holds a file of the kind '{path.suffix[:12]}'")
        if str(path) in names or len(names) >= MOST_FILES:
            raise _Odd("it holds a file twice, or too many")
        left -= member.size
        if left < 0:
            raise _Odd("it is too large")
        names.add(str(path))
        content = archive.extractfile(member)
        assert content is not None  # a regular file
        _check_content(path, content.read())
    return names


def _check_content(path: PurePosixPath, content: bytes) -> None:
    if path.suffix == ".npz":
        _check_arrays(content)
    elif path.suffix == ".json":
        if str(path) != METADATA and b"py/" not in content and b"\\u00" not in content:
            return  # plain at a glance; parsing tens of megabytes would delay each start
        found = json.loads(content)
        for key, value in _items(found):
            # How jsonpickle writes objects to be made, with their constructors.
            if key.startswith("py/"):
                raise _Odd("its data would make objects")
            if str(path) == METADATA and key == "uses" and not CLASSES.fullmatch(str(value)):
                raise _Odd("it names a class that is neither Rasa's nor this skill's")
    elif b"!!python" in content:
        raise _Odd("its data would make objects")


def _check_arrays(content: bytes) -> None:
    """Look at the head of each array: one of objects is a pickle."""
    with zipfile.ZipFile(io.BytesIO(content)) as arrays:
        for info in arrays.infolist():
            if not info.filename.endswith(".npy") or info.file_size > MOST_BYTES:
                raise _Odd("it holds arrays of another kind")
            with arrays.open(info) as array:
                head = array.read(12)
                if head[:6] != b"\x93NUMPY":
                    raise _Odd("it holds arrays of another kind")
                size, given = (2, head[8:10]) if head[6] == 1 else (4, head[8:12])
                length = min(int.from_bytes(given, "little"), 10_000)
                text = (head[8 + size :] + array.read(length - (4 - size)))[:length]
            if not _of_numbers(ast.literal_eval(text.decode("latin-1").strip())):
                raise _Odd("it holds arrays of objects")


def _of_numbers(head: Any) -> bool:
    descr = head.get("descr") if isinstance(head, dict) else None
    return isinstance(descr, str) and re.fullmatch(r"[<>|=]?[biufcSU][0-9]+", descr) is not None


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value, however deep it lies."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)

"""Where the language assets lie, and whether they are what was built.

The folder's name carries the version, so an update never meets old files and a
cache that looks only at names cannot mistake one for the other.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from rasa_project.care.errors import AssetError

ASSETS_VERSION = "language-v2"
"""Raise the number with every change of what is built or of the pins it is built with."""

DEFAULT_ROOT = Path(__file__).resolve().parents[2] / ".assets"
ROOT_SETTING = "SKILL_ASSETS_DIR"
MANIFEST = "manifest.json"
SPACY_FOLDER = "spacy_en"
READER_FOLDER = Path(__file__).resolve().parent / "reader"
"""What is kept with the code and not built here: the fine-tuned reader."""
READER_FILE = "reader.onnx"
LABELS_FILE = "labels.json"
TOKENIZER_FILE = "tokenizer.json"
REFERENCES_FILE = "references.json"
BUILD_COMMAND = "python -m rasa_project.assets.build"


def assets_root() -> Path:
    """Return the folder that holds one folder per version: `SKILL_ASSETS_DIR` or `.assets`."""
    return Path(os.environ.get(ROOT_SETTING) or DEFAULT_ROOT)


def assets_folder() -> Path:
    """Return the folder of this version; it exists only once it is built."""
    return assets_root() / ASSETS_VERSION


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write_manifest(folder: Path, built_with: dict[str, str]) -> None:
    """Write name and SHA-256 of every file below `folder`, and the versions that made them."""
    files = {
        str(path.relative_to(folder)): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    manifest = {"version": ASSETS_VERSION, "built_with": built_with, "sha256": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def verified(name: str, folder: Path | None = None) -> Path:
    """Return the path of asset `name` after checking it against the manifest.

    Args:
        name: a file, or a folder whose files are all checked.

    Raises:
        AssetError: the assets are not built, a file is missing or was changed.
    """
    folder = folder or assets_folder()
    expected = {
        file: digest
        for file, digest in _hashes(folder).items()
        if file == name or file.startswith(f"{name}/")
    }
    if not expected:
        raise AssetError(f"{folder}: the manifest does not list '{name}'. {_mend(folder)}")
    for file, digest in expected.items():
        path = folder / file
        if not path.is_file() or sha256_of(path) != digest:
            raise AssetError(f"{path}: missing or not the file that was built. {_mend(folder)}")
    return folder / name


def _hashes(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    if not path.is_file():
        raise AssetError(f"{folder}: the language assets are not built. Run: {BUILD_COMMAND}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError):
        raise AssetError(f"{path}: not a manifest. {_mend(folder)}") from None


def _mend(folder: Path) -> str:
    return f"Delete that folder ({folder}) and run: {BUILD_COMMAND}"

"""Tells whether anything that a trained model depends on has changed."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from pathlib import Path
from typing import Iterator

from rasa_project.settings import PROJECT

DATA = (
    "config.yml",
    "domain",
    "domain.yml",
    "data",
    "rasa_project/content/self_care.yml",
    "rasa_project/content/red_flags.yml",
)
"""What is trained from. Rasa's own cache sees changes here and retrains only what they touch."""

CODE = (
    "rasa_project/nlu",
    "rasa_project/policies",
    "rasa_project/assets/folder.py",
    "rasa_project/assets/pronunciation",
    "rasa_project/assets/reader/labels.json",
    "rasa_project/care/errors.py",
    "rasa_project/care/loading.py",
    "rasa_project/care/normalise.py",
    "rasa_project/care/numbers.py",
    "rasa_project/content/normalise.yml",
    "requirements.lock",
)
"""What decides how training works; Rasa's cache does not look behind a component's own class."""

CONTENT = (
    *DATA,
    "credentials.yml",
    "endpoints.yml",
    "rasa_project/care",
    "rasa_project/channels",
    "rasa_project/content",
    "rasa_project/pictures",
    "rasa_project/launch/content_check.py",
    "requirements.lock",
)
"""What the skill knows and says, and the code that reads and checks it."""

NOT_TRAINED = ("rasa_project/nlu/red_flag_detector.py",)
"""Reads its rules when the model is loaded, so that changed rules hold without training."""

ENGINE_PACKAGES = ("rasa", "numpy", "scikit-learn", "onnxruntime", "spacy")
"""Installed packages whose version shows in a model; installed ones may differ from the lock."""

SUFFIXES = (".py", ".yml", ".yaml", ".json", ".lock", ".txt", ".npz")
DIGITS = 16
"""Hexadecimal digits of a fingerprint in a file name: 64 bits, no accidental equal."""


def _files(root: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    for part in parts:
        path = root / part
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.suffix in SUFFIXES
                and "__pycache__" not in file.parts
                and file.relative_to(root).as_posix() not in NOT_TRAINED
            )


def _hash(root: Path, parts: tuple[str, ...], *extra: str) -> str:
    digest = hashlib.sha256()
    for file in _files(root, parts):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    for value in extra:
        digest.update(f"{value}\n".encode())
    return digest.hexdigest()[:DIGITS]


def code_fingerprint(root: Path = PROJECT) -> str:
    """Return the fingerprint of everything but the training data itself."""
    versions = []
    for package in ENGINE_PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} -")
    return _hash(root, CODE, f"python {platform.python_version()}", *versions)


def model_fingerprint(root: Path = PROJECT) -> str:
    """Return the fingerprint of all inputs of training; equal inputs give equal models."""
    return _hash(root, DATA, code_fingerprint(root))


def content_fingerprint(root: Path = PROJECT) -> str:
    """Return the fingerprint of all content and of the code that checks it."""
    return _hash(root, CONTENT)

"""Builds the language assets once, from installed packages, without a network.

    python -m rasa_project.assets.build

Everything is made in a folder beside the final one and renamed at the end: an
interrupted build leaves nothing that looks finished, and the next one starts clean.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from pathlib import Path
from typing import Callable

from rasa_project.assets.folder import MANIFEST, SPACY_FOLDER, assets_folder, write_manifest

BUILT_WITH = ("medspacy", "spacy")

Progress = Callable[[str, float], None]
"""Called with what is being done and how much is done, 0 to 1."""


def ensure_assets(progress: Progress | None = None) -> Path:
    """Return the folder of the language assets, building them first where they are missing."""
    folder = assets_folder()
    if not (folder / MANIFEST).is_file():
        _build(folder, progress or (lambda what, done: None))
    return folder


def _build(folder: Path, progress: Progress) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left_over in folder.parent.glob(f"{folder.name}.building-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    workshop = Path(tempfile.mkdtemp(prefix=f"{folder.name}.building-", dir=folder.parent))
    try:
        progress("building the language pipeline", 0.0)
        _build_spacy(workshop / SPACY_FOLDER)
        write_manifest(workshop, {p: importlib.metadata.version(p) for p in BUILT_WITH})
        workshop.chmod(0o755)  # mkdtemp hides its folder from other users
        if folder.exists():  # without a manifest: not ours to trust
            shutil.rmtree(folder)
        workshop.rename(folder)
        progress("language assets ready", 1.0)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _build_spacy(folder: Path) -> None:
    """Save the pipeline of the red-flag detector: tokenizer, targets, ConText with lay rules."""
    # Imported here: only a build needs it, and spaCy is slow to import.
    from rasa_project.care.red_flags.pipeline import build_pipeline

    build_pipeline().to_disk(folder)


def main() -> None:
    """Build, showing each step in the terminal."""
    from rich.console import Console

    console = Console()
    folder = ensure_assets(lambda what, done: console.print(f"{done:4.0%}  {what}"))
    console.print(f"Language assets: {folder}")


if __name__ == "__main__":
    main()

"""Trains the model when an input changed, in a process of its own.

    python -m rasa_project.launch.training [--force]

A model file carries the fingerprint of what it was made from, so a changed input finds
no model and an unchanged one finds its own. Training ends with a rename: an interrupted
one leaves no model, and the parts it finished come from Rasa's cache the next time. Beside
the model lies its SHA-256, so that a file that was damaged since is trained anew.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from rasa_project.assets.folder import sha256_of
from rasa_project.care.errors import UnknotError
from rasa_project.launch.apart import run_apart
from rasa_project.launch.fingerprint import code_fingerprint, model_fingerprint
from rasa_project.launch.model_check import ModelDamaged, check_model
from rasa_project.launch.progress import Step, Steps
from rasa_project.settings import PROJECT, settings

MODELS = PROJECT / "models"
CACHES = PROJECT / ".rasa" / "cache"
KEPT_MODELS = 2
"""The current model and the one before it, for switching a change back and forth."""
TYPICAL_S = 75.0

class TrainingError(UnknotError):
    """The model could not be trained; the message names the log that says why."""


def model_path(root: Path = PROJECT) -> Path:
    """Return where the model of the present inputs belongs, trained or not."""
    return root / "models" / f"{model_fingerprint(root)}.tar.gz"


def ensure_model(steps: Steps, force: bool = False) -> Path:
    """Return the model of the present inputs, training it first where it is missing.

    A model file that is damaged, or not what training wrote, is replaced as well.

    Raises:
        TrainingError: training failed.
        ModelRefused: the file is no damaged model but a crafted one.
    """
    model = model_path()
    there = model.is_file()
    if there and not force and not is_whole(model):
        steps.console.print(
            f"The model file {model.name} is damaged: it is trained anew.",
            highlight=False,
            soft_wrap=True,
        )
        # Parts in the cache may have been damaged by what damaged the model.
        there, force = False, True
    if force or not there:
        with steps.step("training", "Learning how people speak", TYPICAL_S) as step:
            _train_apart(model, step, force)
        _prune(model)
    else:
        # Tests and measurements take the newest model; after switching back that is this one.
        with suppress(OSError):  # a read-only folder
            os.utime(model)
    return model


def is_whole(model: Path) -> bool:
    """Return whether the file is the one that training wrote.

    Raises:
        ModelRefused: it is another one, with more in it than data.
    """
    digest = sha256_of(model)
    try:
        noted = _digest_file(model).read_text(encoding="utf-8", errors="replace").split()[:1]
    except OSError:
        noted = None  # a model from elsewhere
    if noted == [digest]:
        return True
    try:
        check_model(model)
    except ModelDamaged:
        return False
    if noted is None:
        with suppress(OSError):  # a read-only folder
            _note(model, digest)
    return noted is None


def _note(model: Path, digest: str) -> None:
    """Write beside the model what its content has to be from now on."""
    _digest_file(model).write_text(f"{digest}  {model.name}\n", encoding="utf-8")


def _digest_file(model: Path) -> Path:
    return model.with_name(f"{model.name}.sha256")


def _train_apart(model: Path, step: Step, force: bool) -> None:
    """Train in a child process and move the finished model to its place."""
    log = settings().log_dir / "train.log"
    model.parent.mkdir(parents=True, exist_ok=True)
    half_done = model.with_name(f".{os.getpid()}.{model.name}")
    try:
        trained = run_apart(
            "rasa_project.launch.trainer",
            [str(half_done)],
            step,
            log,
            {"RASA_CACHE_DIRECTORY": str(_cache(force))},
        )
        if not trained or not half_done.is_file():
            raise TrainingError(
                f"Training failed. The end of {log} says why; mend that and run again."
            )
        # Between the two the model is one from elsewhere: whole, and looked into.
        _digest_file(model).unlink(missing_ok=True)
        digest = sha256_of(half_done)
        half_done.replace(model)
        _note(model, digest)
    finally:
        half_done.unlink(missing_ok=True)


def _cache(force: bool) -> Path:
    """Return the cache folder for the present code; caches of other code are removed."""
    cache = CACHES / code_fingerprint()
    if CACHES.is_dir():
        for old in CACHES.iterdir():
            if force or old != cache:
                shutil.rmtree(old, ignore_errors=True)
                if old.is_file():
                    old.unlink(missing_ok=True)
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _prune(current: Path) -> None:
    """Remove models of older inputs, and what interrupted trainings left behind."""
    for left_over in current.parent.glob(".*.tar.gz"):
        left_over.unlink(missing_ok=True)
    by_age = sorted(current.parent.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for old in [path for path in by_age if path != current][: -(KEPT_MODELS - 1)]:
        old.unlink(missing_ok=True)
    for digest in current.parent.glob("*.tar.gz.sha256"):
        if not digest.with_suffix("").is_file():
            digest.unlink(missing_ok=True)


def main() -> int:
    """Train if needed (`make train`)."""
    from rasa_project.launch.prepare import prepare, said_plainly

    parser = argparse.ArgumentParser(description="Train the model if an input changed.")
    parser.add_argument("--force", action="store_true", help="train even if nothing changed")
    arguments = parser.parse_args()
    with said_plainly() as steps:
        model = prepare(steps, force_training=arguments.force)
        steps.console.print(f"The model is {model.relative_to(PROJECT)}.", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

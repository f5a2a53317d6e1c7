"""The language assets are the genuine ones, or they are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rasa_project.assets import build
from rasa_project.assets.folder import ASSETS_VERSION, MANIFEST, SPACY_FOLDER, assets_folder, verified
from rasa_project.care.errors import AssetError


@pytest.fixture(scope="module")
def built() -> Path:
    """The assets of this machine, built when they are missing."""
    return build.ensure_assets()


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """A copy of the assets that a test may damage."""
    return Path(shutil.copytree(built, tmp_path / "assets"))


def test_the_folder_names_the_version(built):
    """An update never meets old files."""
    assert built == assets_folder() and built.name == ASSETS_VERSION


def test_a_changed_file_is_refused(copy):
    """One flipped byte in any file of the pipeline is enough."""
    victim = max((copy / SPACY_FOLDER).rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    with pytest.raises(AssetError, match=victim.name):
        verified(SPACY_FOLDER, copy)


def test_a_missing_file_is_named(copy):
    """The error says which file and how to mend it."""
    (copy / SPACY_FOLDER / "meta.json").unlink()
    with pytest.raises(AssetError, match=r"meta\.json.*assets\.build"):
        verified(SPACY_FOLDER, copy)


@pytest.mark.parametrize("text", ["", "[]", '{"sha256": 3}'])
def test_a_broken_manifest_is_refused(copy, text):
    """Without hashes nothing can be trusted."""
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(AssetError):
        verified(SPACY_FOLDER, copy)


def test_assets_that_were_never_built_say_how_to_build_them(tmp_path):
    """A plain sentence instead of a missing file."""
    with pytest.raises(AssetError, match="python -m rasa_project.assets.build"):
        verified(SPACY_FOLDER, tmp_path / "nowhere")


def test_an_interrupted_build_leaves_nothing_that_looks_finished(tmp_path, monkeypatch):
    """The next build starts clean and removes what was left."""
    target = tmp_path / ASSETS_VERSION
    monkeypatch.setattr(build, "assets_folder", lambda: target)
    left_over = tmp_path / f"{ASSETS_VERSION}.building-old"
    left_over.mkdir()

    class PulledThePlug(BaseException):
        pass

    def interrupt(what: str, done: float) -> None:
        raise PulledThePlug

    with pytest.raises(PulledThePlug):
        build.ensure_assets(interrupt)
    assert list(tmp_path.iterdir()) == []

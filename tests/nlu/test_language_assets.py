"""The language assets are the genuine ones, or they are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rasa_project.assets import build
from rasa_project.assets.folder import (
    ASSETS_VERSION,
    ENCODER_FILE,
    MANIFEST,
    TOKENIZER_FILE,
    assets_folder,
    verified,
)
from rasa_project.care.errors import AssetError
from rasa_project.nlu.encoder import Encoder, load_encoder

REFERENCES = json.loads(build.REFERENCES.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def built() -> Path:
    """The assets of this machine, built when they are missing."""
    return build.ensure_assets()


@pytest.fixture(scope="module")
def encoder(built: Path) -> Encoder:
    """The verified encoder."""
    return load_encoder(built)


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """A copy of the assets that a test may damage."""
    return Path(shutil.copytree(built, tmp_path / "assets"))


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda r: r["text"][:20])
def test_the_eight_bit_encoder_agrees_with_an_exact_forward_pass(encoder, reference):
    """The stored vectors come from a plain float64 pass of the published weights."""
    [vector] = encoder.encode([reference["text"]])
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)
    assert vector @ np.array(reference["vector"]) >= build.MIN_LIKENESS


def test_a_sentence_has_the_same_vector_alone_and_among_others(encoder):
    """Training encodes many sentences at once, a conversation one."""
    texts = [reference["text"] for reference in REFERENCES]
    together = encoder.encode(texts, threads=2)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert np.array_equal(together, alone)


def test_near_meanings_have_nearer_vectors_than_far_ones(encoder):
    """The vectors carry meaning, not only spelling."""
    said, near, far = encoder.encode(
        ["my spine muscles have seized up", "i've got a back spasm", "play some jazz"]
    )
    assert said @ near > said @ far + 0.2


def test_a_very_long_sentence_is_cut_and_not_refused(encoder):
    """A rambling caller must not cause an error."""
    assert encoder.encode(["my back hurts and then " * 200]).shape == (1, 384)


def test_the_folder_names_the_version(built):
    """An update never meets old files."""
    assert built == assets_folder() and built.name == ASSETS_VERSION


@pytest.mark.parametrize("name", [ENCODER_FILE, TOKENIZER_FILE])
def test_a_changed_file_is_refused(copy, name):
    """One flipped byte is enough."""
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(AssetError, match=name):
        load_encoder(copy)


def test_a_missing_file_is_named(copy):
    """The error says which file and how to mend it."""
    (copy / TOKENIZER_FILE).unlink()
    with pytest.raises(AssetError, match=r"tokenizer\.json.*assets\.build"):
        verified(TOKENIZER_FILE, copy)


@pytest.mark.parametrize("text", ["", "[]", '{"sha256": 3}'])
def test_a_broken_manifest_is_refused(copy, text):
    """Without hashes nothing can be trusted."""
    (copy / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(AssetError):
        load_encoder(copy)


def test_assets_that_were_never_built_say_how_to_build_them(tmp_path):
    """A plain sentence instead of a missing file."""
    with pytest.raises(AssetError, match="python -m rasa_project.assets.build"):
        load_encoder(tmp_path / "nowhere")


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


def test_weights_of_another_origin_are_refused(tmp_path, monkeypatch):
    """Only the published file with its known hash becomes an encoder."""
    monkeypatch.setattr(build, "WEIGHTS_SHA256", "0" * 64)
    monkeypatch.setattr(build, "assets_folder", lambda: tmp_path / ASSETS_VERSION)
    with pytest.raises(AssetError, match="SHA-256"):
        build.ensure_assets()

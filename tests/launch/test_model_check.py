"""A model file that training here does not write is refused before anything of it is unpacked."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mini_project import start
from rasa_project.launch.model_check import ModelRefused, check_model

METADATA = {"predict_schema": {"nodes": {"a": {"uses": "rasa.core.policies.rule_policy.RulePolicy"}}}}


class Crafted:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple:
        return (__import__("os").system, (self.command,))


def arrays(**given: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **given)
    return file.getvalue()


def model(tmp_path: Path, files: dict[str, bytes], *members: tarfile.TarInfo) -> Path:
    """Write an archive of files, and of members without content."""
    path = tmp_path / "model.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {"metadata.json": json.dumps(METADATA).encode(), **files}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return path


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def test_what_training_writes_is_taken(tmp_path: Path) -> None:
    check_model(model(tmp_path, {
        "components/a/words.json": json.dumps({"caf\u00e9": 1}).encode(),
        "components/a/x.npz": arrays(weights=np.ones((3, 2), np.float32), names=np.array(["a", "bc"])),
        "components/domain_provider/domain.yml": b"version: '3.1'\n",
    }))  # fmt: skip


def test_the_trained_models_of_this_project_are_taken() -> None:
    from rasa_project.launch.training import MODELS

    found = sorted(MODELS.glob("*.tar.gz"))
    assert found
    for one in found:
        check_model(one)


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "components/../../evil.json", "components\\..\\evil.json"])
def test_a_file_that_would_be_written_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelRefused, match="elsewhere"):
        check_model(model(tmp_path, {name: b"{}"}))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_link_or_a_device(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(ModelRefused, match="link or a device"):
        check_model(model(tmp_path, {}, link("components/a/b.json", "/etc/passwd", kind)))


@pytest.mark.parametrize("name", ["a.pkl", "a.pickle", "a.joblib", "a.py", "a.so", "a.npy", "a", "a.json.pkl"])
def test_a_file_of_another_kind(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelRefused, match="of the kind"):
        check_model(model(tmp_path, {f"components/{name}": pickle.dumps(Crafted("true"))}))


def test_an_array_of_objects_is_a_pickle(tmp_path: Path) -> None:
    crafted = np.array([Crafted("true")], dtype=object)
    with pytest.raises(ModelRefused, match="arrays of objects"):
        check_model(model(tmp_path, {"components/a/x.npz": arrays(ok=np.ones(3), bad=crafted)}))
    structured = np.array([(1, None)], dtype=[("a", int), ("b", object)])
    with pytest.raises(ModelRefused, match="arrays of objects"):
        check_model(model(tmp_path, {"components/a/x.npz": arrays(bad=structured)}))


def test_a_pickle_with_the_name_of_an_array(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", pickle.dumps(Crafted("true")))
    for content in (file.getvalue(), pickle.dumps(Crafted("true"))):
        with pytest.raises(ModelRefused):
            check_model(model(tmp_path, {"components/a/x.npz": content}))


@pytest.mark.parametrize("text", ['{"py/object": "os.system"}', '[{"a": {"py/reduce": []}}]', '{"\\u0070y/reduce": []}'])
def test_data_that_would_make_objects(tmp_path: Path, text: str) -> None:
    with pytest.raises(ModelRefused, match="make objects"):
        check_model(model(tmp_path, {"components/a/featurizer.json": text.encode()}))


@pytest.mark.parametrize("uses", ["os.system", "subprocess.Popen", "rasax.evil", "rasa_project.launch.apart.run_apart", "rasa", ["os"]])
def test_a_class_that_is_neither_rasa_s_nor_ours(tmp_path: Path, uses: object) -> None:
    metadata = {"predict_schema": {"nodes": {"a": {"uses": uses}}}}
    with pytest.raises(ModelRefused, match="neither Rasa's"):
        check_model(model(tmp_path, {"metadata.json": json.dumps(metadata).encode()}))


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.1, 0.5, 0.9])
def test_half_a_model(tmp_path: Path, kept: float) -> None:
    noise = np.random.default_rng(1).random(5000)
    whole = model(tmp_path, {"components/a/x.npz": arrays(a=noise)}).read_bytes()
    half = tmp_path / "half.tar.gz"
    half.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(ModelRefused):
        check_model(half)


def test_no_model_at_all(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        check_model(tmp_path / "missing.tar.gz")


def test_a_crafted_model_in_place_of_the_trained_one_is_not_loaded(mini_project: Path, tmp_path: Path) -> None:
    """The whole command: what the crafted file would do is not done, and one sentence says why."""
    evil = tmp_path / "was-run"
    [trained] = (mini_project / "models").glob("*.tar.gz")
    kept = trained.read_bytes()
    try:
        crafted = model(tmp_path, {"components/x.pkl": pickle.dumps(Crafted(f"touch {evil}"))})
        shutil.copyfile(crafted, trained)
        child = start(mini_project, "serve")
        _, said = child.communicate(timeout=120)
    finally:
        trained.write_bytes(kept)
    assert child.returncode == 1 and not evil.exists()
    assert "is not loaded" in said and "Delete it" in said and "Traceback" not in said

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from rasa_project.launch.fingerprint import (
    CODE,
    NOT_TRAINED,
    _files,
    code_fingerprint,
    model_fingerprint,
)
from rasa_project.settings import PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder laid out like the project, with one small file in each place."""
    for name in (
        "config.yml",
        "domain/slots.yml",
        "data/nlu/greet.yml",
        "rasa_project/nlu/reader.py",
        "rasa_project/content/red_flags.yml",
        "rasa_project/content/exercises.yml",
        "rasa_project/nlu/red_flag_detector.py",
        "rasa_project/launch/run.py",
        "README.md",
        "requirements.lock",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "domain/slots.yml",
        "data/nlu/greet.yml",
        "rasa_project/nlu/reader.py",
        "rasa_project/content/red_flags.yml",
        "requirements.lock",
    ],
)
def test_a_changed_input_needs_a_new_model(project: Path, name: str) -> None:
    before = model_fingerprint(project)
    (project / name).write_text("two", encoding="utf-8")
    assert model_fingerprint(project) != before


def test_a_new_file_and_a_renamed_file_need_a_new_model(project: Path) -> None:
    first = model_fingerprint(project)
    (project / "data" / "nlu" / "more.yml").write_text("one", encoding="utf-8")
    second = model_fingerprint(project)
    (project / "data" / "nlu" / "more.yml").rename(project / "data" / "nlu" / "other.yml")
    assert len({first, second, model_fingerprint(project)}) == 3


@pytest.mark.parametrize(
    "name",
    [
        "rasa_project/launch/run.py",
        "README.md",
        # Read when the model is loaded.
        "rasa_project/content/exercises.yml",
        "rasa_project/nlu/red_flag_detector.py",
    ],
)
def test_what_no_model_depends_on_changes_nothing(project: Path, name: str) -> None:
    before = model_fingerprint(project)
    (project / name).write_text("two", encoding="utf-8")
    assert model_fingerprint(project) == before


def test_times_and_compiled_files_change_nothing(project: Path) -> None:
    before = model_fingerprint(project)
    cache = project / "rasa_project" / "nlu" / "__pycache__"
    cache.mkdir()
    (cache / "reader.cpython-310.pyc").write_bytes(b"x")
    (project / "config.yml").touch()
    assert model_fingerprint(project) == before


def test_training_data_alone_keeps_the_training_cache(project: Path) -> None:
    before = code_fingerprint(project)
    (project / "data" / "nlu" / "greet.yml").write_text("two", encoding="utf-8")
    assert code_fingerprint(project) == before


def _imported_by(path: Path) -> set[str]:
    """Return the modules of `rasa_project` that a file imports, as paths in the project."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            module = Path(*name.split(".")).with_suffix(".py")
            if name.startswith("rasa_project.") and (PROJECT / module).is_file():
                found.add(module.as_posix())
    return found


def test_every_module_that_training_imports_is_an_input() -> None:
    """A module left out of the list would change the model without a new training."""
    covered = {file.relative_to(PROJECT).as_posix() for file in _files(PROJECT, CODE)}
    components = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "rasa_project" / "nlu").glob("*.py")
    } - set(NOT_TRAINED)
    seen: set[str] = set()
    while components:
        module = components.pop()
        seen.add(module)
        components |= _imported_by(PROJECT / module) - seen
    assert seen <= covered, sorted(seen - covered)

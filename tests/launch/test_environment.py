from __future__ import annotations

import ast
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from own_environment import python_of
from rasa_project.launch import environment
from rasa_project.settings import PROJECT

LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "least"),
    [(PROJECT / "requirements.lock", 100), *((path, 2) for folder in ("tests", "scripts") for path in (PROJECT / folder).rglob("*.lock"))],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_lock_names_no_host_and_hashes_every_pin(path: Path, least: int) -> None:
    lock = re.sub(r"(?m)^\s*#.*\n", "", path.read_text(encoding="utf-8"))
    assert not re.search(r"\w+://|--index|--find-links|--trusted", lock)
    pins = [pin for pin in re.split(r"(?m)^(?=[a-z0-9])", lock) if pin.strip()]
    assert len(pins) >= least
    for pin in pins:
        assert re.match(r"[a-z0-9._-]+==\S+", pin) and "--hash=sha256:" in pin, pin[:60]


def test_what_only_others_need_is_not_installed() -> None:
    absent = "tensorflow torch transformers sentence-transformers tensorboard confluent-kafka"
    for name in absent.split():
        assert not re.search(rf"(?m)^{name}==", LOCK), name


def test_the_installer_is_pinned_for_itself_and_kept_out_of_the_environment() -> None:
    pin = environment.uv_pin()
    assert pin.startswith("uv==") and ";" not in pin and "--hash=sha256:" in pin
    assert re.search(r"(?m)^uv==\S+ ; python_version < '3'", LOCK)


def test_the_set_up_script_reads_as_python_3_8() -> None:
    source = Path(environment.__file__).read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 8))


def _program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a PATH without any Python 3.10, and a uv that knows and fetches none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.delenv("ASDF_DATA_DIR", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(environment, "TOOLS", tmp_path)
    monkeypatch.setattr(environment, "UV", _program(tmp_path, "uv", "exit 2"))
    # This interpreter is a 3.10 itself; on the bare machine something else runs the set-up.
    monkeypatch.setattr(sys, "version_info", (3, 8, 0, "final", 0))
    return tmp_path


needs_no_system_python = pytest.mark.skipif(
    any(os.access(f"{place}/python3.10", os.X_OK) for place in ("/usr/bin", "/usr/local/bin")),
    reason="this machine has a system Python 3.10, which the search rightly finds",
)


@needs_no_system_python
def test_a_python_of_a_version_manager_is_found(bare_home: Path) -> None:
    _program(bare_home / ".pyenv/versions/3.10.13/bin", "python3.10", f'exec {sys.executable} "$@"')
    found = environment.find_python(lambda note: None)
    assert found == str(bare_home / ".pyenv/versions/3.10.13/bin/python3.10")


@needs_no_system_python
def test_a_shim_that_does_not_run_is_passed_over(bare_home: Path) -> None:
    _program(bare_home / "bin", "python3.10", "echo 'pyenv: command not found' >&2; exit 127")
    good = _program(bare_home / ".asdf/installs/python/3.10.9/bin", "python3.10", f'exec {sys.executable} "$@"')
    assert environment.find_python(lambda note: None) == str(good)


@needs_no_system_python
def test_without_any_python_3_10_one_sentence_says_what_to_install(bare_home: Path) -> None:
    with pytest.raises(environment.SetupError) as raised:
        environment.find_python(lambda note: None)
    assert "Python 3.10" in str(raised.value) and "install" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_pip_s_index_serves_uv_unless_uv_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    assert environment._environment()["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert environment._environment()["UV_DEFAULT_INDEX"] == "https://own.example/simple"


def test_an_environment_that_cannot_be_filled_says_so_in_one_line_and_is_not_taken_for_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "TOOLS", tmp_path)
    monkeypatch.setattr(environment, "UV", _program(tmp_path, "uv", "echo 'no such host' >&2; echo bye >&2; exit 2"))
    monkeypatch.setattr(environment, "get_uv", lambda note: None)
    lock = tmp_path / "some.lock"
    lock.write_text("some==1\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(environment.SetupError) as raised:
            python_of("some", lock)
        assert "no such host" in str(raised.value) and "\n" not in str(raised.value)
    _program(tmp_path, "uv", 'if [ "$1" = venv ]; then mkdir -p "$5"; fi')
    assert python_of("some", lock) == tmp_path / "some" / "bin" / "python"
    _program(tmp_path, "uv", "exit 2")
    assert python_of("some", lock) == tmp_path / "some" / "bin" / "python"


def test_an_index_s_password_is_not_repeated() -> None:
    shown = environment._end_of("error: https://me:secret@index.example/simple/ refused")
    assert "secret" not in shown and "index.example" in shown

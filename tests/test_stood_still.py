"""What failed while the machine stood still is tried again, and nothing else is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rasa_project.settings import PROJECT

TRIED = '''
import os, subprocess, time
from pathlib import Path

def tries(name):
    with open(name, "a") as file:
        file.write("x")
    return len(Path(name).read_text())

def stand_still():
    me = os.getpid()
    subprocess.Popen(["sh", "-c", f"kill -STOP {me}; sleep 1; kill -CONT {me}"]).wait()

def test_late_the_first_time():
    begun = time.monotonic()
    if tries("late") == 1:
        stand_still()
    assert time.monotonic() - begun < 0.8

def test_wrong_however_often():
    tries("wrong")
    stand_still()
    assert False, "a fault of ours"

def test_wrong_on_a_machine_that_runs():
    tries("ours")
    assert False
'''


def test_a_pause_of_the_machine_is_told_from_a_fault(tmp_path: Path) -> None:
    options = re.search(r'addopts = "(.+)"', (PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert options
    (tmp_path / "test_it.py").write_text(TRIED, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options[1].split(), "-p", "no:cacheprovider", "-rf", "test_it.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(PROJECT / "tests")},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    tried = {name: len((tmp_path / name).read_text()) for name in ("late", "wrong", "ours")}
    assert tried == {"late": 2, "wrong": 4, "ours": 1}, ran.stdout
    failed = re.findall(r"FAILED test_it.py::(\w+)", ran.stdout)
    assert failed == ["test_wrong_however_often", "test_wrong_on_a_machine_that_runs"], ran.stdout
    assert "a fault of ours" in ran.stdout and "The machine stood still in" in ran.stdout

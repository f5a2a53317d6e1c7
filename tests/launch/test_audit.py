"""`make audit` says what it has asked, accepts only what has a reason, and never takes silence for safety."""

from __future__ import annotations

import importlib.util
import json
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rasa_project.launch import environment
from rasa_project.settings import PROJECT

TODAY = date(2026, 11, 22)
WHY = "The skill never parses what this needs; only the trainer of another pipeline does."
UV_SAID = (
    "Resolved 3 packages in 3ms\nwarning: `requests==2.32.0` is yanked (reason: \"Yanked due to conflicts\")\n"
    "warning: `other-thing==1.0` is yanked\n"
)  # fmt: skip
REPORT: dict[str, Any] = {
    "dependencies": [
        {"name": "aiohttp", "version": "3.8.0", "vulns": [
            {"id": "PYSEC-2023-1", "aliases": ["CVE-2023-1", "GHSA-x"], "fix_versions": ["3.8.5"], "description": "…"},
        ]},
        {"name": "pyyaml", "version": "6.0.3", "vulns": []},
        {"name": "ours", "skip_reason": "Dependency not found on PyPI"},
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", PROJECT / "scripts" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit"] = module
    spec.loader.exec_module(module)
    return module


def exceptions(**changed: Any) -> str:
    one = {"id": "CVE-2023-1", "package": "aiohttp", "version": "3.8.0", "why": WHY, "until": "2027-01-31", **changed}
    lines = [f"{'- ' if i == 0 else '  '}{k}: {v}" for i, (k, v) in enumerate(one.items()) if v is not None]
    return "reviewed: 2026-11-01\nexceptions:\n" + "\n".join(lines) + "\n"


def test_the_list_of_exceptions_can_be_read(audit: ModuleType) -> None:
    audit.read_exceptions((PROJECT / "scripts" / "audit_exceptions.yml").read_text(encoding="utf-8"))


def test_what_was_not_audited_counts_as_that(audit: ModuleType) -> None:
    audited, not_audited, found = audit.findings_in(REPORT)
    assert (audited, not_audited, [f.id for f in found]) == (2, ["ours"], ["PYSEC-2023-1"])


def test_an_exception_covers_its_vulnerability_under_any_of_its_names(audit: ModuleType) -> None:
    _, excepted = audit.read_exceptions(exceptions())
    assert audit.judged(audit.findings_in(REPORT)[2], excepted, TODAY) == ([], [])


@pytest.mark.parametrize(
    "changed", [{"until": "2026-11-21"}, {"version": "3.7.0"}, {"package": "yarl"}, {"id": "CVE-2023-2"}], ids=str
)
def test_an_exception_that_is_out_of_date_or_for_something_else_covers_nothing(
    audit: ModuleType, changed: dict[str, str]
) -> None:
    _, excepted = audit.read_exceptions(exceptions(**changed))
    open_ones, idle = audit.judged(audit.findings_in(REPORT)[2], excepted, TODAY)
    assert [f.id for f in open_ones] == ["PYSEC-2023-1"] and idle == excepted


@pytest.mark.parametrize(
    "changed", [{"why": "no"}, {"why": None}, {"until": None}, {"until": "some day"}, {"note": "x"}], ids=str
)
def test_an_exception_without_a_reason_or_a_day_is_an_error(audit: ModuleType, changed: dict[str, Any]) -> None:
    with pytest.raises(audit.AuditError, match="exception 1"):
        audit.read_exceptions(exceptions(**changed))


def test_withdrawn_releases_are_read_from_what_uv_says(audit: ModuleType) -> None:
    assert audit.withdrawn(UV_SAID) == ['requests==2.32.0: "Yanked due to conflicts"', "other-thing==1.0: no reason given"]


def program(folder: Path, name: str, printed: str, to: str = "1", status: int = 0) -> str:
    """A program that prints one thing whatever it is asked."""
    (folder / f"{name}.txt").write_text(printed, encoding="utf-8")
    file = folder / name
    file.write_text(f'#!/bin/sh\ncat "{folder}/{name}.txt" >&{to}\nexit {status}\n', encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


@pytest.mark.parametrize(
    "uv_said, report, reviewed, status, says",
    [
        ("", {"dependencies": [REPORT["dependencies"][1]]}, "2026-11-01", 0, "0 in 1 audited"),
        ("", REPORT, "2026-11-01", 1, "1 without a reasoned exception, 1 packages not audited"),
        ("", REPORT, "null", 0, "never been judged"),
        (UV_SAID, {"dependencies": [REPORT["dependencies"][1]]}, "2026-11-01", 1, "Withdrawn releases: 2."),
        ("", {"dependencies": [REPORT["dependencies"][2]]}, "2026-11-01", 0, "0 packages were audited"),
        ("", None, "2026-11-01", 0, "0 packages were audited"),
    ],
    ids=["well", "found", "never judged", "withdrawn", "registry knows nothing", "registry is not there"],
)  # fmt: skip
def test_it_ends_as_it_should_and_says_how_much_was_audited(
    audit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    uv_said: str, report: Any, reviewed: str, status: int, says: str,
) -> None:  # fmt: skip
    listed = tmp_path / "exceptions.yml"
    listed.write_text(f"reviewed: {reviewed}\nexceptions: []\n", encoding="utf-8")
    monkeypatch.setattr(audit, "EXCEPTIONS", listed)
    uv = program(tmp_path, "uv", uv_said, to="2")
    asked = program(tmp_path, "pip-audit", json.dumps(report) if report else "no such host", status=int(bool(report)))
    assert audit.main(uv, asked) == status
    assert says in capsys.readouterr().out


def test_uv_warns_of_a_withdrawn_release_in_the_words_that_are_read(audit: ModuleType, tmp_path: Path) -> None:
    if not environment.UV.exists():
        pytest.skip("uv is not here to ask for withdrawn releases")
    (tmp_path / "pins.txt").write_text("requests==2.32.0\n", encoding="utf-8")
    done = subprocess.run(
        [str(environment.UV), "pip", "install", "--dry-run", "--no-deps", "--reinstall", "--python", sys.executable,
         "-r", str(tmp_path / "pins.txt")],
        cwd=PROJECT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("the package registry cannot be asked for withdrawn releases")
    assert [one.split(":")[0] for one in audit.withdrawn(done.stderr)] == ["requests==2.32.0"]

"""`make sbom` lists what the lock pins, no more and no less."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rasa_project.settings import PROJECT


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict:
    own = PROJECT / ".tools" / "uv" / "bin" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not here to install the tool for the list of packages")
    file: Path = tmp_path_factory.mktemp("sbom") / "sbom.json"
    made = subprocess.run(
        ["sh", "scripts/sbom.sh", uv, str(file)], cwd=PROJECT, capture_output=True, text=True, timeout=300
    )
    if not (PROJECT / ".tools" / "sbom" / "sbom.lock").exists():
        pytest.skip("the tool for the list of packages could not be installed")
    assert made.returncode == 0, made.stderr
    return dict(json.loads(file.read_text(encoding="utf-8")))


def test_every_pinned_package_is_listed_with_its_version_and_hashes(listed: dict) -> None:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock, re.M))
    assert len(pinned) > 150
    assert {(part["name"], part["version"]) for part in listed["components"]} == pinned
    for part in listed["components"]:
        hashes = [h["content"] for reference in part["externalReferences"] for h in reference["hashes"]]
        assert hashes and all(f"sha256:{value}" in lock for value in hashes), part["name"]
        assert part["purl"].startswith("pkg:pypi/")


def test_it_is_a_cyclonedx_list_of_this_skill_and_the_same_each_time(listed: dict) -> None:
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    assert listed["metadata"]["component"]["name"] == "unknot"
    assert "serialNumber" not in listed and "timestamp" not in listed["metadata"]


VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(None if error is None else str(error)[:500])
"""


@pytest.mark.parametrize(
    "spoil, refused",
    [(None, False), (("purl", 5), True), (("unheard of", "x"), True), (("type", "cupboard"), True)],
    ids=["as made", "wrong kind of value", "unknown field", "unknown word"],
)
def test_it_is_what_the_strict_schema_allows(listed: dict, spoil: tuple[str, object] | None, refused: bool) -> None:
    bom = json.loads(json.dumps(listed))
    if spoil is not None:
        bom["components"][0][spoil[0]] = spoil[1]
    python = PROJECT / ".tools" / "sbom" / "bin" / "python"
    done = subprocess.run(
        [str(python), "-c", VALIDATE], input=json.dumps(bom), capture_output=True, text=True, timeout=120
    )
    assert (done.returncode != 0) == refused, done.stderr
    assert "Traceback" not in done.stderr

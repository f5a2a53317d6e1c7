"""Audits requirements.lock: withdrawn releases, and known vulnerabilities without a reasoned exception.

    python scripts/audit.py path/to/uv path/to/pip-audit

The first says what uv warns of, the second asks the package registry's advisories. Where those
cannot be asked, nothing is said to be well: the last line says how many packages were audited.
Exit status: 0 nothing to do (or nothing could be asked), 1 something to judge.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

import yaml

PROJECT = Path(__file__).resolve().parent.parent
LOCK = PROJECT / "requirements.lock"
EXCEPTIONS = Path(__file__).with_name("audit_exceptions.yml")
ASK_S = 600
LEAST_REASON = 40
"""Characters of a reason: less is none."""

_YANKED = re.compile(r"`([a-zA-Z0-9._-]+==\S+)` is yanked(?: \(reason: (.*)\))?")


class AuditError(Exception):
    """The list of exceptions is wrong; the message says where."""


@dataclass(frozen=True)
class Finding:
    """One known vulnerability of a pinned package."""

    id: str
    aliases: frozenset[str]
    package: str
    version: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = ", ".join(self.fixed_in) or "no release"
        return f"{self.id} in {self.package} {self.version}, mended in {fixed}"


@dataclass(frozen=True)
class Excepted:
    """One vulnerability that was judged not to touch the skill."""

    id: str
    package: str
    version: str
    why: str
    until: date

    def covers(self, finding: Finding, today: date) -> bool:
        """Return whether it still speaks of this finding."""
        same = (self.package, self.version) == (finding.package, finding.version)
        return same and self.id in {finding.id, *finding.aliases} and today <= self.until


def read_exceptions(text: str) -> tuple[Optional[date], list[Excepted]]:
    """Return the day of the last review, None before the first, and the exceptions.

    Raises:
        AuditError: one has no id, package, version, reason or day.
    """
    read = yaml.safe_load(text)
    found = []
    for number, one in enumerate(read["exceptions"] or (), 1):
        if set(one) != {"id", "package", "version", "why", "until"} or not isinstance(one["until"], date):
            raise AuditError(f"exception {number}: it takes id, package, version, why, and until (a day)")
        if len(str(one["why"])) < LEAST_REASON:
            raise AuditError(f"exception {number} ({one['id']}): say why it does not touch the skill")
        found.append(Excepted(one["id"], one["package"], str(one["version"]), one["why"], one["until"]))
    if found and read["reviewed"] is None:
        raise AuditError("exceptions without a day of review: set reviewed")
    return read["reviewed"], found


def findings_in(report: Mapping[str, Any]) -> tuple[int, list[str], list[Finding]]:
    """Return how many packages pip-audit's JSON has audited, which it has not, and what it found."""
    audited, not_audited, found = 0, [], []
    for package in report["dependencies"]:
        if "skip_reason" in package:
            not_audited.append(package["name"])
            continue
        audited += 1
        for one in package["vulns"]:
            found.append(
                Finding(one["id"], frozenset(one.get("aliases", ())), package["name"], package["version"],
                        tuple(one.get("fix_versions", ())))
            )  # fmt: skip
    return audited, not_audited, found


def withdrawn(uv_said: str) -> list[str]:
    """Return the pinned releases that uv's warnings name as yanked, each with its reason."""
    return [f"{pin}: {reason or 'no reason given'}" for pin, reason in _YANKED.findall(uv_said)]


def judged(
    found: Sequence[Finding], excepted: Sequence[Excepted], today: date
) -> tuple[list[Finding], list[Excepted]]:
    """Return the findings no exception covers, and the exceptions that cover nothing."""
    open_ones = [f for f in found if not any(e.covers(f, today) for e in excepted)]
    idle = [e for e in excepted if not any(e.covers(f, today) for f in found)]
    return open_ones, idle


def main(uv: str, pip_audit: str) -> int:
    """Audit, print, and return the exit status."""
    reviewed, excepted = read_exceptions(EXCEPTIONS.read_text(encoding="utf-8"))
    asked = subprocess.run(
        [uv, "pip", "install", "--dry-run", "--no-deps", "--require-hashes", "--reinstall",
         "--python", sys.executable, "-r", str(LOCK)],
        cwd=PROJECT, capture_output=True, text=True, timeout=ASK_S,
    )  # fmt: skip
    bad = withdrawn(asked.stderr)
    if asked.returncode:
        print("Withdrawn releases: the package registry could not be asked; nothing was checked.")
    else:
        print(f"Withdrawn releases: {len(bad)}." + "".join(f"\n  {one}" for one in bad))
    done = subprocess.run(
        [pip_audit, "-r", str(LOCK), "--require-hashes", "--disable-pip", "--vulnerability-service", "pypi",
         "--progress-spinner", "off", "--format", "json"],
        cwd=PROJECT, capture_output=True, text=True, timeout=ASK_S,
    )  # fmt: skip
    try:
        audited, not_audited, found = findings_in(json.loads(done.stdout))
    except (ValueError, KeyError):
        audited, not_audited, found = 0, ["all"], []
    if not audited:
        print("Known vulnerabilities: the registry's advisories could not be asked; 0 packages were audited.")
        return 1 if bad else 0
    open_ones, idle = judged(found, excepted, date.today())
    for finding in open_ones:
        print(f"  {finding}")
    for one in idle:
        print(f"  The exception {one.id} for {one.package} {one.version} covers nothing any more.")
    if not_audited:
        print(f"  Not audited: {', '.join(not_audited)}.")
    print(
        f"Known vulnerabilities: {len(found)} in {audited} audited packages, {len(open_ones)} without a reasoned "
        f"exception, {len(not_audited)} packages not audited."
    )
    if reviewed is None and open_ones:
        print("They have never been judged (reviewed in scripts/audit_exceptions.yml), so they do not fail this.")
    return 1 if bad or idle or (reviewed is not None and (open_ones or not_audited)) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except AuditError as error:
        sys.exit(f"{EXCEPTIONS.name}: {error}")

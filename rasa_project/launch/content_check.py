"""Looks at everything the skill knows and says before anything long begins.

    python -m rasa_project.launch.content_check      that look, in a process of its own

A broken file is told at once and by name: not after minutes of training, not as a turn
that fails, and never as an advice that is missing when it is needed. What was found whole
is remembered by its fingerprint, so that a start with unchanged files only compares that.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Iterator

from rasa_project.care.errors import ContentError
from rasa_project.launch.apart import end_with_parent, report, run_apart
from rasa_project.launch.fingerprint import content_fingerprint
from rasa_project.launch.progress import Steps
from rasa_project.settings import PROJECT, settings

STAMP = PROJECT / ".launch" / "content.ok"
"""Holds the fingerprint of the content that was found whole last."""

LOG = "content.log"
TYPICAL_S = 6.0

MARK = "BROKEN "
"""Begins a line of the log that says what is broken and how to mend it."""

PLAIN = ("config.yml", "credentials.yml", "endpoints.yml", "domain.yml")
"""Files of the project's folder that have to be YAML, if they are there."""
NEEDED = ("config.yml", "credentials.yml", "endpoints.yml")
FOLDERS = ("domain", "data", "rasa_project/channels", "rasa_project/content")
"""Folders whose YAML files have to be whole."""


def check_content(steps: Steps) -> None:
    """Return if every content file keeps its rules.

    Raises:
        ContentError: names file, place, rule and mend of the first rule that is broken, and
            the log with the others.
    """
    present = content_fingerprint()
    with suppress(OSError):
        if STAMP.read_text(encoding="utf-8") == present:
            return
    log = settings().log_dir / LOG
    with steps.step("content", "Checking what the skill says", TYPICAL_S) as step:
        whole = run_apart("rasa_project.launch.content_check", [], step, log)
        if not whole:
            raise ContentError(_told(log))
    with suppress(OSError):  # a read-only folder: it is looked at again at the next start
        STAMP.parent.mkdir(parents=True, exist_ok=True)
        STAMP.write_text(present, encoding="utf-8")


def _told(log: Path) -> str:
    """Return the first problem that the log names, and how many more it does."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    found = [line[len(MARK) :] for line in lines if line.startswith(MARK)]
    if not found:
        return f"The content could not be checked. The end of {log} says why."
    more = len(found) - 1
    return f"{found[0]} ({more} more in {log})" if more else found[0]


def problems(root: Path = PROJECT) -> Iterator[str]:
    """Yield what is broken below `root` and how to mend it, the most basic first."""
    from rasa_project.care import check
    from rasa_project.care.loading import read_yaml

    plain = [root / name for name in PLAIN if name in NEEDED or (root / name).is_file()]
    files = plain + [f for name in FOLDERS for f in sorted((root / name).rglob("*.yml"))]
    broken = False
    for file in files:
        try:
            read_yaml(file)
        except ContentError as error:
            broken = True
            yield str(error)
            continue
        if not file.read_bytes().endswith(b"\n"):
            broken = True
            # Half a sentence can be good YAML; a whole file ends with its last line.
            yield (
                f"{file}: the last line: the file stops in the middle of it. "
                "Restore what is missing, or end the line."
            )
    if not broken:  # what loads from a broken file would tell the same again
        yield from dict.fromkeys(message for _, message in check.problems(root / FOLDERS[-1]))


def main() -> int:
    """Look, and write a line for each broken rule; 1 if there is one."""
    end_with_parent()
    report("reading", 0.1)
    if settings().lean_import:
        from rasa_project import lean_import

        lean_import.install()
    found = list(problems())
    for problem in found:
        print(MARK + " ".join(problem.split()), flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

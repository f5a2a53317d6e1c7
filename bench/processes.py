"""Processes of a bot: started in order, ended for certain, their memory added up."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

STOP_TIMEOUT_S = 10.0
"""Seconds a bot gets to end in order before it is killed."""

NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME")
"""As in the Makefile: compiled once, Python files import three times as fast."""


def start(
    command: Sequence[str], folder: Path, log: Path, variables: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start `command` in `folder` as a process group of its own; everything it says goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    with log.open("wb") as noise:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env={**environment, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=noise,
            stderr=noise,
            start_new_session=True,
        )


def end(child: "subprocess.Popen[bytes]") -> None:
    """End a process of ours in order; its group is killed where that does not help."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nothing of it is left
    child.wait()


@dataclass(frozen=True)
class Memory:
    """What one process, or several, keep in memory."""

    rss_mb: float
    """Resident pages in MB (10^6 bytes); pages that processes share count once for each."""

    pss_mb: float
    """The same with shared pages divided among their users; RSS where the system has no PSS."""

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(self.rss_mb + other.rss_mb, self.pss_mb + other.pss_mb)


def tree(root: int) -> list[int]:
    """Return the process ids of `root` and everything below it; empty if it is gone."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=", "-o", "ppid="], capture_output=True, text=True, check=True
    ).stdout
    parents = {int(pid): int(parent) for pid, parent in map(str.split, listed.splitlines())}
    found = [root] if root in parents else []
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def memory_of(pid: int) -> Memory | None:
    """Return the memory of one process, None if it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return _memory_by_ps(pid)
    size = {name: int(kb) * 1024 / 1e6 for name, kb in re.findall(r"^(Rss|Pss): +(\d+) kB", rollup, re.M)}
    return Memory(size["Rss"], size["Pss"]) if size else None


def _memory_by_ps(pid: int) -> Memory | None:
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True).stdout
    if not said.strip():
        return None
    rss_mb = int(said) * 1024 / 1e6
    return Memory(rss_mb, rss_mb)


def memory_below(roots: Sequence[int]) -> dict[int, Memory]:
    """Return the memory of each process of the trees below `roots`, by process id."""
    pids = [pid for root in roots for pid in tree(root)]
    return {pid: memory for pid in pids if (memory := memory_of(pid)) is not None}


def total(memories: Mapping[int, Memory]) -> Memory:
    """Return the sum."""
    return sum(memories.values(), Memory(0.0, 0.0))

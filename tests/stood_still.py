"""A test that failed while the machine stood still is tried again; any other failure is final.

Many tests hold real servers to seconds. On a host that others keep busy a process may not run
for longer than that, and then nothing was learnt about the skill. A thread that wakes twenty
times a second tells the two apart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

BEAT_S = 0.05
STOOD_STILL_S = 0.4
"""Waking this much too late is called standing still."""

PROPERTY = "stood_still_s"


class MachineStoodStill(Exception):
    """A test failed, and the machine gave it no time meanwhile."""


class Heartbeat(threading.Thread):
    """Notes how much too late it woke at worst."""

    def __init__(self) -> None:
        super().__init__(daemon=True, name="heartbeat")
        self._worst_s = 0.0
        self._due = time.monotonic() + BEAT_S
        self.start()

    def run(self) -> None:
        while True:
            time.sleep(BEAT_S)
            self._worst_s = self.worst_s()
            self._due = time.monotonic() + BEAT_S

    def begin(self) -> None:
        """Forget what was."""
        self._due = time.monotonic() + BEAT_S
        self._worst_s = 0.0

    def worst_s(self) -> float:
        """Return the seconds it was late at worst; it may not have woken yet."""
        return max(self._worst_s, time.monotonic() - self._due)


class TriedAgain:
    """Gives each failure its reason. What tries again is pytest-rerunfailures."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat

    def _told(self, item: pytest.Item) -> Iterator[None]:
        self._heartbeat.begin()
        try:
            yield
        except Exception as error:
            late_s = self._heartbeat.worst_s()
            if late_s < STOOD_STILL_S or isinstance(error, pytest.skip.Exception):
                raise
            raise MachineStoodStill(f"for {late_s:.1f} s, and then: {type(error).__name__}: {error}") from error
        finally:
            item.user_properties.append((PROPERTY, round(max(self._heartbeat.worst_s(), 0.0), 2)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        yield from self._told(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        yield from self._told(item)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(TriedAgain(Heartbeat()))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how often the machine stood still, if it did."""
    worst_s: dict[str, float] = {}
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        late_s = [s for name, s in getattr(report, "user_properties", ()) if name == PROPERTY]
        worst_s[getattr(report, "nodeid", "")] = max(late_s, default=0.0)
    still = [s for s in worst_s.values() if s >= STOOD_STILL_S]
    if still:
        in_all = f"in {len(still)} of {len(worst_s)} tests, for {max(still):.1f} s at most"
        terminalreporter.write_line(f"The machine stood still {in_all}.")

"""Ports that no two servers of a test run share."""

from __future__ import annotations

import os

from rasa_project.launch.ports import free_port

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
"""Number of the test process: a port is free until a server has started, so each has its own."""

_ports = iter(range(20100 + 1000 * WORKER, 21100 + 1000 * WORKER))


def next_port() -> int:
    """Return a port that no other server of this test run was given."""
    return free_port(next(_ports))

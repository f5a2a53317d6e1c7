"""Free ports, and waiting until a server of ours really answers."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from typing import Callable

from rasa_project.care.errors import UnknotError

LOOPBACK = "127.0.0.1"
POLL_S = 0.05
ANSWER_TIMEOUT_S = 2.0
"""How long one question to a server of this machine may take."""


class PortTaken(UnknotError):
    """Another program listens where the skill should."""


def is_free(port: int, address: str = LOOPBACK) -> bool:
    """Return whether a server could listen on the port now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Like the servers themselves: a port in TIME_WAIT can be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def free_port(wanted: int) -> int:
    """Return `wanted` if nobody uses it on this machine, else a free port."""
    if is_free(wanted):
        return wanted
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Return whether a GET of `url` is answered with 200."""
    # No proxy: the address is this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_TIMEOUT_S) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False


def wait_until_it_answers(url: str, alive: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until `url` answers; False if `alive` says no before, or the time is over."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if answers(url):
            return True
        if not alive():
            return False
        time.sleep(POLL_S)
    return False

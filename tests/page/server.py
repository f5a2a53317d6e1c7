"""The served skill as the tests of the page know it, and requests to it without a browser."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Served:
    """Where the skill answers, and where it logs."""

    address: str
    logs: Path


def ask(served: Served, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
    """Return what a request without a browser gives, as JSON."""
    request = urllib.request.Request(
        served.address + path,
        data=json.dumps(body or {}).encode(),
        headers={"Content-Type": "application/json", **({"X-Page-Key": key} if key else {}), **headers},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())

"""Tests import Rasa as leanly as the skill itself does; see `rasa_project/lean_import.py`."""

from __future__ import annotations

from rasa_project import lean_import
from rasa_project.settings import settings

if settings().lean_import:
    lean_import.install()

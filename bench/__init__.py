"""Measurements: speed, memory, start-up and understanding, beside Rasa's own default bot.

`make bench` runs all of it (`python -m bench --help` names the parts). What it fetches or
makes lies in `.bench/`, its results in `reports/bench.json` and `reports/bench.md`.
"""

from __future__ import annotations

from rasa_project.settings import PROJECT

FOLDER = PROJECT / ".bench"
"""Bots, models and servers' folders of the measurements; git ignores it."""

REPORTS = PROJECT / "reports"

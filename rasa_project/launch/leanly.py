"""Runs any module after a lean import of Rasa.

    python -m rasa_project.launch.leanly rasa_project.evaluation --nlu lines.jsonl
    python -m rasa_project.launch.leanly rasa shell nlu
"""

from __future__ import annotations

import logging
import os
import runpy
import sys
import warnings


def main() -> None:
    """Install the lean import and run the module named first, with the rest as its arguments."""
    if len(sys.argv) < 2:
        sys.exit("usage: python -m rasa_project.launch.leanly MODULE [ARGUMENT …]")
    from rasa_project.settings import settings

    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.simplefilter("ignore", DeprecationWarning)
    logging.getLogger().setLevel(logging.WARNING)
    if settings().lean_import:
        from rasa_project import lean_import

        lean_import.install()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

"""Builds the language assets when they are missing, in a process of its own.

    python -m rasa_project.launch.assets      that process
"""

from __future__ import annotations

import sys
from pathlib import Path

from rasa_project.care.errors import AssetError
from rasa_project.launch.apart import end_with_parent, report, run_apart
from rasa_project.launch.progress import Steps
from rasa_project.settings import settings

TYPICAL_S = 6.0


def ensure_assets_built(steps: Steps) -> None:
    """Build the language assets unless they are there.

    Raises:
        AssetError: they could not be built; the message names the log.
    """
    from rasa_project.assets.folder import MANIFEST, assets_folder

    if (assets_folder() / MANIFEST).is_file():
        return
    log: Path = settings().log_dir / "assets.log"
    with steps.step("assets", "Building the language assets", TYPICAL_S) as step:
        if not run_apart("rasa_project.launch.assets", [], step, log):
            raise AssetError(
                f"The language assets could not be built. The end of {log} says why."
            )


def main() -> int:
    """Build, reporting to the parent process."""
    end_with_parent()
    if settings().lean_import:
        from rasa_project import lean_import

        lean_import.install()
    from rasa_project.assets.build import ensure_assets

    ensure_assets(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())

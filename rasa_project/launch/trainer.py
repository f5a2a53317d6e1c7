"""The training process: `python -m rasa_project.launch.trainer <model file>`.

It reports to its parent how far it is; everything else it writes is log.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from pathlib import Path

from rasa_project.launch.apart import end_with_parent, report
from rasa_project.settings import PROJECT, settings

REPORTED = re.compile(r"(Starting to train|Finished training|Restored) component '(\w+)'")
SHARE_BEFORE_COMPONENTS = 0.15
"""Part of the time that goes by before the first component trains: imports, reading data."""
SHARE_OF_PACKING = 0.03
"""Part of the time that the model file takes at the end."""


class _Reporter(logging.Handler):
    """Turns Rasa's messages about components into lines for the parent process."""

    def __init__(self, components: int) -> None:
        super().__init__(logging.INFO)
        self._components = max(components, 1)
        self._finished = 0

    def emit(self, record: logging.LogRecord) -> None:
        match = REPORTED.match(record.getMessage())
        if match is None:
            return
        begins = match.group(1).startswith("Starting")
        self._finished += 0 if begins else 1
        share = min(self._finished / self._components, 1.0)
        report(
            _in_words(match.group(2)),
            SHARE_BEFORE_COMPONENTS + share * (1 - SHARE_BEFORE_COMPONENTS - SHARE_OF_PACKING),
        )


def _in_words(component: str) -> str:
    """Return a class name as words: IntentClassifier -> intent classifier."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", component).lower()


def _trainable_components(config: Path) -> int:
    """Return how many components `config.yml` lists; some do not train, so it is an upper bound."""
    return len(re.findall(r"^\s*-\s+name:", config.read_text(encoding="utf-8"), re.MULTILINE))


def main(model: Path) -> int:
    """Train from the project's files and write `model`; returns the process's exit code."""
    end_with_parent()
    report("getting ready", 0.01)
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    warnings.simplefilter("ignore")
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    # What Rasa prints would mix with the reports.
    sys.stdout = sys.stderr

    if settings().lean_import:
        from rasa_project import lean_import

        lean_import.install()
    from rasa.model_training import train

    from rasa_project import lean_reading

    lean_reading.install()
    hooks = logging.getLogger("rasa.engine.training.hooks")
    hooks.setLevel(logging.INFO)
    hooks.addHandler(_Reporter(_trainable_components(PROJECT / "config.yml")))
    report("reading the examples", 0.08)
    domain = PROJECT / "domain"
    cache = Path(os.environ.get("RASA_CACHE_DIRECTORY", ""))
    result = train(
        domain=str(domain if domain.is_dir() else PROJECT / "domain.yml"),
        config=str(PROJECT / "config.yml"),
        training_files=[str(PROJECT / "data")],
        output=str(model.parent),
        fixed_model_name=model.name,
        # With nothing in the cache there is nothing to compare the inputs with.
        force_training=not cache.is_dir() or not any(cache.iterdir()),
    )
    return result.code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from rasa_project.care.errors import ContentError
from rasa_project.launch.logs import WordlessFormatter, describe
from rasa_project.settings import PROJECT

SAID = "there is blood in my urine"


@pytest.fixture
def line_of(tmp_path: Path):
    """Run source code as if it were a library's, and return the one line it logged."""

    def run(source: str, logger_name: str = "some.library") -> str:
        lines: list[str] = []

        class Keep(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                lines.append(self.format(record))

        handler = Keep()
        handler.setFormatter(WordlessFormatter())
        logger = logging.getLogger(logger_name)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
        file = tmp_path / "library.py"
        file.write_text(source, encoding="utf-8")
        try:
            exec(compile(source, str(file), "exec"), {"logger": logger, "said": SAID})
        finally:
            logger.removeHandler(handler)
        assert len(lines) == 1
        return lines[0]

    return run


@pytest.mark.parametrize(
    "call",
    [
        "logger.debug(f'Received {said} now')",
        "logger.info('Received %s now', said)",
        "logger.info('Received %s now' % said)",
        "logger.info('Received {} now'.format(said))",
        "logger.warning('Received ' + said + ' now')",
        "logger.log(40, f'Received {said} now')",
        "logger.error(\n    'Received '\n    f'{said}'\n    ' now',\n    extra={'text_said': said},\n)",
        "logger.warning(msg=f'Received {said} now')",
    ],
)
def test_of_a_library_message_only_the_words_of_its_source_are_kept(line_of, call: str) -> None:
    line = line_of(call)
    assert SAID not in line and "blood" not in line
    assert "Received" in line and "now" in line and "library.py:" in line


def test_a_message_that_is_all_value_leaves_only_its_place(line_of) -> None:
    line = line_of("logger.error(said)")
    assert "blood" not in line and "library.py:1" in line


def test_the_text_of_an_exception_is_left_out_and_its_place_kept(line_of) -> None:
    line = line_of(
        "try:\n    raise KeyError(said)\nexcept KeyError as error:\n"
        "    try:\n        raise RuntimeError(said) from error\n"
        "    except RuntimeError:\n        logger.exception('It failed')\n"
    )
    assert "blood" not in line and "\n" not in line
    assert "RuntimeError at" in line and "KeyError at" in line and "library.py:5" in line


def test_our_own_messages_are_written_as_they_are(line_of) -> None:
    line = line_of("logger.info('turn answered kind=%s', 'escalation')", "rasa_project.some.module")
    assert "turn answered kind=escalation" in line


def test_a_record_never_breaks_into_several_lines(line_of) -> None:
    assert "\n" not in line_of("logger.info('a\\nb')", "actions.some")


def test_the_advice_of_our_own_errors_is_kept() -> None:
    try:
        raise ContentError("flags.yml: the file is missing. Restore it.")
    except ContentError as error:
        assert "Restore it." in describe(error, sys.exc_info()[2])


def test_a_log_that_cannot_be_written_prints_no_words_elsewhere(tmp_path: Path) -> None:
    """What `logging` itself says of a line that it lost holds the message and its values."""
    code = (
        "import logging, resource, sys\n"
        "from pathlib import Path\n"
        "from rasa_project.launch.logs import write_logs_to\n"
        "log = write_logs_to(Path(sys.argv[1]), 'skill', 'INFO')\n"
        "handler = logging.getLogger().handlers[0]\n"
        "handler.stream.close()\n"
        "handler.stream = open('/dev/full', 'a')\n"
        "logging.getLogger('some.library').warning('Received %s now', sys.argv[2])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path), SAID], check=True, cwd=PROJECT)
    for file in tmp_path.iterdir():
        assert "blood" not in file.read_text(), file.name

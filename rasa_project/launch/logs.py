"""Log files that say what happened and never what somebody said.

Rasa, its SDK and Sanic put user texts into messages and into the texts of exceptions,
and no list of such places stays complete. So nothing a library formatted is written.
Of a library's message only the constant words in its source line are kept; of an
exception, its type and where it came from. Our own messages (`rasa_project`, `actions`)
are written as they are: they hold event names and fields by rule.
"""

from __future__ import annotations

import ast
import logging
import logging.handlers
import os
import sys
import warnings
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Iterator, Mapping, MutableMapping, Optional, TextIO, Type

from rasa_project.care.errors import UnknotError

OWN_LOGGERS = ("rasa_project", "actions")
SANIC_LOGGERS = ("sanic.root", "sanic.error", "sanic.access")
MAX_BYTES = 2_000_000
"""Size at which a log file is put aside; with `KEPT` old ones about 8 MB at most."""
KEPT = 3
MAX_FRAMES = 6
"""Innermost places of an exception that are named."""
LOG_METHODS = frozenset(
    "debug info warning warn error exception critical fatal log msg".split()
)
GAP = "…"
"""Stands where a library filled in a value."""


def _constants(node: ast.AST) -> Iterator[str]:
    """Yield the constant words of an expression and a gap for everything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for value in node.values:
            yield from _constants(value)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _constants(node.left)
        yield from _constants(node.right)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        yield from _constants(node.left)
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
    ):
        yield from _constants(node.func.value)
    else:
        yield GAP


@lru_cache(maxsize=256)
def _templates(path: str) -> Mapping[int, str]:
    """Return, for every line of a source file that belongs to a logging call, its constant words."""
    try:
        tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return {}
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LOG_METHODS
        ):
            values = node.args[1:] if node.func.attr == "log" else node.args
            message = next((k.value for k in node.keywords if k.arg == "msg"), None)
            message = message or (values[0] if values else None)
            if message is not None:
                words = " ".join("".join(_constants(message)).split())
                for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                    found.setdefault(line, words)
    return found


def describe(error: BaseException, traceback: Optional[TracebackType] = None) -> str:
    """Return an exception as its type and the places it came through.

    Its text is left out, except for our own errors: they name files and settings only.
    """
    places = []
    trace = traceback or error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    text = f"{type(error).__name__} at {' > '.join(places[-MAX_FRAMES:]) or 'unknown'}"
    if isinstance(error, UnknotError):
        text += f": {error}"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{text}; from {describe(cause)}" if cause is not None else text


class WordlessFormatter(logging.Formatter):
    """One line a record: time, level, logger, place, and only words that stand in the source."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; exceptions follow on the same line."""
        own = record.name.split(".")[0] in OWN_LOGGERS
        if own:
            message = record.getMessage()
        else:
            message = _templates(record.pathname).get(record.lineno, GAP)
        line = (
            f"{self.formatTime(record)} {record.levelname} {record.name} "
            f"[{Path(record.pathname).name}:{record.lineno}] {message}"
        )
        if record.exc_info and record.exc_info[1] is not None:
            line += f" | {describe(record.exc_info[1], record.exc_info[2])}"
        return " ".join(line.splitlines())


def _only_the_event(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    """structlog's last step: the event's name; fields hold slots, texts, whole trackers."""
    return str(event.get("event", ""))


def _log_warning(
    message: Warning | str,
    category: Type[Warning],
    filename: str,
    lineno: int,
    file: Optional[TextIO] = None,
    line: Optional[str] = None,
) -> None:
    logging.getLogger("rasa_project.warnings").info(
        "%s at %s:%d", category.__name__, Path(filename).name, lineno
    )


def write_logs_to(folder: Path, name: str, level: str) -> Path:
    """Send every log record of this process to `<folder>/<name>.log`, wordless.

    Nothing is written to the terminal any more: the error stream itself goes to the
    same folder, for libraries that write to it directly. Returns the log file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A line that a full disk does not take is lost. What `logging` prints instead holds what
    # the library wanted to say, the user's words among it.
    logging.raiseExceptions = False
    path = folder / f"{name}.log"
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8"
    )
    handler.setFormatter(WordlessFormatter())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Rasa cuts some loggers off the root; whatever finds no handler ends here.
    handler.setLevel(level)
    logging.lastResort = handler
    os.environ["LOG_LEVEL"] = os.environ["LOG_LEVEL_LIBRARIES"] = level
    warnings.showwarning = _log_warning
    sys.excepthook = lambda kind, error, trace: logging.getLogger("rasa_project").critical(
        "stopped by %s", describe(error, trace)
    )
    _configure_structlog(level)
    stream = os.open(folder / f"{name}.stderr.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    sys.stderr.flush()
    os.dup2(stream, sys.stderr.fileno())
    os.close(stream)
    return path


def quieten_sanic() -> None:
    """Let Sanic's messages go to the log file like all others, wordless.

    An app of Rasa's with its HTTP API prints them to the terminal: each request with the
    token in its address, until nobody reads the terminal and the server stands still.
    """
    for name in SANIC_LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _configure_structlog(level: str) -> None:
    try:
        import structlog
    except ImportError:  # the action server does without
        return
    structlog.configure(
        processors=[_only_the_event],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )

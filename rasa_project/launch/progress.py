"""Long steps shown in the terminal: what is done, how far it is, roughly how long it takes.

How long a step took is remembered in `.launch/times.json`, so the next estimate is this
machine's own.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from rasa_project.settings import PROJECT

TIMES_FILE = PROJECT / ".launch" / "times.json"
NEVER_SAYS_DONE = 0.97
"""A bar driven by the clock stops here; only the step itself knows that it is done."""


@dataclass
class Times:
    """Seconds each step took the last time on this machine."""

    path: Path = TIMES_FILE
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            read = json.loads(self.path.read_text(encoding="utf-8"))
            self.seconds = {str(key): float(value) for key, value in read.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            # Only an estimate is lost; it is measured anew.
            self.seconds = {}

    def expected(self, step: str, typical_s: float) -> float:
        """Return the seconds `step` is expected to take: as last time, else `typical_s`."""
        return self.seconds.get(step, typical_s)

    def remember(self, step: str, seconds: float) -> None:
        """Keep how long `step` took."""
        self.seconds[step] = round(seconds, 1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(self.seconds, indent=1) + "\n", encoding="utf-8")
            fresh.replace(self.path)
        except OSError:
            pass  # an estimate is not worth stopping for


class Step:
    """One step on the screen; `update` may be called from the step's own code."""

    def __init__(self, progress: Progress | None, task: TaskID | None, title: str) -> None:
        self._progress, self._task, self._title = progress, task, title
        self.reported = False
        """Whether the step says itself how far it is; else the clock moves the bar."""

    def update(self, note: str, done: float | None = None) -> None:
        """Show what is being done and, where it is known, how much is done (0 to 1)."""
        if self._progress is None or self._task is None:
            return
        self._progress.update(self._task, description=f"{self._title}: {note}")
        if done is not None:
            self.reported = True
            self._progress.update(self._task, completed=done)


class _Clocked(BarColumn):
    """A bar that follows the clock until the step reports how far it is."""

    def __init__(self, step: Step, expected_s: float) -> None:
        super().__init__(bar_width=24)
        self._step, self._expected_s = step, max(expected_s, 0.1)

    def render(self, task):  # type: ignore[no-untyped-def]  # rich's own signature
        if not self._step.reported and not task.finished:
            task.completed = min((task.elapsed or 0.0) / self._expected_s, NEVER_SAYS_DONE)
        return super().render(task)


class Steps:
    """The steps of one command, on a console."""

    def __init__(self, console: Console, times: Times | None = None) -> None:
        self.console = console
        self._times = times or Times()

    @contextmanager
    def step(self, name: str, title: str, typical_s: float) -> Iterator[Step]:
        """Show the step `title` while the block runs; `name` is the key of its time.

        In a terminal a bar moves; elsewhere one line says what begins and one that it is done.
        """
        expected_s = self._times.expected(name, typical_s)
        about = f"about {_spoken(expected_s)}"
        began = time.monotonic()
        if self.console.is_terminal:
            step = Step(None, None, title)
            progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                _Clocked(step, expected_s),
                TimeElapsedColumn(),
                TextColumn(f"of {about}"),
                console=self.console,
                transient=True,
                refresh_per_second=4,  # what is shown must not slow down what is done
            )
            with progress:
                step._progress, step._task = progress, progress.add_task(title, total=1.0)
                yield step
        else:
            self.console.print(f"{title} ({about}) …", highlight=False)
            yield Step(None, None, title)
        took_s = time.monotonic() - began
        self._times.remember(name, took_s)
        self.console.print(f"✓ {title} ({_spoken(took_s)})", highlight=False)


def _spoken(seconds: float) -> str:
    """Return a duration for people: "8 s", "2 min 10 s"."""
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"

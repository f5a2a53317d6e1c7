"""A clock for tests that talk about seconds: waiting takes none, and no machine is too slow."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class SkippedWaits(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer once nothing else is left to do.

    What is ready runs first, however long that really takes: a pause of a busy machine moves no
    timer. For coroutines that wait for timers and for each other only; a thread or a socket
    would not be waited for.
    """

    def __init__(self) -> None:
        super().__init__(_Selector(self))
        self.now_s = 0.0

    def time(self) -> float:
        return self.now_s


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: SkippedWaits) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if not timeout:
            return super().select(timeout)
        self._loop.now_s += timeout
        return super().select(0)


@contextmanager
def skipped_waits() -> Iterator[Callable[[Coroutine], Any]]:
    """Give what runs a coroutine to its end without waiting; what it leaves behind is cancelled."""
    loop = SkippedWaits()
    try:
        yield loop.run_until_complete
    finally:
        loop.run_until_complete(_cancel(asyncio.all_tasks(loop)))
        loop.close()


async def _cancel(tasks: Iterable[asyncio.Task]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

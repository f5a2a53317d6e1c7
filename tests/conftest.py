"""The trained skill, loaded once for every test that talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from rasa_project.diary.keeper import passing_diary, use
from clocks import skipped_waits


@pytest.fixture(scope="session")
def event_loop_of_tests() -> Iterator[asyncio.AbstractEventLoop]:
    """One event loop: the locks of the loaded model belong to the loop they were made in."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    loop.close()


@pytest.fixture(scope="session", autouse=True)
def _no_diary_of_this_machine() -> None:
    """Tests that call actions directly write into a diary of their own."""
    use(passing_diary())


@pytest.fixture(scope="session")
def loaded_skill(event_loop_of_tests: asyncio.AbstractEventLoop) -> Any:
    """The newest trained model with the real actions, in this process."""
    from rasa_project.evaluation.loading import log_only_what_is_wrong
    from rasa_project.local import Skill

    log_only_what_is_wrong()
    return Skill.load()


@pytest.fixture
def skill(loaded_skill: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The loaded skill in the default country, its action server up, whatever a test does."""
    monkeypatch.delenv("SKILL_COUNTRY", raising=False)
    loaded_skill.actions.dead = False
    yield loaded_skill
    loaded_skill.actions.dead = False


@pytest.fixture
def run(event_loop_of_tests: asyncio.AbstractEventLoop) -> Callable[[Coroutine], Any]:
    """Run a coroutine of the skill to its end."""
    return event_loop_of_tests.run_until_complete


@pytest.fixture
def run_skipping_waits() -> Iterator[Callable[[Coroutine], Any]]:
    """Run a coroutine of timers alone to its end, at once."""
    with skipped_waits() as run_it:
        yield run_it

"""Whether the skill can do all it should, told apart from whether it is alive.

`/health`: the process answers. `/ready`: the model is loaded, the content read, the action
server answers, the diary, the store of conversations and that of locks can be reached. An unready skill still answers an emergency, so
whoever watches it may take it out of the rotation but should not kill it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import Any, Awaitable, Callable, List, Mapping, Optional, Sequence, Tuple

import aiohttp

logger = logging.getLogger(__name__)

PROBE_S = 1.0
"""Seconds that the action server gets to answer."""

DIARY_S = 3.0
"""Seconds that the diary gets: a server of its own is given up after 2."""

HOLDS_S = 1.0
"""Seconds for which an answer holds, so that asking often costs nothing."""

Check = Callable[[], Awaitable[bool]]


class Readiness:
    """Asks each part of the skill; what fails is named by one word, without why."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """Ask `checks`, by the word that names the part."""
        self._checks = checks
        self._lock: Optional[asyncio.Lock] = None
        self._last: Tuple[float, List[str]] = (float("-inf"), [])

    async def not_ready(self) -> List[str]:
        """Return the parts that are not ready, none when all are."""
        if self._lock is None:
            self._lock = asyncio.Lock()
        async with self._lock:
            at, found = self._last
            if time.monotonic() - at > HOLDS_S:
                answers = await asyncio.gather(*(_asked(check) for check in self._checks.values()))
                now = [name for name, ready in zip(self._checks, answers) if not ready]
                if now != found:
                    logger.warning("ready=%s not_ready=%s", not now, ",".join(now) or "-")
                found = now
                self._last = (time.monotonic(), found)
            return found


async def _asked(check: Check) -> bool:
    try:
        return await check()
    except Exception:  # whatever it is, the part is not ready
        return False


def checks_of(app: Any, action_urls: Sequence[str], *, tracker: Any = None, locks: Any = None) -> Mapping[str, Check]:
    """Return the checks of a Rasa app; of its action servers one has to answer.

    Args:
        tracker: the store of conversations of the endpoints; asked if it has `answers`.
        locks: that of locks; what this process keeps in its memory always answers.
    """

    async def model() -> bool:
        agent = getattr(app.ctx, "agent", None)
        return agent is not None and bool(agent.is_ready())

    async def content() -> bool:
        return await asyncio.get_running_loop().run_in_executor(None, _content_is_read)

    async def actions() -> bool:
        return any(await asyncio.gather(*(_asked(partial(_answers, url)) for url in action_urls)))

    async def diary() -> bool:
        asked = asyncio.get_running_loop().run_in_executor(None, _diary_answers)
        return await asyncio.wait_for(asked, DIARY_S)

    return {
        "model": model,
        "content": content,
        "actions": actions,
        "diary": diary,
        "tracker": partial(_store_answers, tracker),
        "locks": partial(_store_answers, locks),
    }


async def _store_answers(store: Any) -> bool:
    asked = getattr(store, "answers", None)
    return True if asked is None else bool(await asked())


async def _answers(action_url: str) -> bool:
    """Return whether the action server at `action_url` says that it is well."""
    health = action_url.rsplit("/", 1)[0] + "/health"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PROBE_S)) as session:
        async with session.get(health) as answer:
            return answer.status == 200


def _content_is_read() -> bool:
    """Return True; what is wrong with the content is raised."""
    from rasa_project.care.escalation_words import load_escalations
    from rasa_project.care.flags import load_red_flags
    from rasa_project.care.phrases import load_phrases

    return all((load_red_flags(), load_escalations(), load_phrases()))


def _diary_answers() -> bool:
    from rasa_project.diary.keeper import keeper

    return keeper().answers()

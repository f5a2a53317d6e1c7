"""Who has a diary, and a diary that never costs a turn.

Everything actions do goes through a `Keeper`. What fails is logged in one line without a
word of the user, and the skill goes on with what the conversation itself remembers.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import shutil
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Mapping, Optional, TypeVar

from rasa_project import clock
from rasa_project.care.history import History, PainScore, SessionEntry
from rasa_project.settings import Settings, settings

if TYPE_CHECKING:  # SQLAlchemy is loaded at first use
    from rasa_project.diary.store import SqlDiary

logger = logging.getLogger(__name__)

RETRY_S = 30.0
"""How long a diary that failed is left alone, so that a dead server delays one turn and not each."""

PRUNE_EVERY_S = 86_400.0
"""How often what is older than the retention is deleted."""

PRUNE_AGAIN_S = 3_600.0
"""How long after a deletion that failed it is tried again."""

SESSION_ONLY_CHANNELS = frozenset({"alexa"})
"""Channels on which nothing outlives the conversation: a company's cloud lies between."""

DIARY_FILE = "diary.sqlite3"
SQLITE_FILE = "sqlite:///"

T = TypeVar("T")


@dataclass
class Keeper:
    """Opens a diary at first use and keeps its failures away from the talk."""

    url: str
    """Database URL."""

    keep_days: int
    """Days after which an entry is deleted."""

    on: bool = True
    """Whether this household keeps diaries at all."""

    off_for: frozenset[str] = frozenset()
    """Channels (`rest`) and people (`rest:anna`) who want no diary."""

    _diary: Optional[SqlDiary] = field(default=None, init=False)
    _rest_until: float = field(default=float("-inf"), init=False)
    _pruned_at: float = field(default=float("-inf"), init=False)
    _failing: bool = field(default=False, init=False)

    def keeps(self, channel: str, sender: str) -> bool:
        """Return whether this person has a diary on this channel."""
        if not self.on or channel in SESSION_ONLY_CHANNELS:
            return False
        return not self.off_for & {channel, f"{channel}:{sender}"}

    def warm_up(self) -> None:
        """Open the diary before anybody waits for it; never raises."""
        if self.on:
            self._guarded("open", lambda diary: None, None)

    def answers(self) -> bool:
        """Return whether the diary can be used now; True where none is kept.

        One that was left alone after a failure is asked all the same, and used again at
        once when it is back.
        """
        if not self.on:
            return True
        try:
            self._opened().probe()
        except Exception as error:
            self._failed("probe", error)
            return False
        self._rest_until = float("-inf")
        # A disk that is full can still be read: only a write tells that it is back.
        return True

    def history(self, person: str) -> Optional[History]:
        """Return what is kept of a person, None when the diary cannot be read."""
        return self._guarded("read", lambda diary: diary.history(person), None)

    def add_score(self, person: str, score: PainScore) -> bool:
        """Keep a pain score; return whether it was written."""
        return self._write("score", lambda diary: diary.add_score(person, score))

    def save_session(self, person: str, session: SessionEntry) -> bool:
        """Keep a session; return whether it was written."""
        return self._write("session", lambda diary: diary.save_session(person, session))

    def put_in_force(self, person: str, tiers: Mapping[str, str], at: datetime) -> bool:
        """Keep flags in force; return whether they were written."""
        return self._write("flags", lambda diary: diary.put_in_force(person, tiers, at))

    def withdraw(self, person: str, flag: str) -> bool:
        """Forget a misheard flag; return whether it is gone."""
        return self._write("withdraw", lambda diary: diary.withdraw(person, flag))

    def clear(self, person: str, at: datetime) -> bool:
        """Note a clinician's clearance; return whether it was written."""
        return self._write("clear", lambda diary: diary.clear(person, at))

    def forget(self, person: str) -> bool:
        """Delete everything of a person; return False when it could not be done.

        The one thing that is tried even while a failed diary is left alone: nobody may be
        told that their data are gone because the diary was not asked.
        """
        if not self.on and not self._may_hold_rows():
            return True
        self._rest_until = float("-inf")
        return self._write("forget", lambda diary: diary.forget(person))

    def _write(self, what: str, task: Callable[[SqlDiary], None]) -> bool:
        def done(diary: SqlDiary) -> bool:
            task(diary)
            return True

        return self._guarded(what, done, False)

    def _guarded(self, what: str, task: Callable[[SqlDiary], T], otherwise: T) -> T:
        if time.monotonic() < self._rest_until:
            return otherwise
        try:
            done = task(self._opened())
        except Exception as error:  # whatever it is, the talk goes on
            self._failed(what, error)
            return otherwise
        if self._failing and what != "read":
            self._failing = False
            logger.warning("diary back")
        return done

    def _failed(self, what: str, error: Exception) -> None:
        """Leave the diary alone for a while."""
        self.close()
        self._rest_until = time.monotonic() + RETRY_S
        self._say_once(what, error)

    def _say_once(self, what: str, error: Exception) -> None:
        """Say that the diary fails, once however long that lasts."""
        if not self._failing:
            self._failing = True
            # No text of the error: a database puts the values of a statement into it.
            logger.warning(
                "diary unavailable doing=%s error=%s at=%s", what, type(error).__name__, _place(error)
            )

    def close(self) -> None:
        """Let go of the database; the next use opens it again."""
        diary, self._diary = self._diary, None
        if diary is not None:
            diary.close()

    def _may_hold_rows(self) -> bool:
        """Return whether a diary was kept here before it was switched off."""
        file = self.url.removeprefix(SQLITE_FILE)
        return not self.url.startswith(SQLITE_FILE) or Path(file).exists()

    def _opened(self) -> SqlDiary:
        if self._diary is None:
            # Imported here: the first use pays for it, not the start.
            from rasa_project.diary.database import open_database
            from rasa_project.diary.store import SqlDiary

            self._diary = SqlDiary(open_database(self.url))
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S:
            self._prune(self._diary)
        return self._diary

    def _prune(self, diary: SqlDiary) -> None:
        """Delete what is too old; a disk that takes nothing can still be read, locks above all."""
        try:
            diary.forget_before(clock.utc_now() - timedelta(days=self.keep_days))
        except Exception as error:  # whoever is gone altogether fails at what is asked next
            self._say_once("prune", error)
            self._pruned_at = time.monotonic() - PRUNE_EVERY_S + PRUNE_AGAIN_S
        else:
            self._pruned_at = time.monotonic()


def key_of(channel: str, sender: str) -> str:
    """Return the key of a person on a channel: one way, so that the diary names nobody."""
    return hashlib.sha256(f"{channel}\0{sender}".encode()).hexdigest()


def keeper_of(in_force: Settings) -> Keeper:
    """Return the keeper that the settings describe."""
    url = in_force.diary_url or f"{SQLITE_FILE}{in_force.data_dir / DIARY_FILE}"
    return Keeper(url, in_force.diary_days, in_force.diary, in_force.diary_off_for)


def passing_diary() -> Keeper:
    """Return the keeper of a diary that is deleted when this process ends."""
    folder = tempfile.mkdtemp(prefix="unknot-diary-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Keeper(f"{SQLITE_FILE}{Path(folder) / DIARY_FILE}", keep_days=365)


@lru_cache(maxsize=1)
def _of_this_process() -> Keeper:
    return keeper_of(settings())


_chosen: list[Keeper] = []


def keeper() -> Keeper:
    """Return the keeper of this process: the one `use` chose, else that of the settings."""
    return _chosen[-1] if _chosen else _of_this_process()


def use(chosen: Optional[Keeper]) -> None:
    """Keep the diary of this process elsewhere (tests, measurements); None ends that."""
    _chosen.clear()
    if chosen is not None:
        _chosen.append(chosen)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "rasa_project" in f.filename] or frames
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "unknown"

"""The store of conversations alone, with a database that refuses, fills up and comes back."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_project.earlier import is_unread
from rasa_project.storage import lasting_store
from rasa_project.storage.lasting_store import LastingStore

Say = Callable[[LastingStore, str], Awaitable[bool]]
SHUT = "CREATE TRIGGER shut BEFORE {} ON events BEGIN SELECT RAISE(ABORT, 'readonly database'); END"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "talks.db"


@pytest.fixture(autouse=True)
def _short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting_store, "REST_S", 0.1)


def in_a_loop(task: Awaitable[Any]) -> Any:
    """Run a coroutine apart from the loop of the other tests."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(task)
    finally:
        loop.close()


async def say(store: LastingStore, text: str, key: str = "anna") -> DialogueStateTracker:
    """Take one turn as Rasa does; returns its tracker."""
    tracker = await store.get_or_create_tracker(key, append_action_listen=False)
    if not tracker.events:
        tracker.update(ActionExecuted("action_session_start"))
        tracker.update(SessionStarted())
    tracker.update(UserUttered(text))
    await store.save(tracker)
    return tracker


def stored(file: Path, key: str = "anna") -> list[str]:
    with sqlite3.connect(file) as db:
        rows = db.execute(
            "SELECT json_extract(data, '$.text') FROM events WHERE type_name = 'user' AND sender_id = ? ORDER BY id",
            (key,),
        )
        return [text for (text,) in rows]


def words(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def opened(file: Path) -> LastingStore:
    return LastingStore(Domain.empty(), f"sqlite:///{file}")


def execute(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as db:
        db.execute(statement)


def test_a_file_that_takes_nothing_is_read_with_what_is_owed_and_paid_once(file: Path) -> None:
    async def talk() -> None:
        store = opened(file)
        await say(store, "hello")
        execute(file, SHUT.format("INSERT"))
        assert not is_unread(await say(store, "numb"))
        await asyncio.sleep(0.15)
        read = await say(store, "still numb")
        assert words(read) == ["hello", "numb", "still numb"] and stored(file) == ["hello"]
        execute(file, "DROP TRIGGER shut")
        await asyncio.sleep(0.4)
        assert stored(file) == ["hello", "numb", "still numb"]
        await say(store, "after")
        await store.close()

    in_a_loop(talk())
    assert stored(file) == ["hello", "numb", "still numb", "after"]


def test_what_is_owed_at_the_end_is_written_at_the_end(file: Path) -> None:
    async def talk() -> None:
        store = opened(file)
        await say(store, "hello")
        execute(file, SHUT.format("INSERT"))
        await say(store, "numb")
        execute(file, "DROP TRIGGER shut")
        await store.close()

    in_a_loop(talk())
    assert stored(file) == ["hello", "numb"]


def test_a_file_that_takes_nothing_is_not_ready_until_it_does(file: Path) -> None:
    async def talk() -> None:
        store = opened(file)
        await say(store, "hello")
        assert await store.answers()
        execute(file, SHUT.format("INSERT"))
        assert await store.answers()
        await say(store, "numb")
        assert not await store.answers()
        execute(file, "DROP TRIGGER shut")
        await asyncio.sleep(0.4)
        assert await store.answers()
        file.rename(file.with_name("away.db"))
        file.mkdir()
        assert not await store.answers()
        await store.close()

    in_a_loop(talk())


def test_a_conversation_that_cannot_be_read_is_marked_and_goes_on_where_it_was(file: Path) -> None:
    async def talk() -> None:
        store = opened(file)
        await say(store, "hello")
        away = file.with_name("away.db")
        file.rename(away)
        file.mkdir()
        assert is_unread(await say(store, "numb"))
        assert is_unread(await say(store, "new and numb", "new"))
        file.rmdir()
        away.rename(file)
        await asyncio.sleep(0.4)
        read = await store.retrieve("anna")
        assert read is not None and words(read) == ["hello", "numb"] and not is_unread(read)
        # Nobody was known before: there the beginning of the session stays.
        new = await store.retrieve("new")
        assert new is not None and isinstance(new.events[0], SessionStarted)

    in_a_loop(talk())


def test_a_full_disk_loses_nothing(file: Path) -> None:
    """RLIMIT_FSIZE stands for the disk: no file of this process may grow beyond it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def talk() -> None:
        store = opened(file)
        await say(store, "hello")
        size = file.stat().st_size
        heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            for number in range(8):
                await say(store, f"{number} " + "numb " * 800)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, heard)
        assert len(stored(file)) < 9
        await asyncio.sleep(0.4)
        await store.close()

    in_a_loop(talk())
    assert [text.split()[0] for text in stored(file)] == ["hello", *map(str, range(8))]


def test_a_deletion_that_the_database_refuses_is_done_later_and_hides_the_words_at_once(file: Path) -> None:
    async def talk() -> None:
        store = opened(file)
        await say(store, "my secret")
        execute(file, SHUT.format("DELETE"))
        await store.delete("anna")
        read = await store.retrieve("anna")
        assert read is not None and is_unread(read) and words(read) == []
        execute(file, "DROP TRIGGER shut")
        await asyncio.sleep(0.4)
        assert stored(file) == [] and await store.retrieve("anna") is None

    in_a_loop(talk())
    assert b"my secret" not in file.read_bytes()


def test_two_turns_at_once_lose_nothing_of_each_other(file: Path) -> None:
    """Rasa's own store counts rows and would leave out the first events of the second."""

    async def talk() -> None:
        one, two = opened(file), opened(file)
        await say(one, "hello")
        first, second = await one.retrieve("anna"), await two.retrieve("anna")
        assert first is not None and second is not None
        first.update(UserUttered("from one"))
        second.update(UserUttered("from two"))
        await one.save(first)
        await two.save(second)

    in_a_loop(talk())
    assert stored(file) == ["hello", "from one", "from two"]


def test_a_table_that_rasa_made_is_taken_over_with_its_conversations(file: Path) -> None:
    async def talk() -> None:
        theirs = SQLTrackerStore(Domain.empty(), db=str(file))
        tracker = DialogueStateTracker.from_events(
            "anna", [ActionExecuted("action_session_start"), SessionStarted(), UserUttered("before")]
        )
        await theirs.save(tracker)
        assert words(await say(opened(file), "after")) == ["before", "after"]
        again = await theirs.retrieve("anna")
        assert again is not None and words(again) == ["before", "after"]

    in_a_loop(talk())


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    heard = signal.getsignal(signal.SIGXFSZ)
    yield
    signal.signal(signal.SIGXFSZ, heard)

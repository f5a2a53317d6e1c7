"""With SKILL_TRACKER_KEY a database holds conversations that nobody can read without the key."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from real_servers import Postgres, Skill
from rasa_project.earlier import is_unread
from rasa_project.settings import PREFIX, PROJECT
from rasa_project.storage import lasting_store
from rasa_project.storage.events_table import EventsTable, check_keys
from rasa_project.storage.lasting_store import LastingStore
from rasa_project.storage.sealing import KeyMissing, Seal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
NUMB = "I can't feel anything between my legs"


@dataclass
class Base:
    """A real database of one test."""

    url: str
    held: Callable[[], str]
    """Everything in its tables; of a file, its bytes too."""

    query: Callable[[str], list[Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Base:
    if request.param == "sqlite":
        file = tmp_path / "talks.sqlite3"

        def query(text: str) -> list[Any]:
            with sqlite3.connect(file) as db:
                return db.execute(text).fetchall()

        def held() -> str:
            files = [path.read_bytes().decode("latin-1") for path in tmp_path.glob("talks*")]
            return "".join([*files, str(query("SELECT * FROM events"))])

        return Base(f"sqlite:///{file}", held, query)
    postgres: Postgres = request.getfixturevalue("postgres")
    for table in ("events", "event_seals"):
        postgres.query(f"DROP TABLE IF EXISTS {table}")
    return Base(postgres.url, lambda: str(postgres.query("SELECT * FROM events ORDER BY id")), postgres.query)


def in_a_loop(task: Awaitable[Any]) -> Any:
    """Run a coroutine apart from the loop of the other tests."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(task)
    finally:
        loop.close()


def say(base: Base, text: str, *keys: str, sender: str = "anna") -> DialogueStateTracker:
    """Take one turn in a process of its own, as far as the store can tell; returns its tracker."""

    async def turn() -> DialogueStateTracker:
        store = LastingStore(Domain.empty(), base.url, keys=keys)
        tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        if not tracker.events:
            tracker.update(ActionExecuted("action_session_start"))
            tracker.update(SessionStarted())
        tracker.update(UserUttered(text, {"name": "ask_spinal_tumour"}))
        await store.save(tracker)
        await store.close()
        return tracker

    return in_a_loop(turn())


def words(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_what_is_sealed_is_read_again_and_lies_in_no_table_or_file(base: Base) -> None:
    say(base, "my secret spasm", OLD)
    assert words(say(base, "another one", OLD)) == ["my secret spasm", "another one"]
    held = base.held()
    for told in ("secret", "another", "spinal_tumour", "action_session_start", OLD):
        assert told not in held
    assert base.query("SELECT count(*) FROM events WHERE type_name = 'user'")[0][0] == 2


def test_conversations_from_before_the_key_are_read_and_go_on(base: Base) -> None:
    say(base, "in the open")
    assert words(say(base, "under seal", OLD)) == ["in the open", "under seal"]
    held = base.held()
    assert "in the open" in held and "under seal" not in held


def test_a_table_of_rasas_own_store_is_taken_over_and_sealed_from_then_on(tmp_path: Path) -> None:
    file = tmp_path / "talks.sqlite3"

    async def before() -> None:
        theirs = SQLTrackerStore(Domain.empty(), db=str(file))
        begin = [ActionExecuted("action_session_start"), SessionStarted(), UserUttered("before")]
        await theirs.save(DialogueStateTracker.from_events("anna", begin))

    in_a_loop(before())
    base = Base(f"sqlite:///{file}", lambda: "", lambda _: [])
    assert words(say(base, "under seal", OLD)) == ["before", "under seal"]
    assert b"under seal" not in file.read_bytes()


@pytest.mark.parametrize("keys", [(), (NEW,)], ids=["no_key", "another_key"])
def test_without_the_key_nothing_is_told_changed_or_lost(
    base: Base, keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lasting_store, "REST_S", 0.05)
    say(base, "my secret spasm", OLD)
    before = base.held()
    with pytest.raises(KeyMissing, match="SKILL_TRACKER_KEY.*is not given.*Nothing was changed"):
        check_keys(base.url, Seal(keys))
    # The database that was not there at the start and comes later: not even then.
    assert is_unread(say(base, "said without the key", *keys))
    assert base.held() == before
    assert words(say(base, "later", OLD)) == ["my secret spasm", "later"]


def test_a_key_is_changed_and_the_old_one_can_go_after_everything_was_sealed_anew(base: Base) -> None:
    say(base, "in the open")
    say(base, "under the old key", OLD)
    assert words(say(base, "under the new one", NEW, OLD)) == [
        "in the open", "under the old key", "under the new one",
    ]  # fmt: skip
    with pytest.raises(KeyMissing):
        check_keys(base.url, Seal([NEW]))
    table = EventsTable(base.url, Seal([NEW, OLD]))
    assert table.seal_anew(batch=2) == 4  # session start of two events, two turns; the third is sealed so
    assert table.seal_anew() == 0
    table.let_go()
    held = base.held()
    assert "in the open" not in held and "spinal_tumour" not in held
    check_keys(base.url, Seal([NEW]))
    assert words(say(base, "last", NEW))[:2] == ["in the open", "under the old key"]
    with pytest.raises(KeyMissing):
        check_keys(base.url, Seal([OLD]))


def test_a_deletion_needs_no_look_into_what_is_sealed(base: Base) -> None:
    say(base, "my secret spasm", OLD)
    say(base, "somebody else", OLD, sender="ben")
    table = EventsTable(base.url, Seal([OLD]))
    table.delete("anna")
    table.let_go()
    assert words(say(base, "again", OLD)) == ["again"]
    assert words(say(base, "again", OLD, sender="ben")) == ["somebody else", "again"]


@pytest.mark.parametrize("kind", ["another_key", "cut_off", "not_json"])
def test_one_conversation_that_cannot_be_read_costs_the_others_nothing(base: Base, kind: str) -> None:
    damaged = {
        "another_key": Seal([NEW]).close('{"event": "user"}'), "cut_off": "gAAAAABm", "not_json": '{"event": "us',
    }[kind]  # fmt: skip

    async def talk() -> None:
        store = LastingStore(Domain.empty(), base.url, keys=[OLD])
        for sender in ("anna", "ben"):
            tracker = await store.get_or_create_tracker(sender)
            tracker.update(UserUttered(f"hello from {sender}"))
            await store.save(tracker)
        base.query(f"UPDATE events SET data = '{damaged}' WHERE sender_id = 'anna' AND type_name = 'user'")
        anna, ben = await store.retrieve("anna"), await store.retrieve("ben")
        assert anna is not None and is_unread(anna)
        assert ben is not None and words(ben) == ["hello from ben"]
        await store.close()

    in_a_loop(talk())


def test_reseal_is_a_command_that_says_what_it_did(base: Base) -> None:
    say(base, "in the open")

    def reseal(**given: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        return subprocess.run(
            [sys.executable, "-m", "rasa_project.storage.reseal"], cwd=PROJECT, text=True,
            env={**kept, **{PREFIX + k: v for k, v in given.items()}}, capture_output=True, timeout=120,
        )  # fmt: skip

    without = reseal(TRACKER_URL=base.url)
    assert without.returncode == 1 and "SKILL_TRACKER_KEY" in without.stderr
    done = reseal(TRACKER_URL=base.url, TRACKER_KEY=NEW)
    assert done.returncode == 0 and "3 events" in done.stdout + done.stderr
    assert "in the open" not in base.held()
    wrong = reseal(TRACKER_URL=base.url, TRACKER_KEY=OLD)
    assert wrong.returncode == 1 and "not given" in wrong.stderr
    assert OLD not in wrong.stderr and NEW not in done.stderr


def test_the_skill_serves_under_seal_over_a_restart_and_refuses_another_key(base: Base, tmp_path: Path) -> None:
    skill = Skill(tmp_path / "skill", TRACKER_URL=base.url, TRACKER_KEY=OLD, DIARY="0")

    def ends_with_a_sentence(key: str) -> None:
        skill.settings = {**skill.settings, "SKILL_TRACKER_KEY": key}
        skill.start()
        assert skill.process is not None and skill.process.wait(120) == 1
        said = " ".join(skill.said[skill._from :].split())
        assert "✗ SKILL_TRACKER_KEY: conversations" in said and said.endswith("Nothing was changed.")
        assert "Traceback" not in said and OLD not in said and NEW not in said

    try:
        skill.start()
        skill.wait()
        skill.say("anna", "hello, the marzipan is on")
        assert skill.say("anna", NUMB)[0].is_escalation
        skill.kill()
        before = base.held()
        assert "marzipan" not in before and "between my legs" not in before and "saddle" not in before
        ends_with_a_sentence(NEW)
        assert base.held() == before
        skill.settings = {**skill.settings, "SKILL_TRACKER_KEY": f"{NEW},{OLD}"}
        skill.start()
        skill.wait()
        said = [event["text"] for event in skill.events("anna") if event["event"] == "user"]
        assert said == ["hello, the marzipan is on", NUMB]
        locked = skill.say("anna", "give me a stretch")
        assert "clinician" in " ".join(m.text for m in locked) or locked[0].is_escalation
        skill.say("anna", "delete my data")
        assert "is gone" in " ".join(m.text for m in skill.say("anna", "yes"))
        # The lock is written anew; it is sealed, too.
        assert "saddle" not in base.held()
        skill.signal(signal.SIGTERM)
        assert skill.process is not None and skill.process.wait(15) == 0
        assert OLD not in skill.log and NEW not in skill.log
    finally:
        skill.kill()

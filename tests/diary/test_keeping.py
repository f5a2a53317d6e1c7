"""What is kept of a person comes back as it was, for that person only, on every database."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from rasa_project.care.history import ExerciseDone, History, PainScore, SessionEntry
from rasa_project.diary import database
from rasa_project.diary.database import HEAD, MIGRATIONS, open_database
from rasa_project.diary.keeper import Keeper, key_of
from rasa_project.diary.tables import Base

NOW = datetime(2024, 3, 5, 9, 30, tzinfo=timezone.utc)
ANNA, BEN = key_of("rest", "anna"), key_of("rest", "ben")
SESSION = SessionEntry(
    id="5f6c1f0e-0000-4000-8000-000000000001",
    started_at=NOW,
    programme_id="acute_floor",
    amount=0.5,
    pain_before=6,
    exercises=(
        ExerciseDone("pelvic_tilt", reps=5),
        ExerciseDone("knee_rolls", skipped=True, sides="alternate"),
        ExerciseDone("rest_90_90", reps=1, hurt=True),
    ),
)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def any_keeper(request: pytest.FixtureRequest) -> Keeper:
    """The same tests on SQLite and on PostgreSQL."""
    kept = Keeper(request.getfixturevalue(request.param), keep_days=36_500)
    for person in (ANNA, BEN):
        kept.forget(person)
    return kept


def test_everything_comes_back_as_it_was_kept(any_keeper: Keeper) -> None:
    ended = SessionEntry(
        **{
            **vars(SESSION),
            "ended_at": NOW + timedelta(minutes=12),
            "pain_after": 4,
            "feeling": "better",
            "outcome": "finished",
        }
    )
    assert any_keeper.save_session(ANNA, SESSION)
    assert any_keeper.save_session(ANNA, ended)
    assert any_keeper.add_score(ANNA, PainScore(NOW, 6))
    assert any_keeper.add_score(ANNA, PainScore(NOW + timedelta(minutes=12), 4))
    assert any_keeper.put_in_force(ANNA, {"fever_unwell": "same_day"}, NOW)
    found = any_keeper.history(ANNA)
    assert found.sessions == (ended,)
    assert [s.pain for s in found.scores] == [6, 4]
    assert found.flags_in_force == {"fever_unwell": "same_day"}
    assert found.flags[0].at == NOW


def test_nobody_sees_anothers_entries(any_keeper: Keeper) -> None:
    any_keeper.add_score(ANNA, PainScore(NOW, 6))
    any_keeper.save_session(ANNA, SESSION)
    assert any_keeper.history(BEN) == History()


def test_the_same_name_on_another_channel_is_another_person() -> None:
    assert key_of("rest", "anna") != key_of("wyoming", "anna")
    assert key_of("rest", "a" * 300) != key_of("rest", "a" * 301)


def test_a_moment_told_in_another_zone_is_kept_as_the_same_moment(any_keeper: Keeper) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-8)))
    any_keeper.add_score(ANNA, PainScore(elsewhere, 3))
    assert any_keeper.history(ANNA).scores[0].at == NOW


def test_a_cleared_flag_is_no_longer_in_force_and_a_misheard_one_is_forgotten(
    any_keeper: Keeper,
) -> None:
    any_keeper.put_in_force(ANNA, {"fever_unwell": "same_day", "foot_drop": "same_day"}, NOW)
    any_keeper.withdraw(ANNA, "foot_drop")
    assert any_keeper.history(ANNA).flags_in_force == {"fever_unwell": "same_day"}
    any_keeper.put_in_force(ANNA, {"fever_unwell": "emergency_now"}, NOW + timedelta(hours=1))
    assert any_keeper.history(ANNA).flags_in_force == {"fever_unwell": "emergency_now"}
    any_keeper.clear(ANNA, NOW + timedelta(days=1))
    found = any_keeper.history(ANNA)
    assert found.flags_in_force == {} and found.cleared_at == NOW + timedelta(days=1)
    assert len(found.flags) == 1 and found.flags[0].at == NOW


def test_forgetting_a_person_leaves_everybody_else(any_keeper: Keeper) -> None:
    for person, name in ((ANNA, "1"), (BEN, "2")):
        any_keeper.add_score(person, PainScore(NOW, 6))
        any_keeper.put_in_force(person, {"fever_unwell": "same_day"}, NOW)
        any_keeper.save_session(person, SessionEntry(**{**vars(SESSION), "id": SESSION.id[:-1] + name}))
    before = any_keeper.history(BEN)
    assert any_keeper.forget(ANNA)
    assert any_keeper.history(ANNA) == History()
    assert any_keeper.history(BEN) == before and before.sessions


def test_what_is_older_than_the_retention_is_deleted_at_the_next_start(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Keeper(sqlite_url, keep_days=30)
    monkeypatch.setattr("rasa_project.clock.utc_now", lambda: NOW)
    first.add_score(ANNA, PainScore(NOW - timedelta(days=5), 6))
    first.save_session(ANNA, SESSION)
    first.put_in_force(ANNA, {"fever_unwell": "same_day"}, NOW)
    monkeypatch.setattr("rasa_project.clock.utc_now", lambda: NOW + timedelta(days=29))
    left = Keeper(sqlite_url, keep_days=30).history(ANNA)
    assert left.scores == () and len(left.sessions) == 1 and len(left.flags) == 1
    monkeypatch.setattr("rasa_project.clock.utc_now", lambda: NOW + timedelta(days=31))
    assert Keeper(sqlite_url, keep_days=30).history(ANNA) == History()


def test_deleted_entries_cannot_be_read_from_the_files(sqlite_url: str, tmp_path: Path) -> None:
    kept = Keeper(sqlite_url, keep_days=36_500)
    kept.save_session(ANNA, SESSION)
    kept.put_in_force(ANNA, {"suicidal_or_self_harm": "emergency_now"}, NOW)
    kept.save_session(BEN, SessionEntry(**{**vars(SESSION), "id": "ben-1", "programme_id": "x"}))
    traces = [ANNA, SESSION.id, "suicidal_or_self_harm", "pelvic_tilt"]
    kept.save_session(BEN, SessionEntry(**{**vars(SESSION), "id": "ben-1", "exercises": ()}))
    assert all(trace in _bytes_of(tmp_path) for trace in traces)
    assert kept.forget(ANNA)
    assert [trace for trace in traces if trace in _bytes_of(tmp_path)] == []
    assert BEN in _bytes_of(tmp_path)


def _bytes_of(folder: Path) -> str:
    return "".join(f.read_bytes().decode("latin-1") for f in folder.rglob("*") if f.is_file())


def test_two_processes_that_start_together_make_one_diary(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'diary.sqlite3'}"
    _start_together(url)
    _one_diary_with(url, scores=3)


def test_two_processes_that_start_together_make_one_diary_on_a_server(postgres_url: str) -> None:
    admin = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        db.execute(sa.text("CREATE DATABASE together"))
    url = postgres_url.rsplit("/", 1)[0] + "/together"
    _start_together(url)
    _one_diary_with(url, scores=3)


STARTER = """
import sys
from datetime import datetime, timezone
from rasa_project.care.history import PainScore
from rasa_project.diary.keeper import Keeper, key_of
keeper = Keeper(sys.argv[1], 36500)
keeper.warm_up()
sys.exit(not keeper.add_score(key_of("rest", "anna"), PainScore(datetime.now(timezone.utc), 5)))
"""


def _start_together(url: str) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", STARTER, url], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in started:
        _, complaint = process.communicate(timeout=120)
        assert process.returncode == 0, complaint.decode()


def _one_diary_with(url: str, scores: int) -> None:
    engine = open_database(url)
    with engine.connect() as db:
        assert db.execute(sa.text("SELECT version_num FROM alembic_version")).all() == [(HEAD,)]
        assert db.execute(sa.text("SELECT count(*) FROM pain_scores")).scalar() == scores
    engine.dispose()


def test_the_migrations_lead_to_exactly_the_tables_of_the_code(sqlite_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD
    with open_database(sqlite_url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_migrations_can_be_taken_back(sqlite_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_database(sqlite_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert sa.inspect(connection).get_table_names() == ["alembic_version"]


def test_a_diary_that_is_up_to_date_is_opened_without_migrating(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(sqlite_url).dispose()
    monkeypatch.setattr(database, "_migrate", lambda connection: pytest.fail("migrated again"))
    open_database(sqlite_url).dispose()


def _folder_is_a_file(tmp_path: Path) -> str:
    (tmp_path / "data").write_text("in the way")
    return f"sqlite:///{tmp_path / 'data' / 'diary.sqlite3'}"


def _no_database(tmp_path: Path) -> str:
    file = tmp_path / "diary.sqlite3"
    file.write_bytes(b"this is no database at all, whatever its name says" * 40)
    return f"sqlite:///{file}"


def _read_only(tmp_path: Path) -> str:
    file = tmp_path / "diary.sqlite3"
    open_database(f"sqlite:///{file}").dispose()
    return f"sqlite:///file:{file}?mode=ro&uri=true"


def _newer(tmp_path: Path) -> str:
    file = tmp_path / "diary.sqlite3"
    open_database(f"sqlite:///{file}").dispose()
    with sqlite3.connect(file) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    return f"sqlite:///{file}"


def _nobody_listens(tmp_path: Path) -> str:
    return "postgresql://unknot@127.0.0.1:9/unknot"


@pytest.mark.parametrize(
    "broken", [_folder_is_a_file, _no_database, _read_only, _newer, _nobody_listens]
)
def test_a_database_that_cannot_be_used_is_one_line_in_the_log(
    broken, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = Keeper(broken(tmp_path), keep_days=36_500)
    with caplog.at_level(logging.WARNING, logger="rasa_project"):
        assert kept.add_score(ANNA, PainScore(NOW, 6)) is False
        # Left alone for a while: the next turns do not wait for it.
        assert kept.save_session(ANNA, SESSION) is False
        assert kept.history(ANNA) is None
    ours = [r for r in caplog.records if r.name.startswith("rasa_project")]
    assert len(ours) == 1 and "diary unavailable" in ours[0].getMessage()
    assert ANNA not in caplog.text and "pain" not in ours[0].getMessage()


def test_a_long_outage_is_one_line_and_its_end_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rasa_project.diary.keeper.RETRY_S", 0.0)
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    kept = Keeper(f"sqlite:///{in_the_way / 'diary.sqlite3'}", keep_days=36_500)
    with caplog.at_level(logging.WARNING, logger="rasa_project"):
        for _ in range(5):
            assert not kept.add_score(ANNA, PainScore(NOW, 6)) and not kept.answers()
        in_the_way.unlink()
        assert kept.add_score(ANNA, PainScore(NOW, 6)) and kept.save_session(ANNA, SESSION)
    said = [r.getMessage().split(" doing=")[0] for r in caplog.records if r.name.startswith("rasa_project")]
    assert said == ["diary unavailable", "diary back"]


def test_a_diary_that_takes_nothing_is_read_all_the_same(tmp_path: Path) -> None:
    """The first use of a day deletes what is too old; that it cannot must not hide a lock."""
    url = f"sqlite:///{tmp_path / 'diary.sqlite3'}"
    kept = Keeper(url, keep_days=36_500)
    assert kept.put_in_force(ANNA, {"saddle_numbness": "emergency_now"}, NOW)
    assert kept.add_score(ANNA, PainScore(NOW - timedelta(days=500), 6))
    kept.close()
    for action, table in (("DELETE", "flags"), ("DELETE", "pain_scores"), ("DELETE", "sessions"), ("INSERT", "flags")):
        with sqlite3.connect(tmp_path / "diary.sqlite3") as db:
            refusal = "SELECT RAISE(ABORT, 'attempt to write a readonly database')"
            db.execute(f"CREATE TRIGGER shut_{action}_{table} BEFORE {action} ON {table} BEGIN {refusal}; END")
    again = Keeper(url, keep_days=365)
    found = again.history(ANNA)
    assert found is not None and [flag.flag for flag in found.flags] == ["saddle_numbness"]
    assert not again.put_in_force(ANNA, {"urinary_retention": "emergency_now"}, NOW)


def test_a_database_that_comes_back_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    kept = Keeper(f"sqlite:///{in_the_way / 'diary.sqlite3'}", keep_days=36_500)
    assert not kept.add_score(ANNA, PainScore(NOW, 6))
    in_the_way.unlink()
    assert not kept.add_score(ANNA, PainScore(NOW, 6))
    monkeypatch.setattr("rasa_project.diary.keeper.RETRY_S", 0.0)
    kept._rest_until = 0.0
    assert kept.add_score(ANNA, PainScore(NOW, 6))


def test_deleting_is_tried_at_once_even_after_a_failure(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    kept = Keeper(f"sqlite:///{in_the_way / 'diary.sqlite3'}", keep_days=36_500)
    assert not kept.forget(ANNA)
    in_the_way.unlink()
    assert kept.forget(ANNA)


@pytest.mark.parametrize(
    "on, off_for, channel, sender, keeps",
    [
        (True, "", "rest", "anna", True),
        (True, "", "alexa", "anna", False),
        (False, "", "rest", "anna", False),
        (True, "rest", "rest", "anna", False),
        (True, "rest:anna", "rest", "anna", False),
        (True, "rest:anna", "rest", "ben", True),
        (True, "rest:anna", "wyoming", "anna", True),
    ],
)
def test_a_household_and_a_user_can_be_without_a_diary(
    on: bool, off_for: str, channel: str, sender: str, keeps: bool, sqlite_url: str
) -> None:
    names = frozenset(off_for.split(",")) - {""}
    assert Keeper(sqlite_url, 365, on, names).keeps(channel, sender) is keeps


def test_what_was_kept_before_the_diary_was_switched_off_can_still_be_deleted(
    sqlite_url: str, tmp_path: Path
) -> None:
    Keeper(sqlite_url, 36_500).add_score(ANNA, PainScore(NOW, 6))
    assert Keeper(sqlite_url, 36_500, on=False).forget(ANNA)
    assert ANNA not in _bytes_of(tmp_path)


def test_deleting_where_no_diary_ever_was_makes_none(sqlite_url: str, tmp_path: Path) -> None:
    assert Keeper(sqlite_url, 365, on=False).forget(ANNA)
    assert list(tmp_path.rglob("*.sqlite3")) == []

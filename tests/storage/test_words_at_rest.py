"""What somebody said lies in the store of conversations alone, and after a deletion nowhere.

A talk with a word of its own in every kind of turn, the broken ones among them; then every
log, file, table and key is searched for these words.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from real_servers import HOST, Postgres, Redis, Skill
from rasa_project.settings import PROJECT

WORDS = (
    "marzipan trombone accordion lighthouse kaleidoscope bagpipes pumpernickel harmonica gazebo "
    "flamingo pelican hedgehog xylophone mandolin tambourine gondola periwinkle marmalade "
    "chandelier wigwam ukulele saxophone porcupine armadillo zeppelin tangerine snorkel rhubarb "
    "ocelot"
).split()
"""Words that the skill never says and no back ever needed; each is said once."""
NOT_THE_SKILLS = (".git", ".venv", ".tools", "models")
TURNS = {
    "complaint": "my back is in spasm since the {} fell over",
    "screening answer": "no {}",
    "question in between": "what is a {} spasm",
    "rubbish": "{0} {0} mumble {0}",
    "name": "my name is {} by the way",
    "place": "i am in {} right now",
    "deletion asked for": "delete my data about the {}",
    "deletion refused": "no keep the {}",
    "medicine": "can i take {} for it",
    "an intent by name": '/affirm{{"country": "{}"}}',
    "pain score": "log my pain as seven {}",
    "somebody else": "my neighbour {} has cancer",
    "progress": "how am i doing {}",
    "exercise": "give me the {} stretch",
    "red flag": "since the {} i can't feel anything between my legs",
    "after the red flag": "the {} doctor has not seen me",
    }
"""Kinds of turns; each gets a word of its own."""

PAGE_TURNS = ("complaint", "question in between", "rubbish", "red flag")
HUNG, CUT_OFF = "while the actions hang", "while the database is gone"


class Said:
    """The words of a talk, by the kind of turn they were said in."""

    def __init__(self) -> None:
        self.word_of: dict[str, str] = {}

    def turn(self, kind: str, text: str) -> str:
        """Return `text` with a new word for the gap."""
        self.word_of[kind] = WORDS[len(self.word_of)]
        return text.format(self.word_of[kind])

    def in_text(self, text: str) -> list[str]:
        """Return the kinds of turns whose words are in `text`, in whatever case."""
        text = text.lower()
        return sorted(kind for kind, word in self.word_of.items() if word in text)


def page(skill: Skill, path: str, body: dict, key: str = "") -> dict:
    request = urllib.request.Request(
        f"http://{HOST}:{skill.port}/page/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", **({"X-Page-Key": key} if key else {})},
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        return dict(json.loads(answer.read()))


def talk(skill: Skill, said: Said, key: str) -> None:
    """Take every kind of turn over REST as `anna`, and some on the page."""
    for kind, text in TURNS.items():
        heard = skill.say("anna", said.turn(kind, text))
        assert heard, kind
        assert any(m.is_escalation for m in heard) or kind != "red flag"
    for kind in PAGE_TURNS:
        assert page(skill, "say", {"text": said.turn(f"page: {kind}", TURNS[kind])}, key)["messages"]
    os.kill(skill.action_server, signal.SIGSTOP)
    try:
        assert skill.say("ben", said.turn(HUNG, "my {} back is cramped"))[0].is_apology
    finally:
        os.kill(skill.action_server, signal.SIGCONT)
    time.sleep(3.2)  # a server that hung is left alone for as long


def delete_everything(skill: Skill, said: Said, key: str) -> None:
    """Have everybody's data deleted, with new words just before."""

    def on_page(text: str) -> str:
        answer = page(skill, "say", {"text": text}, key)
        return " ".join(message.get("text") or "" for message in answer["messages"])

    def by_rest(sender: str) -> Callable[[str], str]:
        return lambda text: " ".join(message.text for message in skill.say(sender, text))

    for name, say in (("anna", by_rest("anna")), ("ben", by_rest("ben")), ("page", on_page)):
        say(said.turn(f"{name}: before the deletion", "my {} hurts"))
        asked = say("delete my data")
        assert "delete everything" in asked, (name, asked)
        answered = say("yes")
        assert "is gone" in answered, (name, asked, answered)


def files_with(said: Said, *folders: Path, since: float) -> dict[str, list[str]]:
    """Return the files below `folders`, and the project's new ones, that hold words of the talk."""
    new = [
        path
        for top in PROJECT.iterdir()
        if top.name not in NOT_THE_SKILLS
        for path in (top.rglob("*") if top.is_dir() else [top])
        if path.is_file() and path.stat().st_mtime > since
    ]
    found = {}
    for path in [*(p for f in folders for p in f.rglob("*") if p.is_file()), *new]:
        with_it = said.in_text(path.read_bytes().decode("latin-1"))
        if with_it:
            found[path.name] = with_it
    return found


def sqlite_tables_with(said: Said, folder: Path) -> dict[str, list[str]]:
    """Return the tables of all SQLite files below `folder` that hold words of the talk."""
    found = {}
    for file in folder.rglob("*"):
        if not file.is_file() or file.read_bytes()[:6] != b"SQLite":
            continue
        with sqlite3.connect(file) as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            assert tables, file
            for table in tables:
                with_it = said.in_text(str(db.execute(f'SELECT * FROM "{table}"').fetchall()))
                if with_it:
                    found[f"{file.name}:{table}"] = with_it
    return found


def postgres_tables_with(said: Said, postgres: Postgres) -> dict[str, list[str]]:
    """Return the tables of all databases of the server that hold words of the talk.

    The system's own tables and what its sessions did last are among them.
    """
    found = {}
    for (database,) in postgres.query("SELECT datname FROM pg_database WHERE datallowconn"):
        connection = psycopg2.connect(postgres.url.rpartition("/")[0] + f"/{database}")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT quote_ident(nspname) || '.' || quote_ident(relname) FROM pg_class c "
                "JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'm') "
                "AND nspname <> 'pg_toast' UNION SELECT 'pg_stat_activity'"
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f"SELECT t::text FROM {table} t")
                with_it = said.in_text(str(cursor.fetchall()))
                if with_it:
                    found[table] = with_it
        connection.close()
    return found


def redis_with(said: Said, redis: Redis) -> list[str]:
    """Return the kinds of turns whose words are in a key or a value of Redis."""
    from redis import Redis as Client

    client = Client.from_url(redis.url)
    held = [(key, client.dump(key)) for key in client.keys("*")]
    return said.in_text(str(held))


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Skill]:
    """Serve with the most talkative logs and a folder of its own for what passes."""
    skill = Skill(folder, LOG_LEVEL="DEBUG", TURN_LOG="1", METRICS="1", **settings)
    passing = folder / "tmp"
    passing.mkdir(exist_ok=True)
    skill.settings = {**skill.settings, "TMPDIR": str(passing), "SQLITE_TMPDIR": str(passing)}
    skill.start()
    try:
        yield skill.wait()
    finally:
        skill.kill()


def in_time(look: Callable[[], object], expected: object) -> None:
    """Look until `expected` is seen: what is written beside the turns comes a moment later."""
    for _ in range(40):
        found = look()
        if found == expected:
            return
        time.sleep(0.25)
    assert found == expected


def test_in_a_household_words_lie_in_the_file_of_conversations_alone(tmp_path: Path) -> None:
    since, said = time.time() - 1, Said()
    talks = tmp_path / "talks.sqlite3"
    with served(tmp_path / "skill", TRACKER_URL=f"sqlite:///{talks}") as skill:
        key = page(skill, "key", {})["key"]
        talk(skill, said, key)
        everything = sorted(said.word_of)
        assert files_with(said, tmp_path, since=since) == {talks.name: everything}
        assert sqlite_tables_with(said, tmp_path) == {f"{talks.name}:events": everything}
        assert (tmp_path / "skill" / "data" / "diary.sqlite3").exists()
        skill.say("carl", "hello, i stay here")
        delete_everything(skill, said, key)
        assert files_with(said, tmp_path, since=since) == {}
        assert "hello, i stay here" in talks.read_bytes().decode("latin-1")
        skill.signal(signal.SIGTERM)
        assert skill.process is not None and skill.process.wait(15) == 0
        assert files_with(said, tmp_path, since=since) == {}
        assert sqlite_tables_with(said, tmp_path) == {}


def test_with_servers_words_lie_in_the_table_of_conversations_alone(
    tmp_path: Path, postgres: Postgres, redis: Redis
) -> None:
    since, said = time.time() - 1, Said()
    settings = {
        "TRACKER_URL": postgres.url,
        "DIARY_URL": postgres.url,
        "EVENTS_URL": postgres.url,
        "LOCK_URL": redis.url,
    }
    with served(tmp_path / "skill", **settings) as skill:
        key = page(skill, "key", {})["key"]
        talk(skill, said, key)
        postgres.crash()
        assert skill.say("ben", said.turn(CUT_OFF, "hello {} again"))[0].is_apology
        postgres.start()

        def places() -> dict[str, list[str]]:
            return {
                **postgres_tables_with(said, postgres),
                **files_with(said, tmp_path, redis.folder, since=since),
                # Its data files hold the table; its log is one of its own.
                **({"log": found} if (found := said.in_text(postgres.said)) else {}),
            }

        in_time(places, {"public.events": sorted(said.word_of)})
        assert redis_with(said, redis) == []
        copied = postgres.query("SELECT count(*) FROM all_events WHERE sender_id = 'anna'")
        assert copied[0][0] > len(TURNS)
        skill.say("carl", "hello, i stay here")
        delete_everything(skill, said, key)
        in_time(places, {})
        in_time(lambda: postgres.query("SELECT count(*) FROM all_events WHERE sender_id = 'anna'"), [(0,)])
        assert postgres.query("SELECT 1 FROM events WHERE sender_id = 'carl' AND type_name = 'user'")
        assert postgres.query("SELECT 1 FROM all_events WHERE sender_id = 'carl'")
        assert redis_with(said, redis) == []

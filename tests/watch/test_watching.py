"""What those who run the skill see of it, measured on the served skill."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rasa_project.settings import PROJECT
from watched_server import API, ELSEWHERE, Watched, serving

FLAG = "I can't feel anything between my legs"
SPEEDS = "abcdefghijklmnopqrstuvwxyz"


def test_metrics_count_turns_replies_escalations_and_times(watched: Watched) -> None:
    before = watched.counts()
    watched.rest("counted", "hello")
    watched.rest("counted2", FLAG)
    watched.page(watched.key(), "hello")
    watched.rest("counted3", "the quarterly revenue of a zeppelin")
    after = watched.counts()

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    # A machine that is too busy for the actions apologises; a turn is counted all the same.
    for channel, turns in (("rest", 3), ("page", 1)):
        ended = [f'unknot_turns_total{{channel="{channel}",outcome="{how}"}}' for how in ("answered", "apology")]
        assert sum(map(more, ended)) == turns
    assert more('unknot_turn_seconds_count{channel="rest"}') == 3
    assert 0 < more('unknot_turn_seconds_sum{channel="rest"}') < 60
    assert more('unknot_escalations_total{tier="emergency_now"}') == 1
    assert more('unknot_fallbacks_total{channel="rest"}') == 1
    assert more('unknot_replies_total{kind="escalation"}') == 1


def test_metrics_hold_nothing_that_a_stranger_chooses(watched: Watched) -> None:
    word = "zanzi" + secrets.token_hex(4)
    watched.rest(word, f"my {word} hurts")
    body = {"sender": "s", "message": word, "input_channel": word, "metadata": {"country": word}}
    watched.ask("POST", "/webhooks/rest/webhook", body)
    watched.ask("GET", f"/{word}")
    assert word not in watched.ask("GET", "/metrics")[2].decode()


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP"])
def test_metrics_are_for_this_machine_or_the_token(watched: Watched, header: str) -> None:
    given = {header: f"for={ELSEWHERE}" if header == "Forwarded" else ELSEWHERE}
    assert watched.ask("GET", "/metrics", token=None, **given)[0] == 401
    assert watched.ask("GET", "/metrics", token="wrong", **given)[0] == 401
    assert watched.ask("GET", "/metrics", **given)[0] == 200
    assert watched.ask("GET", "/metrics", token=None)[0] == 200


def test_each_turn_has_one_line_of_json_with_these_fields_only(watched: Watched) -> None:
    file = watched.folder / "logs" / "turns.jsonl"
    before = len(file.read_text().splitlines())
    watched.rest("lined", FLAG)
    lines = [json.loads(line) for line in file.read_text().splitlines()[before:]]
    assert len(lines) == 1
    assert set(lines[0]) == {"event", "timestamp", "channel", "ms", "kinds", "tier", "outcome", "error"}
    assert lines[0]["channel"] == "rest" and lines[0]["tier"] == "emergency_now" and lines[0]["ms"] > 0
    assert "escalation" in lines[0]["kinds"] and lines[0]["error"] is None


def unmistakable() -> str:
    """Return a word that nobody has ever said and no file of the project holds."""
    return "zanzi" + "".join(SPEEDS[byte % 26] for byte in secrets.token_bytes(12))


def deleted(say: Callable[[str], list[dict[str, Any]]]) -> bool:
    """Ask for deletion until it is confirmed: a machine too busy for the actions apologises."""
    for _ in range(3):
        say("delete my data")
        if any("is gone" in message["text"] for message in say("yes")):
            return True
    return False


def places_that_hold(word: str, folder: Path, since: float) -> list[str]:
    """Return files below the folders of the skill, and tables of its diary, that hold `word`."""
    found = []
    needle = word.encode()
    here = [p for p in folder.rglob("*") if p.is_file()]
    project = [
        p for top in PROJECT.iterdir() if top.name not in (".git", ".venv", "models", ".tools")
        for p in (top.rglob("*") if top.is_dir() else [top])
        if p.is_file() and p.stat().st_mtime > since
    ]  # fmt: skip
    for path in here + project:
        try:
            if needle in path.read_bytes().lower():
                found.append(str(path))
        except OSError:
            continue
    for file in folder.rglob("*.sqlite3"):
        with sqlite3.connect(file) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            assert "pain_scores" in tables or len(tables) > 2
            for table in tables:
                if word in str(database.execute(f'SELECT * FROM "{table}"').fetchall()).lower():
                    found.append(f"{file.name}:{table}")
    return found


def test_what_was_said_lies_in_the_tracker_only_and_after_deletion_nowhere(watched: Watched) -> None:
    since = time.time() - 1
    word, key = unmistakable(), watched.key()
    calm = [f"my back is in spasm since the {word} fell over", "no", f"no {word}", "seven out of ten", f"what is a {word} spasm"]
    urgent = [f"since the {word} I can't feel anything between my legs", f"yes {word}"]
    for words in calm:
        watched.rest(f"person-{word}", words)
        watched.page(key, words)
    assert any("911" in m["text"] for m in watched.page(key, urgent[0]))
    assert any("911" in m["text"] for m in watched.rest(f"person-{word}", urgent[0]))
    for words in (urgent[1], f"log my pain as eight {word}"):
        watched.rest(f"person-{word}", words)
        watched.page(key, words)

    tracker = f"/conversations/person-{word}/tracker?token={API}"
    assert f"{word} fell over" in watched.ask("GET", tracker)[2].decode()
    assert word in watched.ask("POST", "/page/last", {}, X_Page_Key=key)[2].decode()
    assert places_that_hold(word, watched.folder, since) == []

    for say in (lambda w: watched.rest(f"person-{word}", w), lambda w: watched.page(key, w)):
        assert deleted(say), "asked three times to delete what was said, and it was not"
    assert f"{word} fell over" not in watched.ask("GET", tracker)[2].decode()
    assert word not in watched.ask("POST", "/page/last", {}, X_Page_Key=key)[2].decode()
    assert places_that_hold(word, watched.folder, since) == []


def test_unready_is_told_apart_from_dead_and_an_emergency_is_answered_all_the_while(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with serving(tmp_path_factory.mktemp("unready")) as here:
        assert here.ask("GET", "/ready", token=None)[::2] == (200, b'{"ready":true}')

        def not_ready(expected: int) -> list[str]:
            """Return what is not ready, once that many parts are: a busy machine takes its time."""
            for _ in range(20):
                time.sleep(1.1)  # an answer holds for a second
                found = one_look()
                if len(found) == expected:
                    break
            return found

        def one_look() -> list[str]:
            status, _, said = here.ask("GET", "/ready", token=None)
            told = json.loads(said)
            assert status == (503 if "not_ready" in told else 200) and set(told) <= {"ready", "not_ready"}
            assert here.ask("GET", "/health", token=None)[::2] == (200, b'{"alive":true}')
            return told.get("not_ready", [])

        os.kill(here.action_server, signal.SIGSTOP)  # it hangs
        assert not_ready(1) == ["actions"]
        os.kill(here.action_server, signal.SIGCONT)
        assert not_ready(0) == []

        # The diary becomes a folder, which no database opens, and comes back.
        diary = here.folder / "data" / "diary.sqlite3"
        aside = diary.with_suffix(".aside")
        diary.rename(aside)
        diary.mkdir()
        assert "diary" in not_ready(1)
        assert any("911" in m["text"] for m in here.rest("without-diary", FLAG))
        diary.rmdir()
        aside.rename(diary)
        assert not_ready(0) == []

        failures = here.counts()
        here.kill_action_server()
        assert not_ready(1) == ["actions"]
        # The next one may be up by now.
        here.kill_action_server()
        assert any("911" in m["text"] for m in here.rest("no-actions", FLAG))
        apology = 'unknot_turns_total{channel="rest",outcome="apology"}'
        for attempt in range(10):  # the next action server may be up before the turn reaches it
            here.kill_action_server()
            assert any("911" in m["text"] for m in here.rest(f"no-actions-{attempt}", "hello"))
            after = here.counts()
            if apology in after:
                break
        name = 'unknot_action_failures_total{reason="unreachable"}'
        assert after[name] > failures[name]
        assert after[apology] >= 1
        log = (here.folder / "logs" / "rasa.log").read_text()
        assert "not_ready=actions" in log

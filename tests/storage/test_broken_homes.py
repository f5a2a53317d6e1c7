"""A home in which nothing works at the start."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from real_servers import HOST, Postgres, Skill, next_port

NUMB = "I can't feel anything between my legs"
RUBBISH = (
    b"not json at all",
    b'{"events": "many", "responses": 7}',
    b'[[[["deep"]]]]',
    b'{"events": [{"event": "slot", "name": "flag_record"}], "responses": [{"text": 3}]}',
    b"",
)


@contextmanager
def started(folder: Path, **settings: str) -> Iterator[Skill]:
    skill = Skill(folder, **settings)
    skill.start()
    try:
        yield skill.wait()
    finally:
        skill.kill()


def users_words(skill: Skill, sender: str) -> list[str]:
    return [event["text"] for event in skill.events(sender) if event["event"] == "user"]


class Rubbish(http.server.BaseHTTPRequestHandler):
    """An action server that answers with whatever is next."""

    said = 0

    def do_POST(self) -> None:
        """Answer 200 with rubbish."""
        self.rfile.read(int(self.headers["Content-Length"]))
        body = RUBBISH[Rubbish.said % len(RUBBISH)]
        Rubbish.said += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_nothing_is_there_at_the_start_and_the_database_comes_later(tmp_path: Path) -> None:
    """No database, no Redis, no broker; and an action server that answers rubbish beside none."""
    postgres = Postgres()
    rubbish = http.server.ThreadingHTTPServer((HOST, next_port()), Rubbish)
    threading.Thread(target=rubbish.serve_forever, daemon=True).start()
    urls = f"http://{HOST}:{next_port()}/webhook,http://{HOST}:{rubbish.server_port}/webhook"
    settings = {
        "TRACKER_URL": postgres.url,
        "DIARY_URL": postgres.url,
        "EVENTS_URL": f"amqp://guest:hidden-word@{HOST}:{next_port()}/",
        "LOCK_URL": f"redis://:hidden-word@{HOST}:{next_port()}/0",
        "ACTION_URLS": urls,
    }
    try:
        with started(tmp_path / "skill", **settings) as skill:
            assert skill.say("early", NUMB)[0].is_escalation
            assert skill.say("early", "hello")[0].is_apology
            postgres.start()
            for _ in range(50):
                if "database back" in skill.log:
                    break
                time.sleep(0.2)
            assert users_words(skill, "early") == [NUMB, "hello"]
            for number in range(2 * len(RUBBISH)):
                said = skill.say(f"rubbish{number}", "my back's cramped")
                assert said and said[0].is_apology, said
                assert skill.say(f"rubbish{number}", NUMB)[0].is_escalation
            log = skill.log
        for line in (
            "conversations' database unavailable",
            "lock store unavailable",
            "event broker unavailable",
            "action server unavailable",
        ):
            assert log.count(line) == 1, line
        assert "hidden-word" not in log and "between my legs" not in log
    finally:
        rubbish.shutdown()
        postgres.remove()

"""A home in which nothing works at the start."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from own_ports import next_port
from real_servers import HOST, Postgres, Skill

NUMB = "I can't feel anything between my legs"
JSON = "application/json"
RUBBISH = (
    (200, JSON, b"not json at all"),
    (200, JSON, b'{"events": "many", "responses": 7}'),
    (200, JSON, b'[[[["deep"]]]]'),
    (200, JSON, b'{"events": [{"event": "slot", "name": "flag_record"}], "responses": [{"text": 3}]}'),
    (200, JSON, b""),
    (200, JSON, b'{"events": [], "responses": [{"text": "half of'),
    (200, JSON, b'{"events": [{"event": "no_such_event"}], "responses": []}'),
    (200, JSON, b'{"events": [{"event": "slot", "name": "no_such_slot", "value": 1}, 7], "responses": []}'),
    (200, "text/html", b"<html><body>Welcome to your router</body></html>"),
    (200, "text/html; charset=utf-8", b'{"events": [], "responses": []}'),
    (204, JSON, b""),
    (302, JSON, b""),
    (400, JSON, b"<h1>Bad Request</h1>"),
    (400, JSON, b'{"error": "no name"}'),
    (404, "text/html", b"<h1>Not Found</h1>"),
    (500, JSON, b'{"error": "boom", "action_name": "action_x"}'),
    (503, "text/plain", b"later"),
)
"""Status, type and body of what is no answer of an action server."""

SLOW, ENDLESS, ENDLESS_ERROR = "byte by byte", "without end", "an error without end"
BLOCK = b'{"events": [' + b" " * 65_536
MOST_GROWTH = 100_000_000
"""Bytes that the skill may grow by whatever an action server sends."""

IN_TIME_S = 7.0


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
    """An action server that answers with whatever is next, or in the way that is set."""

    said = 0
    way = ""

    def do_POST(self) -> None:
        """Answer with rubbish."""
        self.rfile.read(int(self.headers["Content-Length"]))
        if Rubbish.way:
            self._go_on()
            return
        status, kind, body = RUBBISH[Rubbish.said % len(RUBBISH)]
        Rubbish.said += 1
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """Be where a redirect leads to."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _go_on(self) -> None:
        """Begin an answer that never ends, slowly or as fast as it is taken."""
        self.send_response(500 if Rubbish.way == ENDLESS_ERROR else 200)
        self.send_header("Content-Type", JSON)
        self.end_headers()
        with suppress(OSError):
            while Rubbish.way:
                self.wfile.write(b" " if Rubbish.way == SLOW else BLOCK)
                if Rubbish.way == SLOW:
                    time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def memory(skill: Skill) -> int:
    """Return the most bytes of memory that its process had at any time."""
    assert skill.process is not None
    status = Path(f"/proc/{skill.process.pid}/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


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
            number = 0
            while Rubbish.said < len(RUBBISH):
                number += 1
                rubbish_next = RUBBISH[Rubbish.said % len(RUBBISH)]
                said = skill.say(f"rubbish{number}", "my back's cramped")
                assert said and said[0].is_apology, (rubbish_next, said)
                assert skill.say(f"rubbish{number}", NUMB)[0].is_escalation
            for way in (SLOW, ENDLESS, ENDLESS_ERROR):
                Rubbish.way = way
                before = memory(skill)
                began = time.monotonic()
                assert skill.say(way, "my back's cramped")[0].is_apology
                assert time.monotonic() - began < IN_TIME_S
                assert skill.say(way, NUMB)[0].is_escalation
                assert memory(skill) - before < MOST_GROWTH, way
                Rubbish.way = ""
                time.sleep(3.2)  # one that hung is left alone for as long
            log = skill.log
        for line in (
            "conversations' database unavailable",
            "lock store unavailable",
            "event broker unavailable",
            "action server answers rubbish",
        ):
            assert log.count(line) == 1, line
        # The one that is not there, and the one that hung.
        assert log.count("action server unavailable") == 2
        assert "hidden-word" not in log and "between my legs" not in log
    finally:
        rubbish.shutdown()
        postgres.remove()

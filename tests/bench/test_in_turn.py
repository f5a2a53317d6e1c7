"""Two bots measured in turn, so that a machine that is slow for a while is so for both."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from typing import Iterator

from bench.bots import Running, Trained
from bench.measurements import Size, measure_in_turn

SMALL = Size(trainings=3, starts=2, rounds=4, round_turns=6)


class Bot:
    """A small server that says yes to everything, and a diary of what was asked of whom."""

    def __init__(self, key: str, diary: list[tuple[str, str]]) -> None:
        self.name = self.key = key
        self.diary = diary

    def train(self) -> Trained:
        """Take a second longer each time."""
        self.diary.append(("train", self.key))
        return Trained(float(sum(entry == ("train", self.key) for entry in self.diary)), 0.5)

    @contextmanager
    def start(self, number: int = 1) -> Iterator[Running]:
        """Serve on a port of the system's choice."""
        self.diary.append(("start", self.key))
        bot = self

        class Handler(BaseHTTPRequestHandler):
            """Answers every request."""

            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Answer a turn."""
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if said["sender"].startswith("typed"):
                    bot.diary.append(("turn", bot.key))
                time.sleep(0.002)
                self._answer(b'[{"text": "yes"}]')

            def do_GET(self) -> None:
                """Say that the actions are there."""
                self._answer(b"{}")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield Running(f"{url}/turn", f"{url}/health", (), Path("no.log"))
        finally:
            server.shutdown()
            server.server_close()


def measured() -> tuple[dict, list[tuple[str, str]]]:
    """Measure two bots of which only the first is trained."""
    diary: list[tuple[str, str]] = []
    bots = [Bot("ours", diary), Bot("default", diary)]
    return measure_in_turn(bots, SMALL, {"ours"}, lambda note: None), diary


def test_the_bots_take_turns_and_each_is_first_every_other_time() -> None:
    _, diary = measured()
    turns = [(key, len(list(each))) for (what, key), each in groupby(diary) if what == "turn"]
    both = [("ours", 6), ("default", 12), ("ours", 12), ("default", 12), ("ours", 6)]
    assert turns == both
    starts = [key for what, key in diary if what == "start"]
    assert starts[:6] == ["ours", "default", "default", "ours", "ours", "default"]


def test_the_median_of_the_rounds_counts_and_the_first_start_does_not() -> None:
    found, _ = measured()
    ours, default = found["ours"], found["default"]
    assert (ours["training_s"], ours["assets_s"], ours["from_nothing_s"]) == (2.0, 0.5, 2.5)
    assert ours["trainings_s"] == [1.5, 2.5, 3.5] and "from_nothing_s" not in default
    for one in (ours, default):
        assert len(one["starts_s"]) == SMALL.starts and 0 < one["start_s"] < 60
        turn = one["turn"]
        assert (turn["turns"], turn["lost"]) == (SMALL.rounds * SMALL.round_turns, 0)
        assert len(turn["rounds_p50_ms"]) == len(turn["rounds_p95_ms"]) == SMALL.rounds
        assert min(turn["rounds_p50_ms"]) <= turn["p50_ms"] <= max(turn["rounds_p50_ms"])
        assert 2 <= turn["p50_ms"] <= turn["p95_ms"] <= turn["slowest_ms"]

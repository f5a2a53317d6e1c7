"""A few turns of the real measurement against the skill's real servers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bench.bots import Unknot
from bench.conversations import script
from bench.measurements import Size, _crowd, first_answer, _long, _memory, turn_times
from bench.processes import tree
from bench.soak import BEGIN, END, save, saved, soak, talks, write
from bench.speakers import talk

FEW = Size(long_turns=12, long_conversations=1, speakers=3)


def in_a_loop(coroutine):
    """Run a coroutine apart from the loop of the other tests."""
    return asyncio.new_event_loop().run_until_complete(coroutine)


def test_the_skill_s_servers_are_measured_while_they_answer(monkeypatch) -> None:
    # pytest's own loop stays the current one for the tests that come after.
    monkeypatch.setattr(asyncio, "run", in_a_loop)
    said, notes = script("ours"), []
    with Unknot().start(9) as running:
        start_s = in_a_loop(first_answer(running, said.begin[0], time.monotonic()))
        pids = [pid for root in running.roots for pid in tree(root)]
        turns = in_a_loop(talk(running.url, [("anna", text) for text in said.conversations[0][:6]]))
        memory = _memory(running, 6)
        long = in_a_loop(_long(running, said, FEW))
        crowd = _crowd([running], said, FEW, notes.append)
        soaked = in_a_loop(soak(running, talks(), seconds=4, rate=5, window_s=2))
    assert start_s > 0.5
    assert [turn.is_silent for turn in turns] == [False] * 6
    assert "safety questions" in " ".join(turns[1].said or ())
    times = turn_times(turns)
    assert 0 < times["p50_ms"] <= times["p95_ms"] <= times["slowest_ms"] and times["lost"] == 0
    assert len(memory["processes_pss_mb"]) == len(pids) >= 2
    assert 200 < memory["pss_mb"] <= memory["rss_mb"]
    assert long["late_turn"] == 12 and long["turn_3_ms"] > 0 and long["late_turn_ms"] > 0
    assert crowd["turns"] == 3 * len(said.conversations[0]) and crowd["speakers"] == 3
    assert (crowd["lost"], crowd["silent"], crowd["out_of_order"]) == (0, 0, 0)
    assert soaked.turns == 20 == sum(window["turns"] for window in soaked.windows)
    assert (soaked.lost, soaked.silent, soaked.emergencies_missed, soaked.out_of_order) == (0, 0, [], [])
    assert [pid for root in running.roots for pid in tree(root)] == []
    assert notes


def test_a_soak_is_made_of_whole_talks_questions_and_emergencies() -> None:
    found = talks()
    assert len(found) > 200
    assert sum(len(talk.emergencies) for talk in found) > 50
    assert any(talk.forgets for talk in found) and any(len(talk.turns) == 24 for talk in found)


SOAKED = {
    "made": {"cores": 2}, "rate": 5.0, "talks": 260, "turns": 3000, "conversations": 300, "lost": 0,
    "silent": 0, "late": 1, "emergencies": 40, "emergencies_missed": [], "looked_up": 290, "out_of_order": [],
    "windows": [
        {"minute": 5.0, "turns": 1500, "p50_ms": 20.1, "p95_ms": 38.0, "slowest_ms": 146.1, "lost": 0, "pss_mb": 610.2}
    ],
}  # fmt: skip


def test_a_soak_is_written_where_sizes_are_told_also_from_the_last_run(tmp_path: Path) -> None:
    operations = tmp_path / "operations.md"
    operations.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    save(SOAKED, tmp_path)
    write(saved(tmp_path), operations)
    text = operations.read_text(encoding="utf-8")
    assert text.startswith("before") and text.endswith("after\n") and "old" not in text
    assert "At 5 turns a second on 2 cores, 260 kinds of talk: 3000 turns in 300 whole conversations" in text
    assert "| 5.0 | 1500 | 20.1 | 38.0 | 146.1 | 0 | 610.2 |" in text


def test_without_a_last_run_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="soak.json: .*; leave `--last` out"):
        saved(tmp_path)

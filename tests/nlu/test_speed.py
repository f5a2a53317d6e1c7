"""Understanding one sentence takes no longer than a listener would notice."""

from __future__ import annotations

import statistics
import time

QUESTIONS = (
    "is walking okay with this", "should i use heat or ice", "what causes a back spasm",
    "how long will this last", "can i take ibuprofen for it", "do i need an x ray",
)  # fmt: skip
SLOWEST_MS = 150.0
"""Far above the usual ten, so that only work done again for each sentence is noticed."""


def test_a_question_loads_nothing_anew(loaded_skill, run):
    """The reader behind the answers is loaded once, not with every question."""
    run(loaded_skill.agent.parse_message(QUESTIONS[0]))
    took_ms = []
    for text in QUESTIONS:
        begun = time.perf_counter()
        parsed = run(loaded_skill.agent.parse_message(text))
        took_ms.append((time.perf_counter() - begun) * 1000)
        assert parsed["answer"]["id"], text
    assert statistics.median(took_ms) < SLOWEST_MS, took_ms

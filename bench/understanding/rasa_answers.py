"""Asks a trained Rasa model every sentence, in a process of its own.

    python -m bench.understanding.rasa_answers MODEL SENTENCES.json ANSWERS.json
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path

WARM_UP = 20
"""Sentences said before anything is timed."""


async def answer(model: str, sentences: list[str]) -> list[dict]:
    """Return intent and milliseconds of each sentence, said one after the other."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    for text in sentences[:WARM_UP]:
        await agent.parse_message(text)
    answers = []
    for text in sentences:
        began = time.perf_counter()
        parsed = await agent.parse_message(text)
        took_ms = (time.perf_counter() - began) * 1000
        answers.append({"intent": parsed["intent"]["name"] or "nlu_fallback", "took_ms": took_ms})
    return answers


def main() -> int:
    """Answer the file's sentences."""
    logging.getLogger().setLevel(logging.WARNING)
    model, questions, to = sys.argv[1:]
    sentences = json.loads(Path(questions).read_text(encoding="utf-8"))
    Path(to).write_text(json.dumps(asyncio.run(answer(model, sentences))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

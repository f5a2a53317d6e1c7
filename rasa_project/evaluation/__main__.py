"""Scores the trained skill on files of labelled lines.

    python -m rasa_project.evaluation --nlu FILE --red-flags FILE --screening FILE
                                      --dialogues FILE [--model FILE] [--reports FOLDER]

Prints tables and writes the same numbers, with every miss, into the reports folder.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Sequence

from rich.console import Console

from rasa_project.care.errors import UnknotError
from rasa_project.evaluation import flags, intents, reports, screening, tables
from rasa_project.evaluation.lines import (
    IntentLine,
    read_answer_lines,
    read_flag_lines,
    read_intent_lines,
)
from rasa_project.evaluation.loading import load_quietly

if TYPE_CHECKING:
    from rasa_project.local import Skill

WARM_UP = "my lower back cramped this morning"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments name; returns the exit code."""
    options = _options(arguments)
    console = Console()
    options.reports.mkdir(parents=True, exist_ok=True)
    try:
        if options.screening:
            understood = screening.understand_all(read_answer_lines(options.screening))
            screening_scores = screening.score_screening(understood)
            tables.print_screening(screening_scores, console)
            reports.write_screening(screening_scores, options.reports)
        if options.nlu or options.red_flags or options.dialogues:
            skill = load_quietly(options.model)
            asyncio.run(_talk(options, skill, console))
            if options.dialogues:
                from rasa_project.evaluation.dialogues import print_results, run_file

                print_results(run_file(options.dialogues, skill), console)
    except (UnknotError, FileNotFoundError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    console.print(f"Reports: {options.reports}")
    return 0


async def _talk(options: argparse.Namespace, skill: Skill, console: Console) -> None:
    if options.nlu:
        parsed = await parse_all(skill, read_intent_lines(options.nlu))
        intent_scores = intents.score_intents(parsed)
        tables.print_intents(intent_scores, console)
        reports.write_intents(intent_scores, parsed, options.reports)
    if options.red_flags:
        answered = await flags.say_all(skill, read_flag_lines(options.red_flags))
        flag_scores = flags.score_flags(answered)
        tables.print_flags(flag_scores, console)
        reports.write_flags(flag_scores, options.reports)


async def parse_all(skill: Skill, lines: Sequence[IntentLine]) -> list[intents.Parsed]:
    """Return what the whole NLU pipeline makes of each line, and how long it took."""
    await skill.agent.parse_message(WARM_UP)
    parsed = []
    for line in lines:
        start = time.perf_counter()
        result = await skill.agent.parse_message(line.text)
        took_ms = (time.perf_counter() - start) * 1000
        intent = result["intent"]
        parsed.append(intents.Parsed(line, intent["name"], intent["confidence"], took_ms))
    return parsed


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rasa_project.evaluation")
    parser.add_argument("--nlu", type=Path, help="sentences with their intents")
    parser.add_argument("--red-flags", type=Path, help="first sentences with their urgency")
    parser.add_argument("--screening", type=Path, help="answers to safety questions")
    parser.add_argument("--dialogues", type=Path, help="scripted dialogues (YAML)")
    parser.add_argument("--model", type=Path, help="a trained model; default: the newest one")
    parser.add_argument("--reports", type=Path, default=Path("reports"))
    options = parser.parse_args(arguments)
    if not (options.nlu or options.red_flags or options.screening or options.dialogues):
        parser.error("name at least one file to measure with")
    return options


if __name__ == "__main__":
    sys.exit(main())

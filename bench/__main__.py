"""Measures, prints and writes the reports.

    python -m bench                      all of it, about an hour the first time
    python -m bench --quick              fewer turns; only the trends are to be trusted
    python -m bench --only times         training, start and turns of both bots; also ours and
                                         default (memory and crowds of one), channels, understanding
    python -m bench --readme             also write the README's tables
    python -m bench --readme --only ''   ... from the last report, without measuring
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import signal
import sys
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bench import REPORTS
from bench.bots import BenchError, DefaultBot, Unknot
from bench.channels import channel_times
from bench.measurements import QUICK, Bot, Size, measure_alone, measure_in_turn
from bench.report import save, show, write_readme
from rasa_project.launch.prepare import said_plainly
from rasa_project.launch.progress import Steps

PARTS = ("times", "ours", "default", "channels", "understanding")
TYPICAL_S = {"times": 900.0, "ours": 150.0, "default": 600.0, "channels": 120.0, "understanding": 1200.0}


def conditions(quick: bool) -> dict[str, Any]:
    """Return what the numbers depend on besides the code."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "quick": quick,
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "processor": _processor(),
        "memory_gb": round(memory),
        "python": platform.python_version(),
        "rasa": importlib.metadata.version("rasa"),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def understanding(steps: Steps) -> list[dict[str, Any]]:
    """Ask everybody every held-out sentence."""
    from rasa_project import lean_import

    lean_import.install()
    from bench.understanding.contestants import CONTESTANTS, Unavailable
    from bench.understanding.scores import score
    from bench.understanding.sentences import asked, learnt

    examples, questions = learnt(), asked()
    found: list[dict[str, Any]] = []
    for contestant in CONTESTANTS:
        one: dict[str, Any] = {"name": contestant.name}
        with steps.step(f"bench {contestant.name}", f"Asking {contestant.name}", 120.0):
            try:
                one["scores"] = score(questions, contestant().answers(examples, questions))
            except Unavailable as reason:
                one["left_out"] = str(reason)
        found.append(one)
    return found


def measure_all(options: argparse.Namespace, steps: Steps) -> dict[str, Any]:
    """Measure the parts that were asked for, onto the last report where some were not."""
    size = QUICK if options.quick else Size()
    if options.turns:
        size = replace(size, turns=options.turns, more_turns=options.more_turns or 5 * options.turns)
    results = _last() if set(options.only) != set(PARTS) else {}
    bots = results.setdefault("bots", {})
    if options.only:
        results["made"] = conditions(options.quick)
    both: tuple[Bot, ...] = (Unknot(), DefaultBot())
    if "times" in options.only:
        trained = {b.key for b in both if not (options.no_training and getattr(b, "is_there", True))}
        with steps.step("bench times", "Measuring both in turn", TYPICAL_S["times"]) as step:
            for key, found in measure_in_turn(both, size, trained, step.update).items():
                bots[key] = {**bots.get(key, {}), **found}
        save(results)
    for bot in both:
        if bot.key in options.only:
            with steps.step(f"bench {bot.key}", f"Measuring {bot.name}", TYPICAL_S[bot.key]) as step:
                bots[bot.key] = {**bots.get(bot.key, {}), **measure_alone(bot, size, step.update)}
            save(results)
    if "channels" in options.only:
        with steps.step("bench channels", "Measuring the channels", TYPICAL_S["channels"]) as step:
            turns = options.turns or size.channel_turns
            results["channels"] = asyncio.run(channel_times(turns, step.update))
        save(results)
    if "understanding" in options.only:
        results["understanding"] = understanding(steps)
    return results


def _last() -> dict[str, Any]:
    try:
        return dict(json.loads((REPORTS / "bench.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {"bots": {"ours": {}}}


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns, one start")
    parser.add_argument("--turns", type=int, help="turns before memory is read first (1000), and through each channel (480)")
    parser.add_argument("--more-turns", type=int, help="turns before it is read again (5000)")
    parser.add_argument("--no-training", action="store_true", help="do not time training from nothing")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--readme", action="store_true", help="write the README's tables")
    options = parser.parse_args()
    options.only = [part for part in options.only.split(",") if part]
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error(f"--only takes some of {', '.join(PARTS)}, not {', '.join(sorted(unknown))}")
    # Told to end, it ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with said_plainly() as steps:
        results = measure_all(options, steps)
        if not (results["bots"].get("ours") or results.get("channels")):
            raise BenchError("There is no report of an earlier run: measure first.")
        save(results)
        from rich.console import Console

        show(results, Console())
        if options.readme:
            write_readme(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())

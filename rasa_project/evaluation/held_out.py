"""What the skill understands of the sentences that nothing was learnt from, for the README.

    python -m rasa_project.evaluation.held_out           # measure and print
    python -m rasa_project.evaluation.held_out --write   # ... and write the README's table

The sentences are those of the newest rounds in `tests/sentences` and `tests/red_flags`:
written by other hands than the training sentences, never trained on, no rule written
with them in view. What was heard of some of them chose the costs of the noisy channel
(docs/decisions/0002), so those two shares are kinder than for words never heard before.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping

import yaml

from rasa_project.evaluation.intents import Parsed, score_intents
from rasa_project.evaluation.intervals import Share, share
from rasa_project.evaluation.lines import TIERS, IntentLine
from rasa_project.evaluation.marked import between, replace_between
from rasa_project.nlu.heard_pairs import heard_pairs
from rasa_project.settings import PROJECT

if TYPE_CHECKING:  # the drift check only reads
    from rasa_project.local import Skill

README = PROJECT / "README.md"
SENTENCES = PROJECT / "tests" / "sentences"
HEARD = SENTENCES / "heard"
"""Held-out sentences that were said aloud, and what a recogniser wrote down (finetuning/hear.py)."""

PHRASES = PROJECT / "tests" / "red_flags"
BEGIN, END = "<!-- held out: written by `make readme` -->", "<!-- end of held out -->"
URGENT = TIERS.index("same_day")


def newest_round(of: Path = PHRASES) -> Path:
    """Return the folder of those sentences of `of` whose failures nobody has seen yet."""
    rounds = (p for p in of.iterdir() if p.name.startswith("round_"))
    return max(rounds, key=lambda path: int(path.name.removeprefix("round_")))


def sentence_files() -> list[Path]:
    """Return the files of the newest round of sentences by intent, and of the questions by answer."""
    return [*sorted(newest_round(SENTENCES).glob("*.yml")), SENTENCES / "answers.yml"]


async def measure(skill: Skill) -> dict[str, Share]:
    """Return every share of the table, by its name."""
    parse = skill.agent.parse_message
    intents: list[Parsed] = []
    misheard: list[Parsed] = []
    answers: list[bool] = []
    aloud = dict(heard_pairs(HEARD))
    for path in sentence_files():
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for text in document.get("sentences") or ():
            intent = (await parse(text))["intent"]
            line = IntentLine(text, document["intent"])
            intents.append(Parsed(line, intent["name"], intent["confidence"], 0.0))
            if text in aloud:
                intent = (await parse(aloud[text]))["intent"]
                misheard.append(Parsed(line, intent["name"], intent["confidence"], 0.0))
        for answer, texts in (document.get("answers") or {}).items():
            answers += [(await parse(text))["answer"]["id"] == answer for text in texts]
    scores, of_heard = score_intents(intents), score_intents(misheard)
    return {
        "intents in scope understood": scores.lenient,
        "out of scope recognised": scores.out_of_scope,
        "good sentences refused": scores.wrongly_refused,
        "as a recogniser heard them: intents in scope understood": of_heard.lenient,
        "as a recogniser heard them: out of scope recognised": of_heard.out_of_scope,
        "questions that get the right one of 98 answers": share(answers),
        **await _red_flags(skill),
    }


async def _red_flags(skill: Skill) -> dict[str, Share]:
    said = [(entry, await _tier(skill, entry["text"])) for entry in _phrases("say")]
    alike = [(entry, await _tier(skill, entry["text"])) for entry in _phrases("near_misses")]
    urgent = [(e, found) for e, found in said if TIERS.index(e["tier"]) >= URGENT]
    return {
        "red flags: emergencies escalated": share(
            [found > 0 for entry, found in said if entry["tier"] == "emergency_now"]
        ),
        "red flags: same-day and emergency flags escalated": share([found > 0 for _, found in urgent]),
        "red flags: all in at least the right tier": share(
            [found >= min(map(TIERS.index, [e["tier"], *(e.get("tier_ok") or ())])) for e, found in said]
        ),
        "red flags: look-alikes left alone": share(
            [found < URGENT or entry.get("lower") == "same_day" for entry, found in alike]
        ),
    }


def _phrases(group: str) -> Iterator[Mapping[str, Any]]:
    for path in sorted(newest_round().glob("*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8")).get(group) or ()


async def _tier(skill: Skill, text: str) -> int:
    """Return the rank of the most urgent finding that would be escalated, 0 for none."""
    findings = (await skill.agent.parse_message(text)).get("red_flag_findings") or ()
    return max(
        (TIERS.index(f["tier"]) for f in findings if f["group"] in ("present", "third_person")),
        default=0,
    )


def table(shares: Mapping[str, Share]) -> str:
    """Return the table as Markdown."""
    rows = []
    for name, found in shares.items():
        low, high = found.interval
        rows.append(f"| {name} | {found.value:.1%} | {found.hits} of {found.total} | {low:.1%} to {high:.1%} |")
    return "\n".join(["| what | share | lines | 95 % interval |", "|---|---|---|---|", *rows])


def printed(readme: Path = README) -> dict[str, float]:
    """Return the shares, 0 to 1, that the README's table states.

    Raises:
        ValueError: the README has no such table.
    """
    rows = re.findall(r"^\| ([^|]+) \| ([\d.]+)% \|", between(readme, BEGIN, END), re.MULTILINE)
    return {name: float(percent) / 100 for name, percent in rows}


def write(shares: Mapping[str, Share], readme: Path = README) -> None:
    """Replace the README's table."""
    replace_between(readme, BEGIN, END, table(shares))


def main() -> int:
    """Measure, print and, where asked, write."""
    parser = argparse.ArgumentParser(prog="python -m rasa_project.evaluation.held_out")
    parser.add_argument("--write", action="store_true", help="write the table into the README")
    options = parser.parse_args()
    from rasa_project.evaluation.loading import load_quietly

    shares = asyncio.run(measure(load_quietly()))
    print(table(shares))
    if options.write:
        write(shares)
    return 0


if __name__ == "__main__":
    sys.exit(main())

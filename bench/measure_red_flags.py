"""Count how many phrase lines the red-flag rules read rightly, even and odd lines apart.

    python bench/measure_red_flags.py PHRASE_FOLDER [flag ...] [--show even|odd|all] [--soft]

A phrase file is `<flag>.yml` with `say` and `others` ({text, tier, tier_ok?}) and
`near_misses` ({text, kind, lower?, ask_ok?}); a bare text has the flag's own tier. Flags without a rule file are left out
of the detector, so that rules can be measured while they are being written.
With `--content`, the `say` and `near_misses` of content/red_flags.yml are measured instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rasa_project.care.flags import load_red_flags  # noqa: E402
from rasa_project.care.loading import CONTENT_DIR  # noqa: E402
from rasa_project.care.red_flags.detector import RedFlagDetector  # noqa: E402
from rasa_project.care.red_flags.findings import URGENCY, Detection, Finding  # noqa: E402
from rasa_project.care.red_flags.lexicon import load_lexicon  # noqa: E402
from rasa_project.care.red_flags.rules import load_flag_rules  # noqa: E402
from rasa_project.care.triage import Facts, assess  # noqa: E402

ESCALATES = URGENCY["same_day"]


@dataclass
class Line:
    """One phrase with what is expected of it."""

    flag: str
    group: str
    index: int
    text: str
    tier: str = ""
    tier_ok: tuple[str, ...] = ()
    kind: str = ""
    lower: str = ""
    ask_ok: bool = False


@dataclass
class Count:
    """Right ones of all, and the lines that were not."""

    right: int = 0
    all: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, right: bool, line: str) -> None:
        """Count one line."""
        self.all += 1
        self.right += right
        if not right:
            self.wrong.append(line)

    def __str__(self) -> str:
        share = f"{100 * self.right / self.all:5.1f} %" if self.all else "    - "
        return f"{share} ({self.right}/{self.all})"


def phrase_lines(folder: Path, flags: set[str]) -> Iterator[Line]:
    """Yield all lines of a folder of phrase files."""
    tiers = {flag.id: flag.tier for flag in load_red_flags().flags.values()}
    for path in sorted(folder.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if flags and content["flag"] not in flags:
            continue
        for group in ("say", "near_misses", "others"):
            for index, entry in enumerate(content.get(group) or []):
                entry = {"text": entry} if isinstance(entry, str) else entry
                if group != "near_misses":
                    entry.setdefault("tier", tiers[content["flag"]])
                entry["tier_ok"] = tuple(entry.get("tier_ok") or ())
                known = {k: v for k, v in entry.items() if k in Line.__dataclass_fields__}
                yield Line(content["flag"], group, index, **known)


def content_lines(flags: set[str]) -> Iterator[Line]:
    """Yield the `say` and `near_misses` lines of the content."""
    raw = yaml.safe_load((CONTENT_DIR / "red_flags.yml").read_text(encoding="utf-8"))
    for flag in raw["flags"]:
        if flags and flag["id"] not in flags:
            continue
        overrides = dict(flag.get("say_tier_overrides") or {})
        for say in flag["say"]:
            yield Line(flag["id"], "say", 0, say, tier=overrides.get(say, flag["tier"]))
        for near in flag.get("near_misses") or []:
            handle = near["handle"]
            lower = {"lower_soon": "see_clinician_soon", "lower_same_day": "same_day"}.get(handle, "")
            ask_ok = handle in ("ask_confirm", "answer_then_ask", "safety_net_info")
            if handle != "other_person":
                yield Line(
                    flag["id"], "near_misses", 0, near["say"], kind=handle, lower=lower, ask_ok=ask_ok
                )


def readable_flags() -> set[str]:
    """Return the flags whose rule files can be loaded; the others are named on stderr."""
    folder = CONTENT_DIR / "red_flag_rules"
    lexicon = load_lexicon(folder / "lexicon.yml")
    there = set()
    for path in sorted((folder / "flags").glob("*.yml")):
        try:
            load_flag_rules(path, lexicon)
            there.add(path.stem)
        except Exception as error:  # a measuring tool goes on and says so
            print("left out:", error, file=sys.stderr)
    return there


def verdict_tier(findings: tuple[Finding, ...], content: Any) -> int:
    """Return the urgency of findings taken together, 0 without any."""
    if not findings:
        return 0
    tiers = {f.flag: f.tier for f in findings}
    try:
        verdict = assess(Facts(flags=frozenset(tiers), tiers=tiers), content)
        together = URGENCY[verdict.tier] if verdict.tier else 0
    except Exception as error:  # a measuring tool goes on and says so
        print("assess failed:", error, file=sys.stderr)
        together = 0
    return max([together, *(URGENCY[t] for t in tiers.values())])


def shown(detection: Detection) -> str:
    """Return the findings in short form."""
    parts = []
    for group in ("present", "third_person", "to_confirm", "denied", "other"):
        for f in getattr(detection, group):
            parts.append(f"{group[:4]}:{f.flag}/{f.tier[:4]}/{f.status} '{f.matched}'")
    return "; ".join(parts) or "nothing"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", help="folder of phrase files")
    parser.add_argument("flags", nargs="*", help="only these flags' lines")
    parser.add_argument("--content", action="store_true", help="measure the content's own lines")
    parser.add_argument("--show", choices=("even", "odd", "all"), help="print the lines that fail")
    parser.add_argument("--soft", action="store_true", help="also print questions asked for nothing")
    parser.add_argument("--by-flag", action="store_true", help="one row a flag")
    options = parser.parse_args()
    if options.content and options.folder:
        options.flags = [options.folder, *options.flags]
    wanted = set(options.flags)
    content = load_red_flags()
    there = readable_flags()
    detector = RedFlagDetector(only=there)
    lines = list(content_lines(wanted) if options.content else phrase_lines(Path(options.folder), wanted))
    counts: dict[tuple[str, str], Count] = defaultdict(Count)
    by_flag: dict[tuple[str, str, str], Count] = defaultdict(Count)
    soft: Counter[str] = Counter()
    spent = 0.0
    for line in lines:
        parity = "even" if line.index % 2 == 0 else "odd"
        begun = time.perf_counter()
        detection = detector.detect(line.text)
        spent += time.perf_counter() - begun
        where = f"{line.flag}[{line.group[:3]} {line.index}]"
        report = f"{where} {line.text}  ->  {shown(detection)}"

        def count(name: str, right: bool) -> None:
            counts[name, parity].add(right, f"{name}: want {line.tier or line.kind} | {report}")
            by_flag[line.flag, name, parity].add(right, report)

        # What a caller acts on: own findings, and for somebody else's emergency those of that person.
        own = verdict_tier(detection.present, content)
        other = verdict_tier(detection.third_person, content)
        if line.group == "say":
            want = URGENCY[line.tier]
            right_tiers = {URGENCY[t] for t in line.tier_ok} | {want}
            escalated = max(own, other)
            count(f"1 escalated {line.tier}", escalated >= min(want, ESCALATES))
            count("2 at least right tier", escalated >= min(right_tiers))
            count("3 not above right tier", escalated <= max(right_tiers))
            count("4 this very flag", any(f.flag == line.flag for f in detection.present))
            count("5 escalated or asked", escalated >= min(want, ESCALATES) or bool(detection.to_confirm))
        elif line.group == "near_misses":
            allowed = max(URGENCY[line.lower] if line.lower else 1, 1)
            count("6 near miss left alone", max(own, other) <= allowed)
            if line.lower and own < URGENCY[line.lower]:
                soft["milder answer not given"] += 1
            if max(own, other) <= allowed and detection.to_confirm and not line.ask_ok:
                soft["asked for nothing"] += 1
                if options.soft:
                    print("ASKED", report)
            if max(own, other) == 1 and not line.lower:
                soft["soon without need"] += 1
                if options.soft:
                    print("SOON", report)
        else:
            count("7 other person's emergency", other >= URGENCY[line.tier])
    for parity in ("even", "odd"):
        if options.show in (parity, "all"):
            for (name, which), found in sorted(counts.items()):
                if which == parity:
                    for wrong in found.wrong:
                        print(f"{parity} {wrong}")
    print(f"{len(lines)} lines, {len(there)} rule files, {1000 * spent / max(1, len(lines)):.2f} ms a line")
    names = sorted({name for name, _ in counts})
    for name in names:
        print(f"{name:32s} even {counts[name, 'even']!s:22s} odd {counts[name, 'odd']!s:22s}")
    for name, number in sorted(soft.items()):
        print(f"  {name}: {number}")
    if options.by_flag:
        for flag in sorted({f for f, _, _ in by_flag}):
            cells = [
                f"{name[:1]}:{c.right}/{c.all}"
                for name in names
                for parity in ("even", "odd")
                for c in [by_flag[flag, name, parity]]
                if c.all
            ]
            print(f"{flag:30s} " + " ".join(cells))


if __name__ == "__main__":
    main()

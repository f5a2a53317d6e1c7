"""The scores as files: JSON for programs, a picture of the confusions for people."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, Sequence
from xml.sax.saxutils import escape

from rasa_project.evaluation.flags import FlagScores
from rasa_project.evaluation.intents import IntentScores, Parsed
from rasa_project.evaluation.intervals import Share
from rasa_project.evaluation.screening import ScreeningScores

CELL_PX = 13
LABEL_PX = 190


def write_intents(scores: IntentScores, parsed: Sequence[Parsed], folder: Path) -> None:
    """Write `intents.json`, with every miss, and `confusions.svg`."""
    misses = [
        {
            "text": p.line.text,
            "intent": p.line.intent,
            "taken_for": p.intent,
            "confidence": round(p.confidence, 3),
        }
        for p in parsed
        if p.counts_as != p.line.intent
    ]
    _write(
        folder / "intents.json",
        {
            "in_scope_lenient": scores.lenient.as_dict(),
            "in_scope_strict": scores.strict.as_dict(),
            "macro_f1": round(scores.macro_f1, 4),
            "out_of_scope_recognised": scores.out_of_scope.as_dict(),
            "good_sentences_refused": scores.wrongly_refused.as_dict(),
            "p50_ms": round(scores.p50_ms, 2),
            "p95_ms": round(scores.p95_ms, 2),
            "per_intent": [{**asdict(s), "f1": round(s.f1, 4)} for s in scores.per_intent],
            "confusions": scores.confusions,
            "misses": misses,
        },
    )
    (folder / "confusions.svg").write_text(confusion_picture(parsed), encoding="utf-8")


def write_flags(scores: FlagScores, folder: Path) -> None:
    """Write `red_flags.json`, with every miss."""
    misses = [
        {
            "text": a.line.text,
            "must_escalate": a.line.must_escalate,
            "tier_ok": a.line.tier_ok,
            "tier": a.tier,
            "asked": a.asked,
            "kind": a.line.kind,
        }
        for a in scores.misses
    ]
    _write(folder / "red_flags.json", {**_shares(vars(scores)), "misses": misses})


def write_screening(scores: ScreeningScores, folder: Path) -> None:
    """Write `screening.json`, with every miss."""
    misses = [{**asdict(u.line), "taken_for": u.taken_for} for u in scores.misses]
    _write(
        folder / "screening.json",
        {"right": scores.right.as_dict(), "dangerous": scores.dangerous, "misses": misses},
    )


def confusion_picture(parsed: Sequence[Parsed]) -> str:
    """Return an SVG: a row a label, a column a guess, the darker the more of the row."""
    counts = Counter((p.line.intent, p.counts_as) for p in parsed)
    names = sorted({name for pair in counts for name in pair})
    totals = Counter(p.line.intent for p in parsed)
    place = {name: LABEL_PX + number * CELL_PX for number, name in enumerate(names)}
    size = LABEL_PX + len(names) * CELL_PX + CELL_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        'font-family="sans-serif" font-size="10">',
        f'<rect width="{size}" height="{size}" fill="white"/>',
    ]
    for name, at in place.items():
        label = escape(name)
        parts.append(f'<text x="{LABEL_PX - 4}" y="{at + 10}" text-anchor="end">{label}</text>')
        parts.append(
            f'<text transform="translate({at + 10},{LABEL_PX - 4}) rotate(-90)">{label}</text>'
        )
    for (label, guess), times in sorted(counts.items()):
        colour = "#1b7837" if label == guess else "#b2182b"
        parts.append(
            f'<rect x="{place[guess]}" y="{place[label]}" width="{CELL_PX - 1}" '
            f'height="{CELL_PX - 1}" fill="{colour}" fill-opacity="{times / totals[label]:.2f}">'
            f"<title>{escape(label)} → {escape(guess)}: {times}</title></rect>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _shares(values: dict[str, Any]) -> dict[str, Any]:
    """Return the shares among `values`, those inside dictionaries too, as plain numbers."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Share):
            result[name] = value.as_dict()
        elif isinstance(value, dict):
            result[name] = _shares(value)
    return result


def _write(path: Path, document: Any) -> None:
    path.write_text(
        json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )

"""The scores as tables in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from rasa_project.evaluation.flags import FlagScores
from rasa_project.evaluation.intents import IntentScores
from rasa_project.evaluation.screening import ScreeningScores

SHOWN_CONFUSIONS = 12
WEAK_F1 = 0.85
"""Intents below are listed in the terminal; all of them are in the report file."""


def print_intents(scores: IntentScores, console: Console) -> None:
    """Print the overall scores, the weak intents and the usual confusions."""
    table = _two_columns("Intents")
    table.add_row("in scope, lenient", str(scores.lenient))
    table.add_row("in scope, strict", str(scores.strict))
    table.add_row("macro-F1 in scope, lenient", f"{scores.macro_f1:.3f}")
    table.add_row("out of scope recognised", str(scores.out_of_scope))
    table.add_row("good sentences refused", str(scores.wrongly_refused))
    table.add_row("one sentence, p50 / p95", f"{scores.p50_ms:.1f} / {scores.p95_ms:.1f} ms")
    console.print(table)
    weak = sorted((s for s in scores.per_intent if s.f1 < WEAK_F1), key=lambda s: s.f1)
    if weak:
        table = Table("intent", "sentences", "precision", "recall", "F1", title="Weak intents")
        for score in weak:
            table.add_row(
                score.intent,
                str(score.total),
                f"{score.precision:.2f}",
                f"{score.recall:.2f}",
                f"{score.f1:.2f}",
            )
        console.print(table)
    if scores.confusions:
        table = Table("label", "taken for", "times", title="Most frequent confusions")
        for label, guess, times in scores.confusions[:SHOWN_CONFUSIONS]:
            table.add_row(label, guess, str(times))
        console.print(table)


def print_flags(scores: FlagScores, console: Console) -> None:
    """Print sensitivity and specificity and how each kind of sentence did."""
    table = _two_columns("Red flags (share, 95 % interval)")
    table.add_row("must escalate: escalated", str(scores.escalated))
    table.add_row("… emergencies", str(scores.emergencies))
    table.add_row("… in at least the right tier", str(scores.right_tier))
    table.add_row("… escalated or asked about", str(scores.escalated_or_asked))
    table.add_row("must not: left alone", str(scores.left_alone))
    for kind, value in scores.by_kind.items():
        table.add_row(f"right, {kind}", str(value))
    console.print(table)


def print_screening(scores: ScreeningScores, console: Console) -> None:
    """Print how answers to safety questions were taken."""
    table = _two_columns("Answers to safety questions")
    table.add_row("understood rightly", str(scores.right))
    table.add_row("yes or unclear taken for no", str(scores.dangerous))
    console.print(table)


def _two_columns(title: str) -> Table:
    return Table("measure", "value", title=title)

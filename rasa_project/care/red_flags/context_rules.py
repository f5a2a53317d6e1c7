"""The lay rules of `context.yml` as medspaCy rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from rasa_project.care.loading import ContentModel, read_model
from rasa_project.care.red_flags.lexicon import Lexicon
from rasa_project.care.red_flags.medspacy_light import ConTextRule
from rasa_project.care.red_flags.patterns import parse
from rasa_project.care.red_flags.token_patterns import spellings

Category = Literal[
    "negated",
    "historical",
    "resolved",
    "hypothetical",
    "question",
    "other_person",
    "animal",
    "owned",
    "taken_back",
    "long_standing",
    "unchanged",
    "unsure",
    "past_tense",
]


class ModifierContent(ContentModel):
    """One group of modifiers of `context.yml`."""

    category: Category
    direction: Literal["forward", "backward", "both"]
    max_scope: int = Field(40, ge=1)
    stopped_by: list[str] = []
    over_sentences: bool = False
    answer_word: bool = False
    phrases: list[str]


class ContextContent(ContentModel):
    """`content/red_flag_rules/context.yml`."""

    modifiers: list[ModifierContent]
    terminators: dict[str, list[str]]
    pseudo: list[str]


_DIRECTIONS = {"forward": "FORWARD", "backward": "BACKWARD", "both": "BIDIRECTIONAL"}


def context_rules(path: Path, lexicon: Lexicon) -> list[ConTextRule]:
    """Return the rules of `context.yml` as medspaCy rules.

    Raises:
        ContentError: the file breaks its schema or a pattern cannot be read.
    """
    content = read_model(path, ContextContent)
    rules: list[ConTextRule] = []

    def add(kind: str, group: str, phrases: list[str], options: dict[str, Any]) -> None:
        place = f"{path}: {group}"
        for phrase in phrases:
            tree = parse(phrase, lexicon.inflect, place)
            for spelling in spellings(tree, lexicon, place, not options.get("answer_word")):
                facts = {
                    "kind": kind,
                    "group": group,
                    "spelling": len(rules),
                    "over_breaks": spelling.over_breaks,
                    "has_gap": spelling.has_gap,
                    "over_sentences": options.get("over_sentences", False),
                }
                rules.extend(_rule(phrase, p, facts, options) for p in spelling.patterns)
                facts = {**facts, "kind": "veto"}
                rules.extend(_rule(phrase, p, facts, {}) for p in spelling.vetoes)

    for number, group in enumerate(content.modifiers):
        options = {**group.dict(), "direction": _DIRECTIONS[group.direction]}
        add("modifier", f"{group.category} {number}", group.phrases, options)
    for name, phrases in content.terminators.items():
        # One word of scope on both sides: medspaCy lets a modifier end where scopes meet.
        add("terminator", name, phrases, {"category": name, "max_scope": 1})
    add("pseudo", "pseudo", content.pseudo, {})
    return rules


def _rule(
    phrase: str, pattern: list[dict[str, Any]], facts: dict[str, Any], options: dict[str, Any]
) -> ConTextRule:
    return ConTextRule(
        literal=phrase,
        category=options.get("category", "pseudo"),
        pattern=pattern,
        direction=options.get("direction", "PSEUDO"),
        max_scope=options.get("max_scope"),
        terminated_by=set(options.get("stopped_by", ())),
        metadata=facts,
    )

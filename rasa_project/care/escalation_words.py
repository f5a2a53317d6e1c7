"""The words of escalations that no single flag has (`content/escalations.yml`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from rasa_project.care.errors import ContentError
from rasa_project.care.flags import TIER_ORDER, load_red_flags
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model


class Advice(ContentModel):
    """A sentence or three of advice with where it comes from."""

    advice: str
    sources: list[str]


class EscalationContent(ContentModel):
    """`content/escalations.yml`: the escalations that no single flag words."""

    version: int
    third_person: dict[str, Advice]
    """By the route of an emergency, and by the tiers below one."""

    changed_tier: dict[str, Advice]
    """By tier."""

    unknown_flag: Advice
    apology: Advice


@lru_cache(maxsize=2)
def load_escalations(folder: Path = CONTENT_DIR) -> EscalationContent:
    """Return the validated wording.

    Raises:
        ContentError: the file breaks its schema, or has no words for a case that can come up.
    """
    path = folder / "escalations.yml"
    words = read_model(path, EscalationContent)
    flags = load_red_flags(folder).flags.values()
    routes = {flag.route for flag in flags if flag.tier == "emergency_now"}
    below = {tier for tier in TIER_ORDER if tier != "emergency_now"}
    for part, given, needed in (
        ("third_person", words.third_person, routes | below | {"emergency_department"}),
        ("changed_tier", words.changed_tier, set(TIER_ORDER)),
    ):
        for name in sorted(needed - set(given)):
            raise ContentError(f"{path}: {part} has no '{name}'. Users would hear nothing; add it.")
    for place, entry in {
        **{f"third_person > {name}": entry for name, entry in words.third_person.items()},
        **{f"changed_tier > {name}": entry for name, entry in words.changed_tier.items()},
        "unknown_flag": words.unknown_flag,
        "apology": words.apology,
    }.items():
        if not entry.advice.strip():
            raise ContentError(f"{path}: {place} > advice is empty. Users would hear nothing; word it.")
    return words

"""The red flags, the screening questions and their rules, as validated values.

`content/red_flags.yml` is the clinical text; this module only says what shape
it must have and that its parts fit together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Mapping, Optional

from pydantic import Field

from rasa_project.care.contacts import ContactEntry
from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.flag_checks import check_red_flags
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model

Tier = Literal["emergency_now", "same_day", "see_clinician_soon"]
TIER_ORDER: Mapping[Tier, int] = {"see_clinician_soon": 1, "same_day": 2, "emergency_now": 3}
"""By rising urgency."""

Gate = Literal["stop_until_cleared", "modified_only", "none"]
Route = Literal[
    "ambulance",
    "emergency_department",
    "maternity_unit",
    "crisis_line",
    "poison_line_or_emergency",
    "safeguarding",
    "treating_team",
    "midwife",
    "same_day_clinic",
    "pharmacy_or_clinic",
    "routine_clinic",
]
NearMissHandle = Literal[
    "no_escalation",
    "ask_confirm",
    "answer_then_ask",
    "safety_net_info",
    "lower_soon",
    "lower_same_day",
    "other_person",
]

_SEED_FILE = re.compile(r"\d{3}_[0-9a-f]{16}\.txt")


class NearMiss(ContentModel):
    """A sentence that sounds like the flag and is something else."""

    say: str
    handle: NearMissHandle
    why: str
    answer: Optional[str] = None


class Flag(ContentModel):
    """One red flag: how urgent it is, how it is asked about and what is said."""

    id: str
    name: str
    suspected_cause: str
    tier: Tier
    route: Route
    exercise_gate: Gate
    screen_group: str
    upgrade_if: Optional[str] = None
    downgrade_if: Optional[str] = None
    screening_question: str
    reask: str
    confirm: str
    advice: str
    say: list[str] = Field(min_items=1)
    say_tier_overrides: dict[str, Tier] = Field(default_factory=dict)
    near_misses: list[NearMiss] = Field(min_items=1)
    note: Optional[str] = None
    sources: list[str] = Field(min_items=1)


class FollowUp(ContentModel):
    """A question that is only asked after a certain answer."""

    id: str
    """`<group>.<name>`; `screening.yml` says by it what an answer does."""
    when: Optional[str] = None
    ask: str
    covers: list[str] = Field(min_items=1)
    on_yes: str
    on_no: str
    on_unsure: str


class Question(ContentModel):
    """One of the nine question groups. A yes always means the flag."""

    order: int
    group: str
    covers: list[str] = Field(min_items=1)
    ask: str
    on_yes: str
    on_unsure: str
    reask: str
    advice_bare_yes: Optional[str] = None
    advice_unsure: Optional[str] = None
    advice_thinners_no_fall: Optional[str] = None
    never: Optional[str] = None
    follow_ups: list[FollowUp] = Field(default_factory=list)


class Progress(ContentModel):
    """A sentence that says how much is left, spoken after one group."""

    after: str
    say: str


class ScreeningOrder(ContentModel):
    """The questions in their order and when they are asked."""

    intro: str
    when: str
    principle: str
    progress: Progress
    questions: list[Question]
    sources: list[str]
    after_last: str
    not_asked_routinely: list[str]
    short_rescreen: list[str]
    rescreen_when: list[Any]
    stop_rule: str


class AnswerRule(ContentModel):
    """How one kind of answer is taken; phrases are examples, not the whole list."""

    phrases: list[str]
    rule: Optional[str] = None
    not_been_yet: Optional[str] = None
    applies_to: list[str] = Field(default_factory=list)
    not_for: Optional[str] = None
    Q1_Q2_Q3_Q4: Optional[str] = None
    Q5_Q6_Q7: Optional[str] = None
    Q8: Optional[str] = None
    Q9: Optional[str] = None


class AnswerRules(ContentModel):
    """The rules for answers, in words; `screening.yml` holds their machine-readable side."""

    no: str
    hedged_no: AnswerRule
    yes: str
    partial: AnswerRule
    pain_limited: AnswerRule
    long_standing: AnswerRule
    not_sure: AnswerRule
    silence_or_noise: str
    refusal: str
    question_back: str
    conflict: str
    low_asr_confidence: str
    third_person: str
    resolved: str
    combine: list[str]
    confirm: str
    sources: list[str]


class Source(ContentModel):
    """Where a statement comes from and how it was seen."""

    title: str
    org: str
    status: Literal["retrieved", "retrieved_copy", "retrieved_partial", "general_knowledge"]
    note: Optional[str] = None


class RedFlagFile(ContentModel):
    """`red_flags.yml` as a whole."""

    version: int
    kind: Literal["red_flags"]
    language: str
    clinical_status: str
    schema_: dict[str, Any] = Field(alias="schema")
    screening_order: ScreeningOrder
    answer_rules: AnswerRules
    safety_net: str
    contacts: dict[str, Any]
    flags: list[Flag]
    source_register: dict[str, Source]


@dataclass(frozen=True)
class RedFlagContent:
    """Everything `red_flags.yml` says, by id."""

    folder: Path
    """Where it was read from; the files beside it belong to it."""

    flags: Mapping[str, Flag]
    """By id, in the order of the file."""

    screening_order: ScreeningOrder
    answer_rules: AnswerRules
    safety_net: str
    contacts: Mapping[str, ContactEntry]
    """By region; `default` is always there."""

    sources: Mapping[str, Source]

    def flag(self, flag_id: str) -> Flag:
        """Return the flag of that id.

        Raises:
            UnknownReference: there is no such flag.
        """
        try:
            return self.flags[flag_id]
        except KeyError:
            raise UnknownReference(
                f"{self.folder / 'red_flags.yml'} has no flag '{flag_id}'. "
                "Use an id of its list `flags`."
            ) from None

    def question(self, group: str) -> Question:
        """Return the question group of that name.

        Raises:
            UnknownReference: there is no such group.
        """
        for question in self.screening_order.questions:
            if question.group == group:
                return question
        raise UnknownReference(
            f"{self.folder / 'red_flags.yml'} has no question group '{group}'. "
            "Use a group of screening_order.questions."
        )

    def source_is_known(self, key: str) -> bool:
        """Tell whether `key` is in the source register or names a seed document."""
        return key in self.sources or bool(_SEED_FILE.fullmatch(key))


def more_urgent(first: Tier | None, second: Tier | None) -> Tier | None:
    """Return the more urgent of two tiers; None is less urgent than any."""
    tiers = [tier for tier in (first, second) if tier is not None]
    return max(tiers, key=TIER_ORDER.__getitem__, default=None)


def _read_contacts(path: Path, section: Mapping[str, Any]) -> dict[str, ContactEntry]:
    entries: dict[str, ContactEntry] = {}
    for region, entry in section.items():
        if region == "note":
            continue
        try:
            entries[region] = ContactEntry.parse_obj(entry)
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise ContentError(
                f"{path}: contacts > '{region}': {reason}. Give each line of the region."
            ) from None
    for region in ("default", "US", "UK", "IE", "EU", "CA", "AU", "NZ", "IN"):
        if region not in entries:
            raise ContentError(
                f"{path}: contacts has no region '{region}'. Users there would hear no number; add it."
            )
    return entries


@lru_cache(maxsize=8)
def load_red_flags(folder: Path = CONTENT_DIR) -> RedFlagContent:
    """Return the red-flag content of `folder`, read and checked once.

    Raises:
        ContentError: names file, entry, rule and mend of the first broken rule.
    """
    path = folder / "red_flags.yml"
    document = read_model(path, RedFlagFile)
    flags: dict[str, Flag] = {}
    for flag in document.flags:
        if flag.id in flags:
            raise ContentError(
                f"{path}: the flag '{flag.id}' is there twice. Merge the two entries."
            )
        flags[flag.id] = flag
    content = RedFlagContent(
        folder=folder,
        flags=flags,
        screening_order=document.screening_order,
        answer_rules=document.answer_rules,
        safety_net=document.safety_net,
        contacts=_read_contacts(path, document.contacts),
        sources=document.source_register,
    )
    check_red_flags(path, content)
    return content

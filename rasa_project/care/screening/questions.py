"""The screening questions as states: `screening.yml` joined with the words of `red_flags.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterable, Literal, Mapping, Optional

from pydantic import Field

from rasa_project.care.errors import ContentError, UnknownReference
from rasa_project.care.flag_checks import MAX_QUESTION_WORDS, check_words
from rasa_project.care.flags import FollowUp, Question, RedFlagContent, Tier, load_red_flags
from rasa_project.care.loading import ContentModel, read_model
from rasa_project.care.screening.cues import NOWHERE, load_lexicon
from rasa_project.care.triage import advice_text

AnswerKind = Literal["yes", "no", "unsure"]


class Effect(ContentModel):
    """What one answer does."""

    named: bool = False
    flag: Optional[str] = None
    assumed: Optional[str] = None
    tier: Optional[Tier] = None
    advice: Optional[str] = None
    facts: list[str] = Field(default_factory=list)
    conditions: list[str] = Field(default_factory=list)
    only_flag: dict[str, str] = Field(default_factory=dict)
    as_: Optional[Literal["yes", "no"]] = Field(default=None, alias="as")
    stop: bool = False
    recheck: Optional[str] = None
    say: Optional[str] = None


class TextOf(ContentModel):
    """Where a question takes words that red_flags.yml already has."""

    flag: Optional[str] = None
    group: Optional[str] = None
    field: Literal["ask", "reask", "screening_question", "confirm"]


class Measure(ContentModel):
    """A number in the answer decides: up to `limit` one fact, over it the other."""

    of: Literal["hours_ago", "weeks"]
    limit: int
    upto: str
    over: str


class Node(ContentModel):
    """One question and what its answers do; see the head of screening.yml."""

    id: str
    ask: Optional[str] = None
    index: Optional[int] = None
    text_of: Optional[TextOf] = None
    which_of: Optional[str] = None
    reask: Optional[str] = None
    sources: list[str] = Field(default_factory=list)
    covers: list[str] = Field(default_factory=list)
    asks: list[str] = Field(default_factory=list)
    needs: list[str] = Field(default_factory=list)
    needs_any: list[str] = Field(default_factory=list)
    unless: list[str] = Field(default_factory=list)
    known: dict[AnswerKind, list[str]] = Field(default_factory=dict)
    measure: Optional[Measure] = None
    yes: Effect = Field(default_factory=Effect)
    no: Effect = Field(default_factory=Effect)
    unsure: Effect = Field(default_factory=Effect)
    unclear: Effect = Field(default_factory=Effect)
    reask_unsure: bool = False
    partial: Literal["yes", "reask", "which"] = "yes"
    applies: list[str] = Field(default_factory=list)
    why: Optional[str] = None

    @property
    def group(self) -> str:
        """Question group: Q1_life_threat … Q9_about_you, or short_rescreen."""
        return self.id.partition(".")[0]

    @property
    def is_main(self) -> bool:
        """True for the first question of a group and for the short questions."""
        return "." not in self.id or self.index is not None


class ResolvedRules(ContentModel):
    """What something that was there and has gone becomes."""

    same_day: list[str]
    as_yes: list[str]
    gone_is_no: list[str]
    tells_where: list[str]


class Say(ContentModel):
    """A sentence of the screening itself."""

    text: str
    sources: list[str]


class FreeQuestion(ContentModel):
    """Which question a free wording comes closest to."""

    node: str
    asks: list[str]


class ScreeningFile(ContentModel):
    """`screening.yml` as a whole."""

    version: int
    nodes: list[Node]
    short: list[Node]
    rechecks: list[Node]
    facts_of_flag: dict[str, list[str]]
    worked_out_by_questions: list[str]
    resolved: ResolvedRules
    pain_never: list[str]
    turned_round: list[str]
    says: dict[str, Say]
    free_questions: dict[str, FreeQuestion]


SAYS = ("which", "resolved", "long_standing", "faint", "who", "for_other", "again", "refusal", "urgent", "not_heard", "meaning")


@dataclass(frozen=True)
class Screening:
    """All questions, ready to be asked."""

    file: ScreeningFile
    nodes: Mapping[str, Node]
    """By id: routine, short and recheck questions."""

    texts: Mapping[str, str]
    """Node id to the words of the question."""

    reasks: Mapping[str, str]
    """Node id to the more concrete second try; the question itself where there is none."""

    def node(self, node_id: str) -> Node:
        """Return the question of that id.

        Raises:
            UnknownReference: there is no such question.
        """
        try:
            return self.nodes[node_id]
        except KeyError:
            raise UnknownReference(
                f"screening.yml has no question '{node_id}'. Use an id of its nodes."
            ) from None

    def say(self, key: str) -> str:
        """Return a sentence of the screening itself."""
        return self.file.says[key].text


@lru_cache(maxsize=4)
def load_screening(folder: Path) -> Screening:
    """Return the questions of `folder`, checked against flags, cues and each other.

    Raises:
        ContentError: names file, entry, rule and mend of the first broken rule.
    """
    path = folder / "screening.yml"
    file = read_model(path, ScreeningFile)
    content = load_red_flags(folder)
    nodes: dict[str, Node] = {}
    texts: dict[str, str] = {}
    reasks: dict[str, str] = {}
    for node in (*file.nodes, *file.short, *file.rechecks):
        if node.id in nodes:
            raise ContentError(f"{path}: '{node.id}' is there twice. Merge the two entries.")
        texts[node.id], covers = _words(path, node, file, content)
        nodes[node.id] = node.copy(update={"covers": covers})
        reasks[node.id] = _reask(node, content) or texts[node.id]
        check_words(path, f"question '{node.id}'", texts[node.id], MAX_QUESTION_WORDS)
    screening = Screening(file, nodes, texts, reasks)
    _check(path, screening, content)
    return screening


def _words(
    path: Path, node: Node, file: ScreeningFile, content: RedFlagContent
) -> tuple[str, list[str]]:
    if node.which_of:
        source = next(n for n in (*file.nodes, *file.short) if n.id == node.which_of)
        _, covers = _words(path, source, file, content)
        return file.says["which"].text, covers
    if node.index is not None:
        return content.screening_order.short_rescreen[node.index], node.covers
    if node.text_of:
        holder = (
            content.flag(node.text_of.flag)
            if node.text_of.flag
            else content.question(node.text_of.group or "")
        )
        return getattr(holder, node.text_of.field), node.covers
    if node.ask:
        if not node.sources:
            raise ContentError(f"{path}: '{node.id}' has its own words but no source. Name it.")
        return node.ask, node.covers
    known = _question_or_follow_up(node.id, content)
    if known is None:
        raise ContentError(
            f"{path}: '{node.id}' is neither a question nor a follow-up of red_flags.yml. "
            "Correct the id or give it `ask`, `covers` and `sources`."
        )
    return known.ask, list(known.covers)


def _question_or_follow_up(node_id: str, content: RedFlagContent) -> Question | FollowUp | None:
    for question in content.screening_order.questions:
        if question.group == node_id:
            return question
        for follow_up in question.follow_ups:
            if follow_up.id == node_id:
                return follow_up
    return None


def _reask(node: Node, content: RedFlagContent) -> str | None:
    if node.reask:
        return node.reask
    if node.text_of and node.text_of.flag:
        return content.flag(node.text_of.flag).reask
    return content.question(node.id).reask if "." not in node.id else None


def _check(path: Path, screening: Screening, content: RedFlagContent) -> None:
    cues = load_lexicon(content.folder).cues
    elements, groups = cues.elements, {node.group for node in screening.nodes.values()}
    for group in cues.fine_parts:
        if group not in {*groups, NOWHERE}:
            raise ContentError(
                f"{path.with_name('answer_cues.yml')}: `fine_parts` names '{group}', which is no "
                f"question of red_flags.yml and not '{NOWHERE}'. Correct the id."
            )
    for node in screening.nodes.values():
        for effect in (node.yes, node.no, node.unsure, node.unclear):
            named = [effect.flag, effect.assumed, *effect.only_flag.values()]
            for flag_id in (*filter(None, named), *node.covers):
                if flag_id not in content.flags:
                    raise ContentError(
                        f"{path}: '{node.id}' names the flag '{flag_id}', which red_flags.yml "
                        "does not have. Correct the id."
                    )
            if effect.recheck and effect.recheck not in screening.nodes:
                raise ContentError(
                    f"{path}: '{node.id}' is to be rechecked by '{effect.recheck}', which is "
                    "not there. Correct the id."
                )
            if effect.advice:
                advice_text(effect.advice, content)
        for name in node.asks:
            if name not in elements:
                raise ContentError(
                    f"{path}: '{node.id}' asks about '{name}', which answer_cues.yml does not "
                    "have. Correct the name or add the element."
                )
    _check_all_asked(path, screening, content)
    for name, element in elements.items():
        for node_id in element.to:
            if node_id not in screening.nodes:
                raise ContentError(
                    f"{path.with_name('answer_cues.yml')}: element '{name}' answers '{node_id}', "
                    "which is no question. Correct the id."
                )
    for key in SAYS:
        if key not in screening.file.says:
            raise ContentError(f"{path}: `says` lacks '{key}'. Add the sentence.")


def _check_all_asked(path: Path, screening: Screening, content: RedFlagContent) -> None:
    """Refuse to lose a question: each one of red_flags.yml must be a state here."""
    for question in content.screening_order.questions:
        ids: Iterable[str] = (question.group, *(f.id for f in question.follow_ups))
        for node_id in ids:
            if node_id not in screening.nodes:
                raise ContentError(
                    f"{path}: '{node_id}' of red_flags.yml is never asked. Add it to `nodes`."
                )

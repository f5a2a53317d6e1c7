"""What the red-flag content must fulfil as a whole: lengths, references, sources."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Iterator, Mapping

from rasa_project.care.contacts import PLACEHOLDERS
from rasa_project.care.errors import ContentError

if TYPE_CHECKING:
    from rasa_project.care.flags import Flag, RedFlagContent

MAX_ADVICE_WORDS = 45
"""triage_policy, wording rule 1: more than this nobody keeps in mind."""
MAX_QUESTION_WORDS = 25
"""triage_policy, wording rule 7."""
MAX_CONFIRM_WORDS = 15
"""red_flags.yml, question_fields."""

SPONTANEOUS = "spontaneous_only"
"""`screen_group` of a flag that no routine question asks about."""

_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def words(text: str) -> int:
    """Count the words a listener hears; a placeholder counts as one."""
    return len(text.split())


def check_words(path: Path, place: str, text: str, most: int) -> None:
    """Refuse a text that is too long to be followed by ear.

    Raises:
        ContentError: more than `most` words.
    """
    if words(text) > most:
        raise ContentError(
            f"{path}: {place} has {words(text)} words; {most} is the most a listener can "
            "follow. Shorten it or split it in two."
        )


def check_placeholders(path: Path, place: str, text: str) -> None:
    """Refuse a placeholder that no contact fills.

    Raises:
        ContentError: an unknown `{name}` in the text.
    """
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            raise ContentError(
                f"{path}: {place} has the placeholder '{{{name}}}', which nothing fills. "
                f"Use one of {', '.join(sorted(PLACEHOLDERS))}."
            )


def _check_flag_id(path: Path, place: str, flag_id: str, known: Mapping[str, Flag]) -> None:
    if flag_id not in known:
        raise ContentError(
            f"{path}: {place} names the flag '{flag_id}', which is not in `flags`. "
            "Correct the id or add the flag."
        )


def _questions_of(flag: Flag) -> Iterator[tuple[str, str, int]]:
    yield "screening_question", flag.screening_question, MAX_QUESTION_WORDS
    yield "reask", flag.reask, MAX_QUESTION_WORDS
    yield "confirm", flag.confirm, MAX_CONFIRM_WORDS
    yield "advice", flag.advice, MAX_ADVICE_WORDS


def _check_flags(path: Path, content: RedFlagContent) -> None:
    groups = {question.group for question in content.screening_order.questions}
    for flag in content.flags.values():
        place = f"flag '{flag.id}'"
        if flag.screen_group not in groups | {SPONTANEOUS}:
            raise ContentError(
                f"{path}: {place} has the screen_group '{flag.screen_group}', which no "
                f"question has. Use one of {', '.join(sorted(groups))} or {SPONTANEOUS}."
            )
        if flag.tier != "see_clinician_soon" and flag.exercise_gate != "stop_until_cleared":
            raise ContentError(
                f"{path}: {place} is {flag.tier} but lets exercises go on. "
                "Its exercise_gate must be stop_until_cleared."
            )
        for field, text, most in _questions_of(flag):
            check_words(path, f"{field} of {place}", text, most)
            check_placeholders(path, f"{field} of {place}", text)
        for sentence in flag.say_tier_overrides:
            if sentence not in flag.say:
                raise ContentError(
                    f"{path}: say_tier_overrides of {place} has '{sentence}', which is not in "
                    "`say`. Write it exactly as it stands there."
                )
        for key in flag.sources:
            if not content.source_is_known(key):
                raise ContentError(
                    f"{path}: {place} has the source '{key}', which is neither in "
                    "source_register nor a seed document. Register it or correct the key."
                )


def _check_questions(path: Path, content: RedFlagContent) -> None:
    for number, question in enumerate(content.screening_order.questions, start=1):
        place = f"question '{question.group}'"
        if question.order != number:
            raise ContentError(
                f"{path}: {place} has order {question.order} but stands at {number}. "
                "Number the questions as they are asked."
            )
        for text in (question.ask, question.reask):
            check_words(path, place, text, MAX_QUESTION_WORDS)
        for advice in (
            question.advice_bare_yes,
            question.advice_unsure,
            question.advice_thinners_no_fall,
        ):
            if advice:
                check_words(path, f"advice of {place}", advice, MAX_ADVICE_WORDS)
                check_placeholders(path, f"advice of {place}", advice)
        for flag_id in question.covers:
            _check_flag_id(path, place, flag_id, content.flags)
        for follow_up in question.follow_ups:
            check_words(path, f"follow-up '{follow_up.id}'", follow_up.ask, MAX_QUESTION_WORDS)
            for flag_id in follow_up.covers:
                _check_flag_id(path, f"follow-up '{follow_up.id}'", flag_id, content.flags)
            if not follow_up.id.startswith(f"{question.group}."):
                raise ContentError(
                    f"{path}: follow-up '{follow_up.id}' stands under {place}. "
                    f"Begin its id with '{question.group}.'."
                )


def check_red_flags(path: Path, content: RedFlagContent) -> None:
    """Check lengths, references and sources of everything in `content`.

    Raises:
        ContentError: names file, entry, rule and mend of the first broken rule.
    """
    _check_flags(path, content)
    _check_questions(path, content)
    order = content.screening_order
    for flag_id in order.not_asked_routinely:
        _check_flag_id(path, "not_asked_routinely", flag_id, content.flags)
    for text in order.short_rescreen:
        check_words(path, "short_rescreen", text, MAX_QUESTION_WORDS)
    for key in (*order.sources, *content.answer_rules.sources):
        if not content.source_is_known(key):
            raise ContentError(
                f"{path}: '{key}' is not in source_register. Register it or correct the key."
            )
    asked = {flag_id for question in order.questions for flag_id in question.covers}
    for flag_id in content.flags:
        if flag_id not in asked and flag_id not in order.not_asked_routinely:
            raise ContentError(
                f"{path}: no question covers the flag '{flag_id}' and not_asked_routinely "
                "does not list it. Add it to one of them."
            )

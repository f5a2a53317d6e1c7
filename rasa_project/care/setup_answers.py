"""What people say about themselves before and during exercises: conditions and place.

Wordings are content (`setup_words.yml`), matched on the normal form of the words. What
is not said clearly stays unsaid: an empty set, or None. Pain and course are read by
`care/pain_answers.py`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Iterator, Optional

from rasa_project.care.normalise import tokens_of
from rasa_project.care.patterns import compiled, in_whole_words
from rasa_project.care.programme_rules import Position
from rasa_project.care.setup_words import SetupWords, load_setup_words

FEW_WORDS = 7
"""Most words of an answer that may be nothing but body parts ("my knees and both wrists")."""
REACH_WORDS = 6
"""Words before a place within which "can't" still speaks of that place."""


def conditions_in(text: str, words: Optional[SetupWords] = None) -> frozenset[str]:
    """Return the ids of the conditions the speaker tells of themselves.

    Denials ("no knee problems"), other people ("my dad has bad knees") and questions for
    information ("what is osteoporosis") give nothing.
    """
    return _read_conditions(text, words) if words else _conditions_once(text)


@lru_cache(maxsize=8)
def _conditions_once(text: str) -> frozenset[str]:
    """Several actions of a turn ask the same of the same words, and a search takes 5 ms."""
    return _read_conditions(text, load_setup_words())


def _read_conditions(text: str, words: SetupWords) -> frozenset[str]:
    found: set[str] = set()
    asked = text.rstrip().endswith("?")
    for clause in _clauses(text):
        found |= _conditions_of_clause(clause, asked, words)
    return frozenset(found)


def position_in(text: str, words: Optional[SetupWords] = None) -> Optional[Position]:
    """Return where the speaker wants to exercise, None when they did not say.

    Who cannot get to the floor and names nothing else gets the chair.
    """
    words = words or load_setup_words()
    said = " . ".join(_clauses(text))
    barred = bool(_search(words.cannot_get_down, said))
    for table in (words.positions, words.weaker_words):
        wanted = _places(said, table, words)
        if barred:
            wanted = [place for place in wanted if place != "floor"]
        if len(set(wanted)) > 1 and re.search(r"\b(or|either|both)\b", said):
            order: tuple[Position, ...] = ("floor", "bed", "chair", "standing")
            return next(place for place in order if place in wanted)
        if wanted:
            return wanted[-1]  # a correction comes last: "the floor, no, the chair"
    if barred or _only_denies_floor(said, words):
        return words.instead_of_floor
    if _search(words.any_of_them, said):
        return "floor"
    return None


def cannot_get_down(text: str, words: Optional[SetupWords] = None) -> bool:
    """Return whether the speaker says that the floor is out of reach for them."""
    words = words or load_setup_words()
    return bool(_search(words.cannot_get_down, " . ".join(_clauses(text))))


def is_down_already(text: str, words: Optional[SetupWords] = None) -> bool:
    """Return whether the speaker says that they are on the floor now."""
    words = words or load_setup_words()
    said = " . ".join(_clauses(text))
    there = _search(words.there_now, said)
    return bool(there) and not _search(words.cannot, said[: there.end()] if there else "")


def _clauses(text: str) -> list[str]:
    """Return the sentences of `text` in the normal form; an opening "no," stands alone."""
    clauses: list[list[str]] = [[]]
    for token in tokens_of(text):
        answered = clauses[-1] in (["no"], ["yes"], ["nope"], ["yeah"])
        if token.break_before == "." or (token.break_before == "," and answered):
            clauses.append([])
        clauses[-1].append(token.text)
    return [" ".join(words) for words in clauses if words]


def _conditions_of_clause(clause: str, asked: bool, words: SetupWords) -> set[str]:
    asked = asked or bool(compiled(words.questions).search(clause))
    if _search(words.information_questions, clause) and not re.search(
        rf"\b{words.about_oneself}\b", clause
    ):
        return set()
    found: set[str] = set()
    for part in re.split(rf"\b(?:{'|'.join(words.denial_ends)})\b", clause):
        found |= _bare_parts(part, words)
    clause = _without(clause, words.not_meant)
    for condition, patterns in words.conditions.items():
        for match in _matches(patterns, clause):
            if (
                _holds(clause, match, words)
                and _is_own(clause, match, asked, words)
                and not _long_ago(clause, condition, words)
            ):
                found.add(condition)
    for condition, others in words.also.items():
        for other, patterns in others.items():
            if condition in found and any(_matches(patterns, clause)):
                found.add(other)
    return found


def _bare_parts(clause: str, words: SetupWords) -> set[str]:
    """Return conditions of an answer that is nothing but body parts."""
    said = re.sub(r"( (no|nope|nothing|else|that is it|that is all))+$", "", clause).split()
    if len(said) > FEW_WORDS:
        return set()
    found: set[str] = set()
    for word in said:
        meant = {c for c, parts in words.bare.items() if word in parts}
        if not meant and word not in words.bare_beside:
            return set()
        found |= meant
    return found


def _holds(clause: str, match: re.Match[str], words: SetupWords) -> bool:
    """Return whether a wording is claimed: not denied, not told as fine, not someone else's."""
    # The claim may be told as fine just behind the wording: "my balance is good".
    behind = clause[match.start() :].split()
    reach = " ".join(behind[: len(match.group().split()) + 5])
    if _search(words.told_as_fine, reach):
        return False
    before = clause[: match.start()]
    ends = [e.end() for e in re.finditer(rf"\b({'|'.join(words.denial_ends)})\b", before)]
    ends += [m.start() for m in re.finditer(rf"\b({'|'.join(words.new_claims)})\b", before)]
    scope = before[max(ends, default=0) :]
    if _search(words.other_people, before) and not re.search(r"\b(i|me|mine)\b", scope):
        return False
    return not re.search(rf"\b({'|'.join(words.denials)})\b", scope)


def _is_own(clause: str, match: re.Match[str], asked: bool, words: SetupWords) -> bool:
    """Return whether a wording is the speaker's own; in a question it has to be claimed."""
    before = clause[: match.start()]
    if re.search(rf"\b{words.no_claims} ?$", before):
        return False
    if not asked:
        return True
    # "I can't kneel", "I'm 20 weeks pregnant": the claim is part of the wording.
    if re.match(r"(i|my|can not|could not)\b", match.group()):
        return True
    return bool(re.search(rf"\b{words.own_claims} $", before))


def _long_ago(clause: str, condition: str, words: SetupWords) -> bool:
    if condition not in words.recent_only:
        return False
    birth = condition == "recent_birth" and _search(words.birth_long_ago, clause)
    return bool(birth or _search(words.long_ago, clause))


def _places(said: str, table: dict[Position, tuple[str, ...]], words: SetupWords) -> list[Position]:
    """Return the places wanted, in the order they were said."""
    found: list[tuple[int, Position]] = []
    for place, names in table.items():
        for match in _matches(names, said):
            if not _is_unwanted(said, match, words):
                found.append((match.start(), place))
    return [place for _, place in sorted(found)]


def _only_denies_floor(said: str, words: SetupWords) -> bool:
    return any(_matches(words.positions["floor"], said))


def _is_unwanted(said: str, match: re.Match[str], words: SetupWords) -> bool:
    before = re.split(r"\b(?:but|so|then|because|and|just|please)\b|[.]", said[: match.start()])[-1]
    near = " ".join(before.split()[-REACH_WORDS:])
    after = said[match.end() :].split()[:5]
    too_much = re.match(
        r"(is|s|'s|would be|gets|feels) (\w+ )?(too|not|no|out|hard|impossible|murder|painful|difficult|tricky)\b",
        " ".join(after),
    )
    return bool(_search(words.cannot, near)) or bool(too_much)


def _matches(patterns: tuple[str, ...], text: str) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        yield from _compiled(pattern).finditer(text)


def _search(pattern: str, text: str) -> Optional[re.Match[str]]:
    return _compiled(pattern).search(text)


def _without(text: str, patterns: tuple[str, ...]) -> str:
    for pattern in patterns:
        text = _compiled(pattern).sub(" ", text)
    return " ".join(text.split())


def _compiled(pattern: str) -> re.Pattern[str]:
    return compiled(pattern) if pattern.startswith("^") else in_whole_words(pattern)

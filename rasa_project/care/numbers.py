"""Spoken numbers as digits: "seventy eight" is 78, "twenty nineteen" is 2019."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

if TYPE_CHECKING:
    from rasa_project.care.normalise import Token

UNITS = {
    word: value
    for value, word in enumerate("zero one two three four five six seven eight nine".split())
}
TEENS = {
    word: value
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        start=10,
    )
}
TENS = {
    word: value * 10
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
TENS["fourty"] = 40
DECADES = {
    "twenties": "20s",
    "thirties": "30s",
    "forties": "40s",
    "fifties": "50s",
    "sixties": "60s",
    "seventies": "70s",
    "eighties": "80s",
    "nineties": "90s",
}
CENTURIES = (19, 20)
"""A pair such as "nineteen ninety" or "twenty nineteen" is a year only with these first."""


def join_number_words(tokens: Sequence["Token"]) -> list["Token"]:
    """Return `tokens` with spoken numbers as digit tokens.

    "one" standing alone stays a word: it is mostly "the one before" or "on one side".
    """
    joined: list["Token"] = []
    position = 0
    while position < len(tokens):
        value, size = _number_at(tokens, position)
        if not size:
            joined.append(tokens[position])
            position += 1
            continue
        first, last = tokens[position], tokens[position + size - 1]
        joined.append(type(first)(value, first.start, last.end, first.break_before))
        position += size
    return joined


def _number_at(tokens: Sequence["Token"], position: int) -> tuple[str, int]:
    """Return the digits of the number that begins at `position` and its length in words, or ("", 0)."""
    words = [t.text for t in tokens[position : position + 6]]
    # A pause ends a number: "at seventy, two falls".
    for place in range(1, len(words)):
        if tokens[position + place].break_before:
            words = words[:place]
            break
    if words[0] in DECADES:
        return DECADES[words[0]], 1
    if words[0] == "a" and words[1:2] in (["hundred"], ["thousand"]):
        return ("100" if words[1] == "hundred" else "1000"), 2
    value, size = _below_hundred(words)
    if not size:
        return "", 0
    rest = words[size:]
    if rest[:1] == ["thousand"] or rest[:1] == ["hundred"]:
        total = value * (1000 if rest[0] == "thousand" else 100)
        size += 1
        rest = rest[1:]
        skip = 1 if rest[:1] == ["and"] else 0
        more, more_size = _below_hundred(rest[skip:])
        if more_size:
            return str(total + more), size + skip + more_size
        return str(total), size
    if value in CENTURIES:
        more, more_size = _below_hundred(rest)
        if more_size and more >= 10:
            return str(value * 100 + more), size + more_size
    if words[0] == "one" and size == 1:
        return "", 0
    return str(value), size


def _below_hundred(words: Sequence[str]) -> tuple[int, int]:
    if not words:
        return 0, 0
    if words[0] in TENS:
        if len(words) > 1 and UNITS.get(words[1], 0) > 0:
            return TENS[words[0]] + UNITS[words[1]], 2
        return TENS[words[0]], 1
    if words[0] in TEENS:
        return TEENS[words[0]], 1
    if words[0] in UNITS:
        return UNITS[words[0]], 1
    return 0, 0

"""Free wordings of a question whose yes may mean that all is well."""

from __future__ import annotations

import re

_WELL = re.compile(
    r"(,| and| with) no \w+"
    r"|\b(is|are|do|does|feel|feels|going|working)\b.*\b(normal|normally|regular|regularly|okay|fine|all right)\b"
    r"|\bcan you (feel|move|lift|control|walk)\b|\b(do not|don't|haven't|isn't|no) (have )?(any )?\w+( \w+)?, (right|correct)"
)


def asks_whether_well(question: str) -> bool:
    """Tell whether a yes to `question` means that nothing is wrong."""
    return bool(_WELL.search(question.lower()))


def turned_round(kind: str, names_something: bool) -> str:
    """Return the meaning of an answer to a question that asks whether all is well."""
    if names_something:
        return "yes"
    if kind == "yes":
        return "no"
    # "No" to "all fine, no trouble?" may mean either; "none of that" is no better.
    return "unclear"

"""What a short message means for somebody of whom something is known already.

"I feel a tightening" is an emergency in a pregnancy that was told ten turns ago. The rules read
one message; so the known fact is said in front of it and both are read together.
"""

from __future__ import annotations

from typing import Iterable

from rasa_project.care.red_flags import Finding, load_detector
from rasa_project.care.red_flags.second_opinion import EMERGENCY

SAID_IN_FRONT = {
    "pregnancy": "i am pregnant and",
    "anticoagulant_trauma": "i take blood thinners and",
}
"""Flag in force -> the words that say it. Rows 2 and 13 of the triage policy join these facts
with a second one: a warning sign of the pregnancy, a fall on blood thinners."""


def urgent_with_known(text: str, known: Iterable[str]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the emergencies that `text` reports, and those it hints at, given the flags `known`.

    Only what the words alone do not say: both are empty where no known flag changes their
    meaning. Findings of the second kind want the flag's confirm question.
    """
    present: list[Finding] = []
    hinted: list[Finding] = []
    for flag in sorted(set(known) & set(SAID_IN_FRONT)):
        heard = load_detector().detect(f"{SAID_IN_FRONT[flag]} {text}")
        present += [one for one in heard.present if one.tier == EMERGENCY]
        hinted += [one for one in heard.to_confirm if one.tier == EMERGENCY]
    return tuple(present), tuple(hinted)

"""Whose back an opening speaks of."""

from __future__ import annotations

from rasa_project.care.flags import RedFlagContent
from rasa_project.care.screening.cues import load_lexicon
from rasa_project.care.screening.hearing import hear
from rasa_project.care.screening.spans import find_spans

_FIRST_PERSON = frozenset("i me mine myself we us our".split())
MOST_WORDS_BEFORE_PERSON = 3
"""Words before somebody is named ("it is for my mum")."""


def speaks_for_other(text: str, content: RedFlagContent) -> bool:
    """Tell whether an opening is about somebody else's back and not about the speaker's."""
    words = hear(text)
    if _FIRST_PERSON.intersection(word.text for word in words):
        return False
    # "Them" alone may be the muscles; "for my mum" is somebody.
    return any(
        (span.kind == "third_person" or (span.id == "them" and span.end - span.start > 1))
        and span.start <= MOST_WORDS_BEFORE_PERSON
        for span in find_spans(words, load_lexicon(content.folder), "")
    )

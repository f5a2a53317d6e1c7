"""Shortens what is too long to be taken in whole, without losing what is urgent in it.

The detector's time grows with the square of a text's length where much is found in it: a
message of 16,000 characters took 13 s. Read window by window it takes a few tenths.
"""

from __future__ import annotations

import re

from rasa_project.care.red_flags import Detection, load_detector

MOST_CHARACTERS = 1000
"""Longest message that is taken in as it is, about a minute and a half of speech."""

MOST_READ = 8_000
"""Of a still longer one only this many characters are read, half from each end: ten minutes
of speech are no message."""

WINDOW = 300
"""Characters of a window."""

OVERLAP = 150
"""Characters before a window that are read with it: a "not" or half a symptom may stand there."""

MOST_WINDOWS = 3
"""Windows of the middle that are kept at most, the most urgent first."""

_URGENCY = {"emergency_now": 0, "same_day": 1, "see_clinician_soon": 2}


def shortened(text: str) -> str:
    """Return `text`, or its beginning, its end and every part between that names a red flag.

    At most `MOST_CHARACTERS` of beginning and end, and `MOST_WINDOWS` of what lies between.
    """
    if len(text) <= MOST_CHARACTERS:
        return text
    if len(text) > MOST_READ:
        text = f"{text[: MOST_READ // 2]} {text[-MOST_READ // 2 :]}"
    half = MOST_CHARACTERS // 2
    begins, ends = text[:half], text[-half:]
    found: list[tuple[int, int, int]] = []
    start = half - OVERLAP
    while start < len(text) - half + OVERLAP:
        stop = start + OVERLAP + WINDOW
        urgency = _urgency(load_detector().detect(_whole_words(text, start, stop)))
        if urgency is not None:
            found.append((urgency, start, stop))
        if [u for u, _, __ in found].count(0) == MOST_WINDOWS:
            break  # nothing that follows could be more urgent
        start += WINDOW
    kept = sorted((start, stop) for _, start, stop in sorted(found)[:MOST_WINDOWS])
    middle = [_whole_words(text, start, stop) for start, stop in kept]
    return " ".join(" … ".join([begins, *middle, ends]).split())


def _urgency(heard: Detection) -> int | None:
    """Return how urgent the most urgent thing is that is or may be there now, None without any."""
    now = (*heard.present, *heard.third_person, *heard.to_confirm)
    return min((_URGENCY.get(finding.tier, len(_URGENCY)) for finding in now), default=None)


def _whole_words(text: str, start: int, stop: int) -> str:
    """Return the words that lie in a part of `text`, without halves of words at its edges."""
    part = text[max(start, 0) : stop]
    if start > 0 and not text[start - 1].isspace():
        part = re.sub(r"^\S{1,40}\s", "", part)
    if stop < len(text) and not text[stop].isspace():
        part = re.sub(r"\s\S{1,40}$", "", part)
    return part

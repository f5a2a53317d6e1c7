"""One reply in the forms that front ends need: for the eye, as plain speech, as SSML.

Nothing here changes what is said: words come through as they are, telephone numbers
digit by digit. Only how time passes differs: SSML has pauses, a plain voice counts, and a
front end that can speak again by itself gets the pauses as numbers (`timeline`).
"""

from __future__ import annotations

import re
import xml.sax.saxutils as xml
from functools import lru_cache
from typing import Iterable, Iterator, Sequence

from rasa_project.care.contacts import Contact, contacts_for
from rasa_project.care.flags import load_red_flags
from rasa_project.care.phrases import load_phrases, sentences_of
from rasa_project.care.spoken_numbers import number_words, time_words
from rasa_project.channels.replies import Message, Segment, TurnReply

MOST_BREAK_S = 10.0
"""Longest single `<break>` that Alexa takes."""

MOST_SSML = 8000
"""Most characters of speech that Alexa takes, tags included."""

MOST_EYE = 8000
"""Most characters of a card that Alexa takes."""

COUNTED_FROM_S = 4
"""Shorter pauses are as long as a voice needs between two sentences anyway."""

COUNTED_MOST_S = 30
"""Longest pause that is counted aloud; nobody listens to a minute of numbers and then more."""

LONGEST_IN_ONE_S = 120
"""Longest time that one SSML reply takes up with pauses; for more the user says when it is over."""

_SPEAK = "<speak>{}</speak>"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COUNTRIES = ("US", "GB", "IE", "DE", "CA", "AU", "NZ", "IN", None)


def for_the_eye(reply: TurnReply, limit: int = MOST_EYE) -> str:
    """Return the reply as text for a screen, one line a message, at most `limit` characters."""
    text = reply.text
    return text if len(text) <= limit else f"{text[: limit - 1].rsplit(' ', 1)[0]}…"


def plain(reply: TurnReply, counts: bool = True) -> str:
    """Return the reply for a voice that knows no pauses, such as Home Assistant's.

    With `counts` short holds are counted down aloud, and longer rests are left to the
    user ("Take two minutes for that. Then say next."). Without it this is only what comes
    before the first pause: whoever says the rest at its time takes `timeline`.
    """
    if not counts:
        return " ".join(str(s["say"]) for s in _until_pause(spoken_segments(reply)))
    return " ".join(word for message in reply.messages for word in _counted(message))


def timeline(reply: TurnReply) -> tuple[Segment, ...]:
    """Return what `plain(reply, counts=False)` leaves: pauses and words in order; mostly empty."""
    segments = spoken_segments(reply)
    return segments[len(list(_until_pause(segments))) :]


def say_again_after(reply: TurnReply) -> float | None:
    """Return the seconds until a timed hold is over, None when nothing is timed."""
    return reply.hold_s or None


def ssml(reply: TurnReply, limit: int = MOST_SSML) -> str:
    """Return the reply as SSML for Alexa, well-formed, at most `limit` characters.

    A pause longer than ten seconds becomes several, with a word to breathe between; rests of
    more than two minutes are left to the user. What has too many characters loses its end,
    at a sentence, and says so; messages about safety come whole.
    """
    rooms = _rooms(reply.messages, limit - len(_SPEAK.format("")))
    return _SPEAK.format(" ".join(_fitted(message, room) for message, room in zip(reply.messages, rooms)).strip())


def ssml_of(words: str) -> str:
    """Return a text that is no reply (a reprompt) as SSML."""
    return _SPEAK.format(_escaped(spoken_numbers(words)))


def spoken_segments(reply: TurnReply) -> tuple[Segment, ...]:
    """Return the segments of all messages with telephone numbers as they are spoken."""
    return tuple(s for message in reply.messages for s in _segments(message))


def spoken_numbers(text: str) -> str:
    """Return `text` with every telephone number of the contacts digit by digit.

    "911" is "nine one one": read as nine hundred and eleven nobody could dial it.
    """
    return _numbers().sub(lambda found: Contact(found.group()).spoken, text)


@lru_cache(maxsize=1)
def _numbers() -> "re.Pattern[str]":
    """Return a pattern of the telephone numbers that the skill can ever name."""
    flags = load_red_flags()
    found: set[str] = set()
    for country in _COUNTRIES:
        contacts = contacts_for(country, flags)
        lines = (contacts.emergency, contacts.nurse_line, contacts.crisis_line)
        for line in (*lines, contacts.poison_line, contacts.abuse_line, contacts.crisis_text):
            found.update(re.findall(r"\d[\d -]*\d", line.text) if line else ())
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile(r"(?<![\w.])(?:%s)(?![\w])" % "|".join(map(re.escape, longest_first)))


def _segments(message: Message) -> tuple[Segment, ...]:
    return tuple(
        {"say": spoken_numbers(str(s["say"]))} if "say" in s else s for s in message.segments
    )


def _until_pause(segments: Iterable[Segment]) -> Iterator[Segment]:
    for segment in segments:
        if "pause_s" in segment:
            return
        yield segment


def _counted(message: Message) -> Iterator[str]:
    segments = _segments(message)
    pauses = _pauses(segments)
    if max(pauses, default=0) > COUNTED_MOST_S:
        segments = _left_to_the_user(segments)
    for segment in segments:
        if "say" in segment:
            yield str(segment["say"])
        else:
            yield from _countdown(round(float(segment["pause_s"])))


def _pauses(segments: Iterable[Segment]) -> list[float]:
    return [float(s["pause_s"]) for s in segments if "pause_s" in s]


def _left_to_the_user(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return what is said about a rest that nobody times: what to do, how long, what to say then."""
    time = time_words(round(sum(_pauses(segments))))
    return (*_until_pause(segments), {"say": load_phrases().pick("take_time", time=time)})


def _countdown(seconds: int) -> Iterator[str]:
    """Yield "Five. Four. …": downwards, because repetitions are counted upwards."""
    if seconds < COUNTED_FROM_S:
        return
    for left in range(seconds, 0, -1):
        yield f"{number_words(left).capitalize()}."


def _escaped(words: str) -> str:
    return xml.escape(_NOT_IN_XML.sub(" ", words))


def _parts(message: Message) -> Iterator[str]:
    """Yield the SSML of a message in pieces at which it may be cut: sentences and pauses."""
    segments = _segments(message)
    if sum(_pauses(segments)) > LONGEST_IN_ONE_S:
        segments = _left_to_the_user(segments)
    for segment in segments:
        if "say" in segment:
            for sentence in sentences_of(str(segment["say"])):
                yield f"<s>{_escaped(sentence)}</s>"
        else:
            yield _breaks(float(segment["pause_s"]))


def _breaks(seconds: float) -> str:
    pieces: list[str] = []
    while seconds > 0:
        length = min(seconds, MOST_BREAK_S)
        if pieces:
            pieces.append(f"<s>{_escaped(load_phrases().pick('breathe', len(pieces) // 2))}</s>")
        pieces.append(f'<break time="{length * 1000:.0f}ms"/>')
        seconds = round(seconds - length, 3)
    return "".join(pieces)


def _rooms(messages: Sequence[Message], limit: int) -> list[int]:
    """Share `limit` characters out: first to what is about safety, then in the order it is said."""
    sizes = [sum(len(part) for part in _parts(message)) for message in messages]
    left = limit - (len(messages) - 1)
    rooms = [0] * len(messages)
    for urgent in (True, False):
        for place, message in enumerate(messages):
            if message.is_urgent == urgent:
                rooms[place] = min(sizes[place], max(left, 0))
                left -= rooms[place]
    return rooms


def _fitted(message: Message, room: int) -> str:
    parts = list(_parts(message))
    if sum(map(len, parts)) <= room:
        return "".join(parts)
    said_so = f"<s>{_escaped(load_phrases().pick('cut_short'))}</s>"
    kept: list[str] = []
    left = room - len(said_so)
    for part in parts:
        if len(part) > left:
            break
        kept.append(part)
        left -= len(part)
    if left < 0:
        return ""
    return "".join([*kept, said_so])

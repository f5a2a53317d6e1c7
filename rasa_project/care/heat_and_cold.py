"""Heat and cold with the clock: who is taken through it, and the timed words of it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, Mapping, Optional

from rasa_project.care.answers import load_answers
from rasa_project.care.errors import ContentError
from rasa_project.care.exercises import load_exercises
from rasa_project.care.loading import CONTENT_DIR, ContentModel, read_model
from rasa_project.care.normalise import normalise
from rasa_project.care.patterns import in_whole_words
from rasa_project.care.phrases import load_phrases
from rasa_project.care.speech import Message, Segment
from rasa_project.care.spoken_numbers import time_words

PackName = Literal["heat", "cold"]
MINUTE_S = 60


class Pack(ContentModel):
    """How one of the two is used."""

    origin: str
    """Id of the answer that its sentences and figures come from."""

    minutes: int
    """How long it is timed unless the user names a time."""

    most_minutes: int
    """The longest time that is ever given."""

    check_every_minutes: int
    before: tuple[str, ...]
    check: str
    after: str

    class Config(ContentModel.Config):
        fields = {"origin": "from"}


class HeatAndCold(ContentModel):
    """`content/heat_and_cold.yml`."""

    version: int
    kind: Literal["heat_and_cold"]
    reviewed: str
    not_if: tuple[str, ...]
    """Conditions of `exercises.yml` with which nobody gets a pack."""

    refusal: str
    packs: Mapping[PackName, Pack]
    start: str
    time_left: str
    done: str
    go_on: str
    names: Mapping[PackName, str]
    wishes: tuple[str, ...]


@lru_cache(maxsize=4)
def load_heat_and_cold(folder: Path = CONTENT_DIR) -> HeatAndCold:
    """Return the content of `folder`, read once and checked against answers and conditions.

    Raises:
        ContentError: the file breaks its schema, or names an answer or condition that is none.
    """
    path = folder / "heat_and_cold.yml"
    content = read_model(path, HeatAndCold)
    for name, pack in content.packs.items():
        if pack.origin not in load_answers(folder).answers:
            raise ContentError(f"{path}: '{name}' comes from no answer, '{pack.origin}'. Correct the id.")
        if not 0 < pack.minutes <= pack.most_minutes:
            raise ContentError(f"{path}: '{name}': `minutes` must be from 1 to `most_minutes`. Mend it.")
    for condition in content.not_if:
        if condition not in load_exercises(folder).conditions:
            raise ContentError(f"{path}: '{condition}' is no condition of exercises.yml. Correct the id.")
    return content


def pack_wanted(text: str, content: Optional[HeatAndCold] = None) -> Optional[PackName]:
    """Return which of the two `text` asks to be taken through, None when it asks for neither.

    A question about heat or cold ("how long do I ice it") is no wish.
    """
    content = content or load_heat_and_cold()
    said = normalise(text)
    for name, wording in content.names.items():
        for wish in content.wishes:
            if in_whole_words(wish.replace("{pack}", wording)).search(said):
                return name
    return None


def timed_pack(name: PackName, content: Optional[HeatAndCold] = None) -> Message:
    """Return heat or cold as one timed message: cautions, time with checks of the skin, the end."""
    content = content or load_heat_and_cold()
    pack = content.packs[name]
    total_s = pack.minutes * MINUTE_S
    every_s = pack.check_every_minutes * MINUTE_S
    start = content.start.format(time=time_words(total_s))
    segments: list[Segment] = [{"say": " ".join((*pack.before, start))}]
    for passed in range(0, total_s, every_s):
        if passed:
            left = time_words(total_s - passed)
            left = left[0].upper() + left[1:]
            segments.append({"say": content.time_left.format(check=pack.check, time=left)})
        segments.append({"pause_s": min(every_s, total_s - passed)})
    done = pack_done(name, content)
    segments.append({"say": done})
    waits = load_phrases().pick("eye_pause", time=time_words(total_s))
    shown = " ".join((str(segments[0]["say"]), waits, pack.check, done))
    return Message(shown, tuple(segments), total_s)


def pack_done(name: PackName, content: Optional[HeatAndCold] = None) -> str:
    """Return what is said when the time is up."""
    content = content or load_heat_and_cold()
    pack = content.packs[name]
    return content.done.format(time=time_words(pack.minutes * MINUTE_S), after=pack.after)

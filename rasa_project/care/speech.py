"""A step of an exercise as it is spoken: sentences, timed pauses, counting, a word to breathe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from rasa_project.care.coaching import Cursor
from rasa_project.care.exercises import load_exercises
from rasa_project.care.phrases import Phrases, load_phrases
from rasa_project.care.programme_rules import load_programme_rules
from rasa_project.care.spoken_numbers import number_words, time_words
from rasa_project.care.steps import Step, adaptations_of, load_coaching

Segment = Mapping[str, Union[str, float]]
"""Either `{"say": "…"}` or `{"pause_s": 20}`."""

MARK_EVERY_S = 5
"""Time is counted aloud every five seconds at most (`schema.hold_rule`)."""
HALFWAY_FROM_S = 10
"""A hold of this length or more has a word at half time."""
LAST_MARK_FROM_S = 20
"""From this length on the last five seconds are announced too."""
LONG_S = 120
"""From here on the time left is told in the middle and for the last minute only."""


@dataclass(frozen=True)
class Message:
    """What is said at one step."""

    text: str
    """For the eye: the whole step in one piece."""

    segments: tuple[Segment, ...] = ()
    """For the ear, in order; empty when nothing is timed."""

    hold_s: float = 0
    """Seconds of all pauses together; 0 when nothing is timed."""

    @property
    def words(self) -> int:
        """Words spoken, pauses aside."""
        if not self.segments:
            return len(self.text.split())
        return sum(len(str(s["say"]).split()) for s in self.segments if "say" in s)


def opening(cursor: Cursor, turn: int = 0, phrases: Optional[Phrases] = None) -> str:
    """Return what is said before the first step: how much, when to stop, how to steer."""
    phrases = phrases or load_phrases()
    coaching = load_coaching()
    count = sum(1 for u in cursor.units if not load_exercises().is_transition(u))
    said = (
        [phrases.pick("programme_intro_one", turn)]
        if count == 1
        else [phrases.pick("programme_intro", turn, count=number_words(count))]
    )
    comfort = cursor.programme_id == load_programme_rules().comfort_programme
    if cursor.amount < 1 and cursor.request.first_session and not comfort:
        said.append(phrases.pick("half_today", turn))
    note = coaching.programme_notes.get(cursor.programme_id)
    said += [note.say] if note else []
    said.append(coaching.before_first.say)
    if cursor.request.first_session:
        said.append(phrases.pick("how_to_steer", turn))
    return " ".join(said)


def render(cursor: Cursor, turn: int = 0, phrases: Optional[Phrases] = None) -> Message:
    """Return the step under way as a message; the first step of an exercise is introduced."""
    phrases = phrases or load_phrases()
    step = cursor.current
    lead = _introduction(cursor, turn, phrases) if cursor.step == 0 else ""
    if step.kind == "reps":
        message = _counted(step, cursor.pace, phrases)
    elif step.kind in ("other_side", "round"):
        message = _round(step, cursor.pace, phrases, turn)
    elif step.hold_s:
        segments = [{"say": step.say}, *_hold(step, phrases, turn)]
        message = _timed(step.say, step.hold_s, segments, phrases)
    else:
        message = Message(step.say)
    return _led(lead, message)


def _introduction(cursor: Cursor, turn: int, phrases: Phrases) -> str:
    content = load_exercises()
    if content.is_transition(cursor.unit_id):
        return phrases.pick("transition", turn, name=content.transition(cursor.unit_id).spoken_name)
    exercise = content.exercise(cursor.unit_id)
    coaching = load_coaching()
    speech = coaching.exercises[exercise.id]
    others = [u for u in cursor.units if not content.is_transition(u)]
    if len(others) == 1:
        key = "only_exercise"
    elif exercise.id == others[0]:
        key = "first_exercise"
    else:
        key = "last_exercise" if exercise.id == others[-1] else "next_exercise"
    said = [phrases.pick(key, cursor.at, name=_in_sentence(exercise.spoken_name, key))]
    changes = adaptations_of(exercise.id, cursor.circumstances, coaching)
    needs = next((c.needs for c in changes if c.needs), speech.needs)
    earlier = cursor.units[: cursor.at]
    told = {coaching.exercises[u].needs for u in earlier if u in coaching.exercises}
    said += [needs] if needs and needs not in told else []
    said += [exercise.start] if speech.say_start else []
    said += [c.note for c in changes if c.note]
    return " ".join(said)


def _in_sentence(name: str, key: str) -> str:
    """Return an exercise's name as it stands after a colon."""
    return name if key == "only_exercise" else name[0].lower() + name[1:]


def _hold(step: Step, phrases: Phrases, turn: int) -> list[Segment]:
    """Return the pauses of a hold with the words between them, and its end."""
    segments: list[Segment] = []
    passed = 0
    for mark in _marks(step.hold_s):
        segments.append({"pause_s": mark - passed})
        left = step.hold_s - mark
        key = "time_left_long" if left >= LONG_S // 2 else "time_left"
        words = phrases.pick(key, 0, time=_capital(time_words(left)))
        if passed == 0:
            words = f"{words} {phrases.pick('breathe', turn)}"
        segments.append({"say": words})
        passed = mark
    segments.append({"pause_s": step.hold_s - passed})
    segments.append({"say": step.done or _end_of(step, phrases)})
    return segments


def _marks(total: int) -> tuple[int, ...]:
    """Return the seconds at which time is told during a hold of `total` seconds."""
    if total < HALFWAY_FROM_S:
        return ()
    half = total // 2
    if total >= LONG_S:
        return (half, total - 60) if total > LONG_S else (half,)
    last = total - MARK_EVERY_S
    return (half, last) if total >= LAST_MARK_FROM_S else (half,)


def _end_of(step: Step, phrases: Phrases) -> str:
    if step.rest:
        return phrases.pick("hold_done_rest", 0, time=time_words(step.hold_s))
    return phrases.pick("hold_done", 0)


def _counted(step: Step, pace: float, phrases: Phrases) -> Message:
    """Return the repetitions after the first, counted aloud."""
    more = step.total - step.first_number + 1
    both_ways = "_sides" if step.sides == "alternate" else ""
    lead = (
        phrases.pick(f"rep_lead{both_ways}_one")
        if more == 1
        else phrases.pick(f"rep_lead{both_ways}", count=number_words(more))
    )
    coaching = load_coaching()
    hold = step.hold_s or _seconds(coaching.move_s * pace)
    rest = _seconds(coaching.rest_between_reps_s * pace)
    segments: list[Segment] = [{"say": lead}]
    for number in range(step.first_number, step.total + 1):
        segments.append({"say": f"{_capital(number_words(number))}. {step.cue}"})
        segments.append({"pause_s": hold})
        segments.append({"say": step.release})
        # The other way is held as long as the first.
        segments.append({"pause_s": hold if step.sides == "alternate" else rest})
    segments.append({"say": phrases.pick("reps_done")})
    shown = f"{lead} {step.cue} {step.release}"
    return _timed(shown, None, segments, phrases)


def _round(step: Step, pace: float, phrases: Phrases, turn: int) -> Message:
    """Return one further round: both sides, or the other side of the first."""
    rest: Segment = {"pause_s": _seconds(load_coaching().rest_between_rounds_s * pace)}
    hold = [{"say": step.cue}, *_hold(step, phrases, turn)[:-1], {"say": step.release}]
    if step.kind == "other_side":
        lead = phrases.pick("side_other")
        return _timed(
            f"{lead} {step.cue}", step.hold_s, [{"say": lead}, *hold], phrases, step.release
        )
    last = step.first_number == step.total
    lead = (
        phrases.pick("round_last")
        if last
        else phrases.pick(
            "round_lead", number=number_words(step.first_number), total=number_words(step.total)
        )
    )
    segments: list[Segment] = [{"say": lead}, *hold]
    shown = f"{lead} {step.cue}"
    if step.sides == "each":
        other = phrases.pick("side_other")
        segments = [{"say": f"{lead} {phrases.pick('side_first')}"}, *hold, rest]
        segments += [{"say": other}, *hold]
        shown = f"{lead} {phrases.pick('round_each_side')} {step.cue}"
    return _timed(shown, step.hold_s, segments, phrases, step.release)


def _timed(
    shown: str,
    each_s: Optional[int],
    segments: list[Segment],
    phrases: Phrases,
    release: str = "",
) -> Message:
    """Return a timed message; `each_s` is the hold the eye is told, None for counted movements."""
    total = sum(float(s["pause_s"]) for s in segments if "pause_s" in s)
    parts = [shown]
    if each_s is not None:
        parts.append(phrases.pick("eye_pause", time=time_words(each_s)))
    parts += [release] if release else []
    return Message(" ".join(parts), tuple(segments), _seconds(total))


def _led(lead: str, message: Message) -> Message:
    if not lead:
        return message
    text = f"{lead} {message.text}"
    if not message.segments:
        return Message(text)
    return Message(text, ({"say": lead}, *message.segments), message.hold_s)


def _seconds(value: float) -> Any:
    """Return seconds as JSON likes them: whole where they are whole."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]

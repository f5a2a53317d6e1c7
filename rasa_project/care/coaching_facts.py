"""What somebody asks about the exercise under way: how many left, how long, which muscle, how up."""

from __future__ import annotations

from typing import Optional

from rasa_project.care.coaching import Cursor
from rasa_project.care.exercises import load_exercises
from rasa_project.care.phrases import Phrases, load_phrases
from rasa_project.care.programme_rules import load_programme_rules
from rasa_project.care.spoken_numbers import number_words, time_words, times_words
from rasa_project.care.steps import Circumstances, load_coaching, share, steps_of


def how_many_left(cursor: Cursor, phrases: Optional[Phrases] = None) -> str:
    """Return how many exercises come after this one."""
    phrases = phrases or load_phrases()
    if cursor.over:
        return phrases.pick("not_exercising")
    if cursor.remaining == 0:
        return phrases.pick("remaining_none")
    if cursor.remaining == 1:
        return phrases.pick("remaining_one")
    return phrases.pick("remaining", count=number_words(cursor.remaining).capitalize())


def how_long(cursor: Cursor, phrases: Optional[Phrases] = None) -> str:
    """Return how long the position of the exercise under way is held."""
    phrases = phrases or load_phrases()
    if cursor.over:
        return phrases.pick("not_exercising")
    seconds = max((step.hold_s for step in cursor.steps), default=0)
    if not seconds:
        return phrases.pick("how_long_no_hold")
    return phrases.pick("how_long_hold", time=time_words(seconds))


def how_often(cursor: Cursor, phrases: Optional[Phrases] = None) -> str:
    """Return how many times the exercise under way is done."""
    phrases = phrases or load_phrases()
    if cursor.over:
        return phrases.pick("not_exercising")
    if load_exercises().is_transition(cursor.unit_id):
        return phrases.pick("only_the_way")
    exercise = load_exercises().exercise(cursor.unit_id)
    key = "how_many_reps" if exercise.sides == "none" else "how_many_reps_side"
    return phrases.pick(key, count=times_words(share(exercise.reps, cursor.amount)))


def what_it_is_for(cursor: Cursor, phrases: Optional[Phrases] = None) -> str:
    """Return which part of the back the exercise under way is for."""
    phrases = phrases or load_phrases()
    if cursor.over:
        return phrases.pick("not_exercising")
    speech = load_coaching().exercises.get(cursor.unit_id)
    return speech.about if speech else phrases.pick("only_the_way")


def getting_up(cursor: Cursor) -> str:
    """Return how to get up from the floor for somebody who stops there; empty for everyone else.

    For the end of a session before its last unit: nobody is left lying without a word.
    """
    if cursor.place != "floor" or cursor.state == "finished":
        return ""
    circumstances = Circumstances(all_fours=_on_all_fours(cursor))
    steps = steps_of("get_up_from_floor", circumstances)
    name = load_exercises().transition("get_up_from_floor").spoken_name
    return " ".join([f"{name}.", *(step.say for step in steps)])


def getting_up_now(cursor: Cursor, phrases: Optional[Phrases] = None) -> str:
    """Return how to get up from where somebody is now: the floor, a bed, or nothing to get up from."""
    up = getting_up(cursor)
    if up:
        return up
    if cursor.place == "bed" and cursor.state != "finished":
        roll = load_exercises().transition("log_roll_out_of_bed")
        return " ".join([f"{roll.spoken_name}.", *roll.steps])
    return (phrases or load_phrases()).pick("how_up_not_down")


def _on_all_fours(cursor: Cursor) -> bool:
    return cursor.unit_id in load_programme_rules().on_all_fours

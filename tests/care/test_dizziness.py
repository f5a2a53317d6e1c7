"""Dizzy, faint or sick at this moment: what stops an exercise and what only sounds like it."""

from __future__ import annotations

import pytest

from rasa_project.care.dizziness import dizzy_or_sick_now

NOW = (
    "I feel a bit dizzy", "dizzy", "gone light headed", "I'm light-headed", "feeling lightheaded now",
    "I've come over all faint", "this makes me dizzy", "that made me feel sick", "i feel sick",
    "gonna be sick", "feeling nauseous", "bit queasy", "my head's spinning", "the room is spinning",
    "everything is going round", "I'm seeing stars", "I think I'm going to faint", "a bit woozy",
    "had a head rush just then", "I get dizzy doing this", "I always get dizzy with this one",
    "why am I so dizzy", "is it normal to feel dizzy doing this", "I'm not in pain but I feel faint",
    "no pain just dizzy", "dizzyness is back", "I felt faint a minute ago",
)  # fmt: skip
NOT_NOW = (
    "I get dizzy easily", "I sometimes get dizzy when I stand up", "I have dizzy spells",
    "I'm prone to dizziness", "I suffer from vertigo", "I'm not dizzy", "no dizziness at all",
    "I don't feel sick", "the dizziness has gone", "I'm not dizzy any more", "will this make me dizzy",
    "what if I feel dizzy", "should I stop if I get light headed", "I was dizzy yesterday",
    "my wife feels dizzy", "I'm sick of this", "sick and tired of my back", "a faint ache", "next",
    "I feel a faint stretch", "I'm off sick today", "what stretch is good for seasick people",
    "dizzy is not how I feel", "can dizziness come from the back",
)  # fmt: skip


@pytest.mark.parametrize("said", NOW)
def test_dizzy_or_sick_at_this_moment_is_heard(said):
    """Whatever word is used, and whatever else is said with it."""
    assert dizzy_or_sick_now(said)


@pytest.mark.parametrize("said", NOT_NOW)
def test_what_only_sounds_like_it_stops_nothing(said):
    """A habit, a denial, a question about what might be, another person, another sense."""
    assert not dizzy_or_sick_now(said)

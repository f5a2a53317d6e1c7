"""What a programme is chosen from: the slots, the flags in force, and what came of earlier sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Text

from rasa_sdk.events import EventType, SlotSet

from actions.base import Events
from actions.turn import Turn
from rasa_project.care.coaching import Cursor, start
from rasa_project.care.exercise_names import exercise_named
from rasa_project.care.exercises import load_exercises
from rasa_project.care.history import History, days_done
from rasa_project.care.pain_answers import pain_in, phase_in
from rasa_project.care.programmes import PhaseHints, Request, choose_programme
from rasa_project.care.progression import Progression, progression
from rasa_project.care.screening import ScreeningState
from rasa_project.care.setup_answers import (
    cannot_get_down,
    conditions_in,
    is_down_already,
    position_in,
)

YEARS_FROM_SEVENTY = ("over_fifty", "over_seventy")
"""Facts of the screening whose denial means that somebody is under seventy."""

UNDER_SEVENTY_BY_NO = ("Q9_about_you", "Q9_about_you.is_over_fifty", "Q9_about_you.over_seventy")
"""Questions to which a no says the same."""


def history_of(turn: Turn) -> History:
    """Return what counts for building up: everything since a clinician's clearance."""
    cleared = turn.slot("cleared_at")
    return turn.memory.history.since(datetime.fromisoformat(cleared) if cleared else None)


def progression_of(turn: Turn) -> Progression:
    """Return where this person stands in building up (triage policy, row 14)."""
    return progression(history_of(turn))


def known_of(turn: Turn) -> frozenset[Text]:
    """Return what some items need to be sure of; what nobody has said is not known."""
    done = ScreeningState.from_dict(turn.slot("screen_done"))
    known = set()
    if turn.slot("cleared_by_clinician"):
        known.add("clinician_agreed")
    denied = {f"!{fact}" for fact in YEARS_FROM_SEVENTY} & set(done.facts)
    if denied or any(done.answers.get(q) == "no" for q in UNDER_SEVENTY_BY_NO):
        known.add("under_seventy")
    return frozenset(known)


def phase_hints_of(turn: Turn) -> PhaseHints:
    """Return what the user said about the course of this episode, from all messages."""
    hints = PhaseHints()
    for text in turn.texts:
        hints = hints.merged(phase_in(text))
    return hints


def wanted_exercise(turn: Turn) -> Text | None:
    """Return the id of the exercise asked for last by its name, None when none was."""
    named = (exercise_named(text) for text in reversed(turn.texts))
    return next((exercise for exercise in named if exercise), None)


def request_of(turn: Turn) -> Request:
    """Gather what the choice of a programme depends on."""
    screening = turn.slot("screening") or {}
    done, built_up = history_of(turn), progression_of(turn)
    told = set(turn.slot("conditions") or ()) | set(turn.slot("conditions_told") or ())
    known = load_exercises().conditions
    tiers = turn.record.tiers
    return Request(
        pain_0_10=int(turn.slot("pain_0_10") if turn.slot("pain_0_10") is not None else 5),
        position=turn.slot("position") or "chair",
        hints=phase_hints_of(turn),
        conditions=frozenset((told | turn.screen_conditions) & known),
        flags=frozenset(tiers),
        long_standing=frozenset(
            flag for flag, tier in tiers.items() if turn.flags.flag(flag).tier != tier
        ),
        comfort_only=bool(screening.get("rechecks")) or built_up.clinician_due,
        first_session=not any(session.counts for session in done.sessions),
        days_done=days_done(done.sessions),
        amount=built_up.amount,
        steps_up=built_up.steps_up,
        known=known_of(turn),
        now_at="floor" if any(is_down_already(text) for text in turn.texts) else None,
    )


def out_of_reach(turn: Turn, cursor: Cursor) -> bool:
    """Return whether the user says that they cannot do what the programme needs the floor for.

    Whatever else the words were taken for: being unable to get down is no pain.
    """
    return cursor.request.position == "floor" and cannot_get_down(turn.text)


def without_floor(turn: Turn, cursor: Cursor) -> Cursor:
    """Return the place in what can be done where the user can be: bed, chair or standing."""
    position = position_in(turn.text)
    return cursor.with_position(position if position not in (None, "floor") else "chair")


def with_details(turn: Turn, cursor: Cursor) -> Cursor:
    """Return the place after conditions, the floor out of reach or another pain score told in mid-session."""
    told = conditions_in(turn.text)
    if told - cursor.request.conditions:
        cursor = cursor.with_conditions(cursor.request.conditions | told)
    if not cursor.over and out_of_reach(turn, cursor):
        cursor = without_floor(turn, cursor)
    pain = pain_in(turn.text)
    if pain is not None and pain != cursor.request.pain_0_10 and not cursor.over:
        programme = choose_programme(replace(cursor.request, pain_0_10=pain))
        if programme.id != cursor.programme_id and programme.items:
            cursor = start(programme)
    return cursor


def details_events(turn: Turn) -> Events:
    """Return the events that keep pain and position told before they were asked for."""
    told = {"pain_told": pain_in(turn.text), "position_told": position_in(turn.text)}
    return [told_now(turn, name, value) for name, value in told.items() if value is not None]


def told_now(turn: Turn, name: Text, value: Any) -> EventType:
    """Return the event that keeps a detail with its time: yesterday's pain is not today's."""
    return SlotSet(name, {"value": value, "at": turn.now.isoformat()})


def still_told(turn: Turn, name: Text) -> Any:
    """Return a detail that was told within this visit, None without one."""
    told = turn.slot(name)
    return told["value"] if told and turn.is_recent(told["at"]) else None

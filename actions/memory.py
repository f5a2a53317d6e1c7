"""What a turn remembers of earlier ones: the diary where one is kept, else the conversation.

Changes are collected and become slot events at the end of the action, and rows of the
diary at once. A diary that fails costs nothing but itself: the slots go on.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, List, Mapping, Text

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from rasa_project.care.coaching import Cursor
from rasa_project.care.exercises import load_exercises
from rasa_project.care.flags import RedFlagContent
from rasa_project.care.history import (
    ExerciseDone,
    Feeling,
    History,
    PainScore,
    SessionEntry,
    SessionOutcome,
)
from rasa_project.care.record import FlagRecord
from rasa_project.care.steps import share
from rasa_project.diary.keeper import key_of, keeper

SAME_SCORE = timedelta(minutes=30)
"""The same number within this time is one score that was told twice."""

LONGEST_SESSION = timedelta(hours=3)
"""What goes on after this is another session."""

MOST_SESSIONS, MOST_SCORES = 20, 100
"""Newest entries that the slots of a conversation hold."""


class Memory:
    """Reads and writes what is remembered of the person who speaks."""

    def __init__(self, tracker: Tracker, now: datetime) -> None:
        """Take the person from `tracker`; nothing is read before it is asked for."""
        self._tracker = tracker
        self._now = now
        self._channel = tracker.get_latest_input_channel() or ""
        self.person = key_of(self._channel, tracker.sender_id)
        self._changed: set[Text] = set()

    @cached_property
    def kept(self) -> bool:
        """Whether a diary is kept for this person."""
        return keeper().keeps(self._channel, self._tracker.sender_id)

    @property
    def history(self) -> History:
        """Everything known of earlier turns, what was added in this one included."""
        told = History(tuple(self._scores), tuple(self._sessions))
        return (self._diary or History()).merged(told)

    @property
    def could_be_read(self) -> bool:
        """Whether nothing is unknown because a diary could not be read."""
        return self._diary is not None

    @cached_property
    def _diary(self) -> History | None:
        return keeper().history(self.person) if self.kept else History()

    @cached_property
    def _scores(self) -> List[PainScore]:
        entries = self._tracker.get_slot("pain_log") or ()
        return [PainScore(datetime.fromisoformat(e["at"]), e["pain"]) for e in entries]

    @cached_property
    def _sessions(self) -> List[SessionEntry]:
        return [SessionEntry.from_dict(e) for e in self._tracker.get_slot("session_log") or ()]

    # Scores

    def note_score(self, pain: int) -> None:
        """Remember a pain score of 0 to 10."""
        last = self.history.last_score
        if last and last.pain == pain and self._now - last.at < SAME_SCORE:
            return
        score = PainScore(self._now, pain)
        self._scores.append(score)
        self._changed.add("pain_log")
        if self.kept:
            keeper().add_score(self.person, score)

    # Sessions

    def begin_session(self, cursor: Cursor, pain: int | None) -> None:
        """Remember that exercises begin; what was open before is over."""
        self.end_session("stopped")
        self._keep(self._new_session(cursor, pain))

    def follow(self, cursor: Cursor, pain: int | None) -> None:
        """Remember what was done, left out or stopped so far."""
        session = self._running
        exercises = _exercises_of(cursor)
        if session is None:
            if cursor.over:
                return
            # Taken up again after it was ended: what was done then belongs to that session.
            before = {e for s in self._sessions for e in s.exercises}
            exercises = tuple(e for e in exercises if e not in before)
            session = self._new_session(cursor, pain)
        outcome: SessionOutcome = session.outcome
        if cursor.over:
            outcome = "finished" if cursor.state == "finished" else "hurt"
        changed = replace(session, exercises=exercises or session.exercises, outcome=outcome)
        if outcome != "running":
            changed = replace(changed, ended_at=self._now)
        self._keep(changed)

    def end_session(
        self,
        outcome: SessionOutcome,
        feeling: Feeling | None = None,
        pain_after: int | None = None,
    ) -> None:
        """Remember how the session ended; without one under way nothing happens.

        What is said about a session after its last step still belongs to it.
        """
        last = self._sessions[-1] if self._sessions else None
        if last is None or (last.outcome != "running" and feeling is None and pain_after is None):
            return
        if self._now - (last.ended_at or last.started_at) > LONGEST_SESSION and last.ended_at:
            return
        self._keep(
            replace(
                last,
                outcome=outcome if last.outcome == "running" else last.outcome,
                ended_at=last.ended_at or self._now,
                feeling=feeling or last.feeling,
                pain_after=last.pain_after if pain_after is None else pain_after,
            )
        )

    @property
    def _running(self) -> SessionEntry | None:
        last = self._sessions[-1] if self._sessions else None
        if last is None or last.outcome != "running":
            return None
        return last if self._now - last.started_at < LONGEST_SESSION else None

    def _new_session(self, cursor: Cursor, pain: int | None) -> SessionEntry:
        return SessionEntry(
            id=str(uuid.uuid4()),
            started_at=self._now,
            programme_id=cursor.programme_id,
            amount=cursor.amount,
            pain_before=pain,
        )

    def _keep(self, session: SessionEntry) -> None:
        if session in self._sessions:
            return
        known = [s.id for s in self._sessions]
        if session.id in known:
            self._sessions[known.index(session.id)] = session
        else:
            self._sessions.append(session)
        self._changed.add("session_log")
        if self.kept:
            keeper().save_session(self.person, session)

    # Flags

    def put_in_force(self, tiers: Mapping[Text, Text]) -> None:
        """Remember red flags by id; never what was said."""
        if self.kept and tiers:
            keeper().put_in_force(self.person, tiers, self._now)

    def withdraw(self, flag: Text) -> None:
        """Forget a flag that was misheard."""
        if self.kept:
            keeper().withdraw(self.person, flag)

    def clear_flags(self) -> None:
        """Remember that a clinician has cleared the flags in force."""
        if self.kept:
            keeper().clear(self.person, self._now)

    def forget(self) -> bool:
        """Delete the diary of this person; return False when that was not possible.

        Asked for on a channel without a diary too: one may have been kept before.
        """
        return keeper().forget(self.person)

    # Slots

    def events(self) -> List[EventType]:
        """Return the events that keep in the conversation what changed in this turn."""
        values: dict[Text, Any] = {
            "pain_log": [
                {"at": s.at.isoformat(), "pain": s.pain} for s in self._scores[-MOST_SCORES:]
            ],
            "session_log": [s.to_dict() for s in self._sessions[-MOST_SESSIONS:]],
        }
        return [SlotSet(name, values[name]) for name in sorted(self._changed)]


def recalled_lock(found: History, content: RedFlagContent) -> FlagRecord | None:
    """Return the lock that the flags of a diary still mean, None without one.

    A milder flag is not recalled: the questions find it again where it still holds.
    """
    record = FlagRecord()
    for flag, tier in found.flags_in_force.items():
        if flag in content.flags:
            record = record.with_flag(flag, tier).raised_to(tier)
    return record if record.tiers and record.locked(content) else None


def lock_events(lock: FlagRecord, found: History) -> List[EventType]:
    """Return the events that say how urgent a recalled lock was, and when."""
    since = max(entry.at for entry in found.flags if entry.cleared_at is None)
    return [SlotSet("triage_outcome", lock.outcome), SlotSet("triage_at", since.isoformat())]


def _exercises_of(cursor: Cursor) -> tuple[ExerciseDone, ...]:
    """Return what became of each exercise so far, in the order of the content's own lists."""
    content = load_exercises()
    found = []
    for exercise_id in dict.fromkeys((*cursor.done, *cursor.skipped, *cursor.stopped)):
        exercise = content.exercise(exercise_id)
        done = exercise_id in cursor.done
        found.append(
            ExerciseDone(
                exercise_id,
                reps=share(exercise.reps, cursor.amount) if done else 0,
                sides=exercise.sides,
                skipped=not done and exercise_id in cursor.skipped,
                hurt=exercise_id in cursor.stopped,
            )
        )
    return tuple(found)

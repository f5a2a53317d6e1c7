"""Red flags in force, read from a conversation's own events.

Both sides use it: the Rasa process (policy and response generator, event objects) and
the action server (plain dicts). It reads the stored record and every user message that
came after it, so a flag reported while the action server was down is not lost.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Iterable, Mapping, Sequence

from rasa_project.care.escalations import Escalation, choose
from rasa_project.care.flags import load_red_flags
from rasa_project.care.known_facts import urgent_with_known
from rasa_project.care.record import FlagRecord
from rasa_project.care.red_flags import Detection, Finding
from rasa_project.care.screening import ScreeningState, emergency_by_answer, next_prompt

DEFAULT_COUNTRY = "US"
FINDINGS_KEY = "red_flag_findings"
"""Key under which the detector component leaves its findings in the parse result."""

SAME_MOMENT_S = 1e-5
"""Time stamps nearer to each other than this many seconds are of one message."""

GROUPS = ("present", "third_person", "to_confirm", "denied", "other")
"""Fields of `Detection`."""


def detection_of(parse_data: Mapping[str, Any]) -> Detection:
    """Return the detector's findings kept in a parsed message; empty when there are none."""
    groups: dict[str, list[Finding]] = {name: [] for name in GROUPS}
    for entry in parse_data.get(FINDINGS_KEY) or ():
        values = dict(entry)
        group = values.pop("group", "other")
        groups[group].append(Finding(**values))
    return Detection(**{name: tuple(found) for name, found in groups.items()})


def unrecorded_messages(
    events: Iterable[Mapping[str, Any]], record: FlagRecord
) -> list[tuple[float, Detection]]:
    """Return time stamp and findings of the user messages `record` has not taken in."""
    said = [event for event in events if event.get("event") == "user"]
    times = [float(event.get("timestamp") or 0.0) for event in said]
    new = taken_in(times, record)
    return [
        (time, detection_of(event.get("parse_data") or {}))
        for time, event in zip(times[new:], said[new:])
    ]


def taken_in(times: Sequence[float], record: FlagRecord) -> int:
    """Return how many of the messages with these time stamps, oldest first, `record` knows.

    By the place of the last one it has taken in and not by comparing times: a clock that is
    set back would hide an emergency from the record. None where that message is not among
    them, because then all of them came after it.
    """
    for place in range(len(times), 0, -1):
        if abs(times[place - 1] - record.seen_until) < SAME_MOMENT_S:
            return place
    return 0


def record_after(
    record: FlagRecord, messages: Iterable[tuple[float, Detection]]
) -> FlagRecord:
    """Return `record` with the flags of `messages` in force."""
    for timestamp, detection in messages:
        for finding in detection.present:
            record = record.with_flag(finding.flag, finding.tier)
        record = record.with_third_person(f.flag for f in detection.third_person)
        record = replace(record, seen_until=timestamp)
    return record


def _events_as_dicts(tracker: Any) -> list[Mapping[str, Any]]:
    return [
        {"event": "user", "timestamp": event.timestamp, "parse_data": event.parse_data}
        for event in tracker.events
        if event.type_name == "user"
    ]


def flags_by_answer(tracker: Any) -> tuple[str, ...]:
    """Return the emergency flags that the latest message makes where it is said.

    By the pending safety question that it answers, or by what is known of the user. For the
    Rasa process; the action server decides the same.
    """
    return (*_flags_by_question(tracker), *_flags_by_what_is_known(tracker))


def _flags_by_what_is_known(tracker: Any) -> tuple[str, ...]:
    message = tracker.latest_message
    record = FlagRecord.from_dict(tracker.get_slot("flag_record"))
    if not message or record.third_person:
        return ()
    present, _ = urgent_with_known(message.text or "", record.tiers)
    return tuple(finding.flag for finding in present)


def _flags_by_question(tracker: Any) -> tuple[str, ...]:
    """Return the emergency flags of an answer; empty when no safety question is pending."""
    if tracker.active_loop_name != "screening_form" or not tracker.latest_message:
        return ()
    message = tracker.latest_message
    content = load_red_flags()
    try:
        prompt = next_prompt(ScreeningState.from_dict(tracker.get_slot("screening")), content)
        if prompt is None:
            return ()
        return emergency_by_answer(
            message.text or "",
            message.intent.get("name"),
            prompt,
            detection_of(message.parse_data or {}),
            content,
        )
    except Exception:  # what cannot be read may be an emergency: the apology covers it
        return ()


def escalation_due(tracker: Any) -> Escalation:
    """Return the escalation that answers the latest message of a Rasa tracker."""
    content = load_red_flags()
    stored = FlagRecord.from_dict(tracker.get_slot("flag_record"))
    record = record_after(stored, unrecorded_messages(_events_as_dicts(tracker), stored))
    message = tracker.latest_message
    detection = detection_of(message.parse_data or {}) if message else Detection()
    if not detection.present and not detection.third_person:
        for flag in flags_by_answer(tracker):
            record = record.with_flag(flag, "emergency_now")
    return choose(record, detection, content)


def country_of(tracker: Any) -> str:
    """Return the ISO country code: said by the user, else the channel's, else the setting."""
    metadata = (tracker.latest_message.metadata if tracker.latest_message else None) or {}
    return (
        tracker.get_slot("country")
        or metadata.get("country")
        or os.environ.get("SKILL_COUNTRY")
        or DEFAULT_COUNTRY
    )

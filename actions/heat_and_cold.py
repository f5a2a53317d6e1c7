"""Heat and cold coached with the clock, at any moment where no form is asking."""

from __future__ import annotations

from typing import Text

from actions.answers import soon_advice, speak_answer
from actions.base import Events
from actions.coaching import cursor_events, cursor_under_way
from actions.turn import Turn
from rasa_project.care.answers import allowed_with_flag, load_answers
from rasa_project.care.heat_and_cold import PackName, load_heat_and_cold, pack_done, pack_wanted, timed_pack

TOPIC = "ask_heat_ice"
TIME_IS_UP = frozenset({"next_step", "affirm", "resume"})
"""Intents by which somebody says that the time is over, where nobody has timed it for them."""


def answer_heat_and_cold(turn: Turn) -> Events | None:
    """Return the events of heat or cold that is asked for, None when none is.

    It is for a clean screen, like an exercise (triage policy, rows 9 and 10). Without one the
    answer with its times is given, and the safety questions are offered.
    """
    if turn.active_form or turn.locked:
        return None
    name = pack_wanted(turn.text)
    if name is None:
        return _over(turn)
    answer_id = load_heat_and_cold().packs[name].origin
    screened = turn.screen_is_fresh and turn.slot("triage_outcome") in ("self_care", "see_clinician_soon")
    if not screened:
        return speak_answer(turn, answer_id, TOPIC)
    if _conditions(turn) & set(load_heat_and_cold().not_if):
        turn.say(load_heat_and_cold().refusal, "clinician_info", id="pack_not_now")
        return []
    soon = soon_advice(turn)
    if soon and not allowed_with_flag(load_answers().answer(answer_id), load_answers()):
        turn.say(soon, "clinician_info", id=turn.record.verdict(turn.flags).lead)
        return []
    return _speak(turn, name, answer_id, soon)


def _speak(turn: Turn, name: PackName, answer_id: Text, soon: Text) -> Events:
    if soon:
        turn.say(soon, "clinician_info", id=turn.record.verdict(turn.flags).lead, expects_reply=False)
    message = timed_pack(name)
    cursor = cursor_under_way(turn)
    segments = list(message.segments)
    text = message.text
    if cursor is not None:
        go_on = load_heat_and_cold().go_on
        segments.append({"say": go_on})
        text = f"{text} {go_on}"
    turn.say(text, "answer", topic=TOPIC, id=answer_id, pack=name, hold_s=message.hold_s, segments=segments)
    return [] if cursor is None else cursor_events(cursor.pause(), "paused")


def _over(turn: Turn) -> Events | None:
    """Return the end of a pack that the user timed themselves; None when none was on."""
    timed = [reply for _, reply in turn.said_before if reply.get("pack")]
    if not timed or turn.intent not in TIME_IS_UP or turn.slot("coaching"):
        return None
    turn.say(pack_done(timed[-1]["pack"]), "answer", topic=TOPIC, id=timed[-1]["id"])
    return []


def _conditions(turn: Turn) -> set[Text]:
    told = set(turn.slot("conditions") or ()) | set(turn.slot("conditions_told") or ())
    return told | set(turn.screen_conditions)

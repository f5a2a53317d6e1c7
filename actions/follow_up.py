"""Half a sentence that leans on the answer given just before it ("and for how long?")."""

from __future__ import annotations

from typing import Text

from rasa_sdk.events import SlotSet

from actions.answers import back_to_the_step, speak_answer, tell_more
from actions.base import Events
from actions.turn import REFUSED_DOSE, Turn
from rasa_project.care.answers import load_answers, time_in_answer
from rasa_project.care.coach_questions import follow_up_in

MEDICINE = ("ask_otc_medicine", "ask_prescription_medicine", "ask_topical", "ask_supplements")
"""Families of which no amount is told, and how long or how often is one."""


def answer_follow_up(turn: Turn) -> Events | None:
    """Return the events of a follow-up question, None when this is none or nothing was answered."""
    if turn.slot("last_answer") == REFUSED_DOSE and _just_refused(turn):
        if follow_up_in(turn.text) not in ("how_long", "how_often"):
            return None
        turn.say(turn.phrase("refuse_dose_again"), "refuse_dose", topic="ask_otc_medicine")
        return back_to_the_step(turn, [])
    before = _answer_before(turn)
    asked = follow_up_in(turn.text) if before else None
    if before is None or asked is None:
        return None
    family = load_answers().family_of(before)
    if asked in ("how_long", "how_often") and family in MEDICINE:
        turn.say(turn.phrase("refuse_dose"), "refuse_dose", topic=family)
        return back_to_the_step(turn, [SlotSet("last_answer", REFUSED_DOSE)])
    if asked == "more" or (asked == "why" and not turn.active_form):
        if turn.slot("last_answer") != before:
            # The longer text has been told; there is no third one.
            turn.say(turn.phrase("no_more_to_tell"), "help", id="no_more_to_tell")
            return back_to_the_step(turn, [])
        return back_to_the_step(turn, tell_more(turn, before))
    if asked == "why":
        return None
    part = time_in_answer(load_answers().answer(before), asked)
    if part is None:
        return None
    return back_to_the_step(turn, speak_answer(turn, before, family, part=part))


def _just_refused(turn: Turn) -> bool:
    return any(reply.get("kind") == "refuse_dose" for _, reply in turn.said_before)


def _answer_before(turn: Turn) -> Text | None:
    """Return the id of the answer in the bot's last turn, None without one."""
    for _, reply in reversed(turn.said_before):
        if reply.get("kind") == "answer" and reply.get("id") in load_answers().answers:
            return str(reply["id"])
    return None

"""What follows an escalation: the record, the lock, the clearance, a misheard flag."""

from __future__ import annotations

from dataclasses import replace
from typing import Text

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, SpokenAction, close_form
from actions.forms import AskSlot, ReadForm, is_digression
from actions.turn import Turn
from rasa_project.care.exercises import load_exercises
from rasa_project.care.escalations import CRISIS_FLAGS, Escalation, choose
from rasa_project.care.normalise import normalise
from rasa_project.care.record import FlagRecord
from rasa_project.care.red_flags import Detection
from rasa_project.care.screening import (
    ScreeningState,
    is_statement,
    new_state,
    next_prompt,
    read_free_answer,
    with_flags,
)
from rasa_project.care.screening.progress import SAME_DAY_FACT

YES_WORDS = frozenset({"yes", "yeah", "yep", "yup", "aye", "yeh", "ya"})
TAKES_BACK = frozenset({"not", "no", "but", "except", "until", "unless", "never", "only", "if"})
"""Words that make a story behind a yes something else than a clearance."""

MOST_WORDS_OF_A_COMMAND = 5
CLINICIANS = frozenset(
    "doctor doctors doc gp consultant specialist surgeon nurse physio physiotherapist therapist pharmacist "
    "paramedic clinician hospital clinic".split()
)
"""A longer sentence that names one of these is an answer, although the classifier hears a "stop" in it."""

CLEARANCE_QUESTION = (
    "Has a clinician seen you about this and said you can exercise?"
)
"""Wording rule 5 of the triage policy."""


def speak(turn: Turn, escalation: Escalation) -> None:
    """Speak an escalation through its domain response, numbers filled in by the generator."""
    turn.dispatcher.utter_message(response=escalation.response, reply=escalation.reply)


def record_events(turn: Turn, record: FlagRecord, escalation: Escalation) -> Events:
    """Return the events that put `record` in force and end what must not go on."""
    own = not escalation.third_person
    if own:
        record = replace(
            record.raised_to(escalation.tier), lead=escalation.lead
        )
    events: Events = [
        SlotSet("flag_record", record.to_dict()),
        SlotSet("red_flags", sorted(record.tiers)),
        SlotSet("offer", "repeat_advice"),
    ]
    if own:
        turn.memory.put_in_force(record.tiers)
        events += [
            SlotSet("triage_outcome", record.outcome),
            SlotSet("triage_at", turn.now.isoformat()),
            SlotSet("cleared_by_clinician", None),
        ]
    stops = escalation.tier != "see_clinician_soon" or escalation.third_person
    if stops or record.locked(turn.flags):
        # A follow-up of the screen may still raise a milder flag that locks.
        if stops or turn.active_form != "screening_form":
            events += close_form()
        turn.memory.end_session("escalated")
        events += [SlotSet("coaching", None), SlotSet("coach", None)]
        events += [SlotSet(name, None) for name in ("programme_id", "exercise_id", "exercise_step")]
    return events


def speak_advice_again(turn: Turn) -> Events:
    """Repeat the advice of the flags in force; the answer to whatever a lock forbids."""
    escalation = choose(turn.record, Detection(), turn.flags)
    speak(turn, escalation)
    return [SlotSet("offer", "repeat_advice"), *record_events(turn, turn.record, escalation)]


def escalate_flag(turn: Turn, flag: Text, tier: Text) -> Events:
    """Put `flag` in force at `tier`, speak its advice and end what must not go on."""
    record = turn.record.with_flag(flag, tier)
    escalation = choose(record, Detection(), turn.flags)
    speak(turn, escalation)
    return record_events(turn, record, escalation) + urgent_questions(turn, escalation)


def urgent_questions(turn: Turn, escalation: Escalation) -> Events:
    """Return the events that lead to the urgent questions where they can raise the tier.

    After a same-day flag the first four questions are still asked (stop_rule), after
    `see_clinician_soon` the whole screen goes on.
    """
    if escalation.third_person or escalation.tier == "emergency_now":
        return []
    state = ScreeningState.from_dict(turn.slot("screening"))
    flags = dict(turn.record.tiers)
    if escalation.tier == "same_day":
        if turn.screen_is_fresh:
            return []
        if state.finished or state.mode not in ("full", "urgent"):
            state = new_state("urgent")
        state = with_flags(replace(state, mode="urgent", pending=None), flags, turn.flags)
        state = replace(
            state, spoken_tier="same_day", facts=(*state.facts, SAME_DAY_FACT), finished=False
        )
        if next_prompt(state, turn.flags) is None:
            return []
        return [SlotSet("screening", state.to_dict()), SlotSet("next_stage", "screening")]
    busy = turn.active_form or turn.slot("coaching")
    if busy or turn.screen_is_fresh or turn.record.locked(turn.flags):
        return []
    return full_screen(turn)


def full_screen(turn: Turn) -> Events:
    """Return the events that begin a whole screen."""
    return [
        SlotSet("screening", new_state("full").to_dict()),
        SlotSet("screening_at", turn.now.isoformat()),
        SlotSet("next_stage", "screening"),
    ]


SENT_DOWN_A_LEG = frozenset({"leg_pain_one_side"})
"""Flags that an exercise may have brought about: it stops, whatever else is said (row 12)."""


def in_mid_exercise(turn: Turn) -> Events:
    """Return the events of a milder flag told in the middle of an exercise, none elsewhere.

    Pain down a leg stops the exercise. Any other changes what comes next at once.
    """
    # The exercises speak through modules that derive from this one's base.
    from actions.coaching import cursor_under_way, nothing_allowed, speak_step
    from actions.easing import stop_exercise

    cursor = cursor_under_way(turn)
    if cursor is None or not turn.may_exercise:
        return []
    verdict = turn.record.verdict(turn.flags)
    changed = cursor.with_flags(
        frozenset(turn.record.tiers), frozenset(verdict.conditions) & load_exercises().conditions
    )
    if SENT_DOWN_A_LEG & {finding.flag for finding in turn.detection.present}:
        return stop_exercise(turn, changed if not changed.over else cursor)
    if changed.over:
        return nothing_allowed(turn)
    if changed.units[changed.at :] == cursor.units[cursor.at :]:
        return [SlotSet("coach", changed.to_dict())]
    return speak_step(turn, changed.resume(), turn.phrase("conditions_noted_changed"))


class RecordEscalation(SpokenAction):
    """Records what `utter_escalation` has just said; speaks only of an exercise under way."""

    action_name = "action_record_escalation"
    open_when_locked = True
    asks_about_hints = False
    is_safety_step = True

    def perform(self, turn: Turn) -> Events:
        """Put the flags in force, lock, and lead to the urgent questions."""
        escalation = choose(turn.record, turn.detection, turn.flags)
        events = record_events(turn, turn.record, escalation)
        if escalation.tier == "see_clinician_soon" and not escalation.third_person:
            events += in_mid_exercise(turn)
        return events + urgent_questions(turn, escalation)


class RepeatAdvice(SpokenAction):
    """Says the advice in force again."""

    action_name = "action_repeat_advice"
    open_when_locked = True
    asks_about_hints = False
    is_safety_step = True

    def perform(self, turn: Turn) -> Events:
        """Repeat it; without one in force say what can be done."""
        if not turn.record.tiers and not turn.record.third_person:
            turn.say(turn.phrase("acknowledge"), "help", id="acknowledge")
            return []
        return speak_advice_again(turn)


class AskConfirmation(AskSlot):
    """Asks the confirm question of a flag that may have been misheard or only hinted at."""

    action_name = "action_ask_confirmation_form_flag_confirmation"

    def perform(self, turn: Turn) -> Events:
        """Ask it; the second time say that a yes or no is needed."""
        flag = turn.slot("pending_flag")
        question = turn.flags.flag(flag).confirm
        if turn.slot("form_attempts"):
            question = f"{turn.phrase('confirm_again')} {question}"
        turn.say(question, "clarify", id=flag, covers=[flag], repeated=self.repeated(turn))
        return []


class ReadConfirmation(ReadForm):
    """Reads the answer to a confirm question: a clear no, or the flag stands."""

    action_name = "validate_confirmation_form"
    form_name = "confirmation_form"

    def start(self, turn: Turn) -> Events:
        """Forget the answer of an earlier time."""
        return [SlotSet("flag_confirmation", None), SlotSet("form_attempts", 0)]

    def read(self, turn: Turn) -> Events:
        """Take yes, no or unsure; unclear is asked again once and then counts as unsure."""
        flag = turn.slot("pending_flag")
        question = turn.flags.flag(flag).confirm
        answer = read_free_answer(question, flag, turn.text, turn.detection, turn.flags)
        if is_digression(turn) and answer == "unclear" and not self._may_answer(turn):
            return self.digression()
        if answer in ("yes", "no"):
            return [SlotSet("flag_confirmation", answer)]
        if turn.intent == "unsure":
            return [SlotSet("flag_confirmation", "unsure")]
        done, events = self.misunderstood(turn, most=2)
        return events + ([SlotSet("flag_confirmation", "unsure")] if done else [])

    @staticmethod
    def _may_answer(turn: Turn) -> bool:
        """Return whether it is a statement that only sounds like a topic ("it does feel odd")."""
        topic = turn.intent.startswith("ask_") or turn.intent == "out_of_scope"
        return topic and is_statement(turn.text)


class ConcludeConfirmation(SpokenAction):
    """Acts on the answer: yes or unsure is the flag, a clear no goes back to where we were."""

    action_name = "action_conclude_confirmation"
    open_when_locked = True
    asks_about_hints = False
    is_safety_step = True

    def perform(self, turn: Turn) -> Events:
        """Escalate, take the flag back, or answer the message that had to wait."""
        flag = turn.slot("pending_flag")
        waiting = turn.slot("after_confirmation")
        events: Events = [SlotSet("pending_flag", None), SlotSet("after_confirmation", None)]
        if turn.slot("flag_confirmation") != "no":
            tier = turn.record.tiers.get(flag) or turn.flags.flag(flag).tier
            return events + escalate_flag(turn, flag, tier)
        settled = [*(turn.slot("hints_settled") or ()), flag]
        events.append(SlotSet("hints_settled", settled))
        if flag in turn.record.tiers:
            return events + self._take_back(turn, flag)
        if waiting:
            turn.hold_back()
            return events + [
                SlotSet("replay", waiting["message"]),
                FollowupAction(waiting["action"]),
            ]
        turn.say(turn.phrase("hint_cleared"), "help")
        return events

    @staticmethod
    def _take_back(turn: Turn, flag: Text) -> Events:
        record = turn.record.without(flag)
        turn.memory.withdraw(flag)
        if record.tiers:
            escalation = choose(record, Detection(), turn.flags)
            speak(turn, escalation)
            return record_events(turn, record, escalation)
        turn.say(turn.phrase("taken_back"), "clarify", id=flag)
        turn.offer("screening")
        return [
            SlotSet("flag_record", record.to_dict()),
            SlotSet("red_flags", []),
            SlotSet("triage_outcome", None),
            SlotSet("triage_at", None),
            SlotSet("screening", None),
        ]


class AskClearance(AskSlot):
    """Asks whether a clinician has cleared it (wording rule 5 of the triage policy)."""

    action_name = "action_ask_clearance_form_cleared_by_clinician"

    def perform(self, turn: Turn) -> Events:
        """Ask yes or no."""
        again = turn.slot("form_attempts")
        text = turn.phrase("clearance_again") if again else CLEARANCE_QUESTION
        turn.say(text, "clarify", id="clearance", repeated=self.repeated(turn))
        return []


class ReadClearance(ReadForm):
    """Reads the clearance answer; only a clear yes opens the lock."""

    action_name = "validate_clearance_form"
    form_name = "clearance_form"

    def start(self, turn: Turn) -> Events:
        """Forget the answer of an earlier time."""
        return [SlotSet("cleared_by_clinician", None), SlotSet("form_attempts", 0)]

    def read(self, turn: Turn) -> Events:
        """Take a clear yes or no; anything else is asked once more and then a no."""
        if _begins_with_yes(turn.text):
            return [SlotSet("cleared_by_clinician", True)]
        if is_digression(turn) and not (turn.intent == "stop" and _tells_of_a_visit(turn.text)):
            return self.digression()
        answer = read_free_answer(CLEARANCE_QUESTION, "none", turn.text, turn.detection, turn.flags)
        if answer == "yes":
            return [SlotSet("cleared_by_clinician", True)]
        if answer == "no" or turn.intent == "unsure":
            return [SlotSet("cleared_by_clinician", False)]
        done, events = self.misunderstood(turn, most=2)
        return events + ([SlotSet("cleared_by_clinician", False)] if done else [])


def _tells_of_a_visit(text: Text) -> bool:
    """Return whether `text` is more than a command and names a clinician ("a nurse said no exercise")."""
    words = normalise(text).split()
    return len(words) > MOST_WORDS_OF_A_COMMAND and not CLINICIANS.isdisjoint(words)


def _begins_with_yes(text: Text) -> bool:
    """Return whether `text` is a yes with a story behind it that takes nothing back."""
    words = normalise(text).split()
    return bool(words) and words[0] in YES_WORDS and not TAKES_BACK & set(words)


class ConcludeClearance(SpokenAction):
    """Opens the lock into a new full screen with half amounts, or repeats the advice."""

    action_name = "action_conclude_clearance"
    open_when_locked = True
    asks_about_hints = False
    is_safety_step = True

    def perform(self, turn: Turn) -> Events:
        """Yes: full screen again. No: the advice again, and nothing else is offered."""
        if not turn.slot("cleared_by_clinician"):
            return speak_advice_again(turn)
        turn.say(turn.phrase("clearance_yes"), "clarify", id="cleared")
        turn.memory.clear_flags()
        return [
            SlotSet("flag_record", FlagRecord(seen_until=turn.record.seen_until).to_dict()),
            SlotSet("red_flags", []),
            SlotSet("triage_outcome", None),
            SlotSet("triage_at", None),
            SlotSet("hints_settled", None),
            SlotSet("cleared_at", turn.now.isoformat()),
            *full_screen(turn),
        ]


def is_crisis(record: FlagRecord) -> bool:
    """Return whether the talk must stay with the person and never go back to exercises."""
    return bool(CRISIS_FLAGS & set(record.tiers))


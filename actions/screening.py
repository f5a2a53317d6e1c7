"""The safety questions: when they are due, asking them, reading answers, what follows."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import SlotSet

from actions.base import Events, SpokenAction, close_form
from actions.coaching import cursor_of, speak_step
from actions.escalation import full_screen, is_crisis, record_events, speak, speak_advice_again
from actions.forms import AskSlot, ReadForm
from actions.requests import details_events
from actions.turn import Turn
from rasa_project.care.escalations import Escalation, response_for
from rasa_project.care.flags import load_red_flags
from rasa_project.care.question_guards import refusal_of
from rasa_project.care.record import FlagRecord
from rasa_project.care.screening import (
    Outcome,
    Prompt,
    ScreeningState,
    advance,
    asked_who,
    new_state,
    next_prompt,
    read_answer,
    read_denials,
    speaks_for_other,
    with_denials,
    with_flags,
)

GROUPS = tuple(q.group for q in load_red_flags().screening_order.questions) + (
    "short_rescreen",
)
"""Slots of screening_form; read from the content, so that the questions stay there."""

CHILD = "child_under_18"
"""Flag after which no clearance is asked for: the skill is for adults only."""


def state_of(turn: Turn) -> ScreeningState:
    """Return where the screening stands; the start when there was none."""
    return ScreeningState.from_dict(turn.slot("screening"))


class CheckScreen(SpokenAction):
    """Decides what a wish for help with the back leads to."""

    action_name = "action_check_screen"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Set `next_stage`; says nothing itself, the form it leads to asks."""
        turn.hold_back()
        if turn.record.locked(turn.flags):
            if is_crisis(turn.record) and not turn.returns_after_escalation:
                return speak_advice_again(turn)
            if CHILD in turn.record.tiers:
                # No clinician's yes makes this a coach for children (triage policy, row 5); but
                # an age that was misheard must not lock out an adult.
                return [
                    *turn.record_caught_up(),
                    *self._ask_whether_heard_right(turn, CHILD, replay=False),
                ]
            return [*turn.record_caught_up(), SlotSet("next_stage", "clearance")]
        events: Events = list(details_events(turn))
        if turn.record.third_person:
            record = replace(turn.record, third_person=())
            events.append(SlotSet("flag_record", record.to_dict()))
        state = state_of(turn)
        if not turn.screen_is_fresh:
            # A stopped screen is taken up where it was, unless it was finished; what was
            # answered on an earlier visit says nothing about today.
            unfinished = state.pending and not state.finished and state.mode == "full"
            if unfinished and turn.is_recent(turn.slot("screening_at")):
                return [*events, SlotSet("next_stage", "screening")]
            return [*events, *full_screen(turn)]
        if not turn.session_is_open or turn.intent == "report_worse":
            short = new_state("short").to_dict()
            return [*events, SlotSet("screening", short), SlotSet("next_stage", "screening")]
        cursor = cursor_of(turn)
        if cursor is not None and not cursor.over:
            return [*events, *speak_step(turn, cursor.resume())]
        return [*events, SlotSet("next_stage", "setup")]


class AskScreening(AskSlot):
    """Asks the pending safety question; one class a slot of the form, one body."""

    def perform(self, turn: Turn) -> Events:
        """Ask it, with its metadata."""
        state = state_of(turn)
        prompt = next_prompt(state, turn.flags)
        if prompt is None:
            raise LookupError("screening_form asks while no question is pending")
        before = turn.slot("say_before")
        turn.say(
            f"{before} {prompt.text}" if before else prompt.text,
            "screening_question",
            id=prompt.group,
            covers=list(prompt.covers),
            attempt=prompt.attempt,
            follow_up=prompt.follow_up,
            repeated=self.repeated(turn),
        )
        return [SlotSet("say_before", None)] if before else []


for _group in GROUPS:
    _name = f"Ask{_group.title().replace('_', '')}"
    globals()[_name] = type(
        _name,
        (AskScreening,),
        {"action_name": f"action_ask_screening_form_{_group}", "__module__": __name__},
    )


class ReadScreening(ReadForm):
    """Reads the answer to a safety question and decides what it does."""

    action_name = "validate_screening_form"
    form_name = "screening_form"

    def start(self, turn: Turn) -> Events:
        """Begin, taking what the opening words already answered."""
        state = state_of(turn)
        first_time = state.mode == "full" and not state.answers and not state.flags
        intro = turn.flags.screening_order.intro if first_time else None
        state = with_denials(state, read_denials(turn.text, turn.flags), turn.flags)
        state = with_flags(state, dict(turn.record.tiers), turn.flags)
        if first_time and speaks_for_other(turn.text, turn.flags):
            state = asked_who(state, turn.flags)
        prompt = next_prompt(state, turn.flags)
        return [
            *(SlotSet(group, None) for group in GROUPS),
            SlotSet("say_before", intro),
            SlotSet("screening", state.to_dict()),
            SlotSet("requested_slot", prompt.group if prompt else None),
        ]

    def read(self, turn: Turn) -> Events:
        """Read the answer; what is no answer is a digression."""
        state = state_of(turn)
        prompt = next_prompt(state, turn.flags)
        if prompt is None:
            return [SlotSet("requested_slot", None)]
        asks_amount = turn.insists_on_amount or refusal_of(turn.text) == "refuse_dose"
        if asks_amount and not turn.detection.present:
            return self.digression()
        outcome = self._outcome(turn, state, prompt)
        if outcome.kind == "digression":
            return [SlotSet("screening", outcome.state.to_dict()), *self.digression()]
        return self._after(turn, outcome)

    def returned(self, turn: Turn) -> Events:
        """Ask the pending question again after a digression.

        A flag that does not stop the screen was spoken about first; it may be the
        answer to the pending question all the same.
        """
        state = state_of(turn)
        prompt = next_prompt(state, turn.flags)
        if prompt is not None and turn.intent == "report_red_flag":
            outcome = self._outcome(turn, state, prompt)
            if outcome.kind in ("ask", "complete", "escalate"):
                return self._after(turn, outcome)
        return [SlotSet("requested_slot", prompt.group if prompt else None)]

    @staticmethod
    def _outcome(turn: Turn, state: ScreeningState, prompt: Prompt) -> Outcome:
        reading = read_answer(turn.text, turn.intent, prompt, turn.detection, turn.flags)
        return advance(state, reading, turn.flags, now=turn.now.isoformat())

    def _after(self, turn: Turn, outcome: Outcome) -> Events:
        state = outcome.state
        events: Events = [
            SlotSet(group, answer)
            for group, answer in state.answers.items()
            if group in GROUPS and turn.slot(group) != answer
        ]
        if outcome.kind == "escalate":
            events += self._escalate(turn, outcome)
        before = " ".join(outcome.say_before)
        if before and (turn.intent == "explain_question" or outcome.prompt is None):
            turn.say(before, "explain", id=turn.slot("requested_slot"), expects_reply=False)
        else:
            events.append(SlotSet("say_before", before or None))
        if outcome.kind in ("refused", "abandoned"):
            key = "screening_refused" if outcome.kind == "refused" else "screening_abandoned"
            turn.say(turn.flags.safety_net, "safety_net")
            turn.say(turn.phrase(key), "clinician_info")
        events.append(SlotSet("screening", state.to_dict()))
        pending = outcome.prompt.group if outcome.prompt else None
        events.append(SlotSet("requested_slot", pending))
        return events

    @staticmethod
    def _escalate(turn: Turn, outcome: Outcome) -> Events:
        """Speak the advice of the answer; the form closes unless a question follows."""
        record = turn.record.with_screening(outcome.state)
        verdict = outcome.verdict or record.verdict(turn.flags)
        tier = verdict.tier or "same_day"
        escalation = Escalation(
            response_for(outcome.advice_key or verdict.advice_key),
            tier,
            verdict.flags,
            third_person=outcome.state.person == "other",
            lead=outcome.flag or verdict.lead,
            rule=verdict.rule,
        )
        if not turn.has_just_spoken(escalation):
            speak(turn, escalation)
        events = record_events(turn, record, escalation)
        if outcome.prompt is not None:
            # A question that can raise the tier follows: the form stays open.
            events = [e for e in events if e not in close_form()]
        return events


class ConcludeScreening(SpokenAction):
    """After the last safety question: what the answers allow."""

    action_name = "action_conclude_screening"
    open_when_locked = True
    asks_about_hints = False
    is_safety_step = True

    def perform(self, turn: Turn) -> Events:
        """Record the outcome and lead on: set-up, back to the exercises, or nothing."""
        state = state_of(turn)
        record = turn.record.with_screening(state)
        if record.locked(turn.flags):
            if record.outcome is None:
                return self._speak_soon(turn, record)
            if not turn.spoken_by_form:
                turn.say(turn.phrase("screening_over_locked"), "clinician_info")
            turn.hold_back()
            return [SlotSet("flag_record", record.to_dict()), SlotSet("offer", "repeat_advice")]
        if not state.finished:
            # Refused, or never understood: no exercises, nothing more to say here.
            turn.hold_back()
            return []
        events: Events = []
        unspoken = set(record.tiers) - set(turn.record.tiers)
        if record.tiers and (record.outcome is None or unspoken):
            events += self._speak_soon(turn, record)
            record = record.raised_to("see_clinician_soon")
        events += [
            SlotSet("flag_record", record.to_dict()),
            SlotSet("red_flags", sorted(record.tiers)),
            SlotSet("triage_outcome", "see_clinician_soon" if record.tiers else "self_care"),
        ]
        if state.mode == "full":
            events += [
                SlotSet("triage_at", turn.now.isoformat()),
                SlotSet("screen_done", state.to_dict()),
            ]
        events.append(SlotSet("session_open", turn.now.isoformat()))
        cursor = cursor_of(turn)
        if cursor is not None and not cursor.over and turn.slot("coaching") == "paused":
            turn.say(turn.phrase("legs_fine"), "paused")
            return events
        if state.comfort_only:
            key = "screening_comfort"
        else:
            key = "screening_limited" if record.tiers else "screening_clean"
        turn.say(turn.phrase(key), "plan", id="screen_done", expects_reply=False)
        resumes = cursor is not None and not cursor.over and turn.slot("resuming")
        stage = "coaching" if resumes and state.mode == "short" else "setup"
        return [
            *events,
            SlotSet("offer", None),
            SlotSet("resuming", None),
            SlotSet("next_stage", stage),
        ]

    @staticmethod
    def _speak_soon(turn: Turn, record: FlagRecord) -> Events:
        """Speak the advice of what the answers found and nobody has said yet."""
        verdict = record.verdict(turn.flags)
        escalation = Escalation(
            response_for(verdict.advice_key),
            verdict.tier or "see_clinician_soon",
            verdict.flags,
            lead=verdict.lead,
            rule=verdict.rule,
        )
        speak(turn, escalation)
        turn.hold_back()
        return record_events(turn, record, escalation)

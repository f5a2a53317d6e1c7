"""What a programme needs to know, and how it was afterwards: two short forms."""

from __future__ import annotations

from typing import Any, ClassVar, Text

from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, SpokenAction, close_form
from actions.forms import AskSlot, ReadForm, is_digression
from actions.requests import progression_of, still_told
from actions.turn import Turn
from rasa_project.care.feelings import feeling_in, is_unchanged
from rasa_project.care.pain_answers import pain_in
from rasa_project.care.rescreening import SEVERE_PAIN
from rasa_project.care.setup_answers import conditions_in, position_in
from rasa_project.care.screening import read_free_answer

MOST_MISSES = 2
"""Misses after which a set-up question is left with its most careful answer."""

class AskSetup(AskSlot):
    """Asks one of the set-up questions, simpler the second time."""

    slot_name: ClassVar[Text]
    phrase_key: ClassVar[Text]
    kind: ClassVar[Text] = "setup_question"

    def perform(self, turn: Turn) -> Events:
        """Ask it."""
        again = bool(turn.slot("form_attempts"))
        text = turn.phrase(f"{self.phrase_key}_again" if again else self.phrase_key)
        attempt = int(turn.slot("form_attempts") or 0) + 1
        turn.say(
            text, self.kind, id=self.slot_name, attempt=attempt, repeated=self.repeated(turn)
        )
        return []


def _asking(action: Text, slot: Text, phrase: Text) -> type:
    return type(
        f"Ask_{slot}",
        (AskSetup,),
        {"action_name": action, "slot_name": slot, "phrase_key": phrase, "__module__": __name__},
    )


AskPain = _asking("action_ask_setup_form_pain_0_10", "pain_0_10", "ask_pain")
AskPosition = _asking("action_ask_setup_form_position", "position", "ask_position")
AskConditions = _asking("action_ask_setup_form_conditions", "conditions", "ask_conditions")
AskFeeling = _asking("action_ask_checkin_form_session_feeling", "session_feeling", "how_was_it")
AskPainAfter = _asking("action_ask_checkin_form_pain_after_0_10", "pain_after_0_10", "ask_pain")


class ReadSetup(ReadForm):
    """Reads pain, position and conditions, also several in one sentence."""

    action_name = "validate_setup_form"
    form_name = "setup_form"

    def start(self, turn: Turn) -> Events:
        """Ask everything anew but what this very message says; conditions last a session."""
        events: Events = [SlotSet("form_attempts", 0), SlotSet("conditions", None)]
        events.append(SlotSet("pain_0_10", still_told(turn, "pain_told")))
        events.append(SlotSet("position", still_told(turn, "position_told")))
        return events

    def read(self, turn: Turn) -> Events:
        """Take what was said; a digression goes to the rules."""
        found = self._found(turn)
        if found:
            return found + [SlotSet("form_attempts", 0)]
        if is_digression(turn):
            return self.digression()
        if turn.intent in ("refuse_answer",) or self._gives_up(turn):
            return [self._careful(turn), SlotSet("form_attempts", 0)]
        return self.misunderstood(turn, MOST_MISSES + 1)[1]

    def _found(self, turn: Turn) -> Events:
        asked = turn.slot("requested_slot")
        events: Events = []
        pain = pain_in(turn.text)
        if pain is not None and (asked == "pain_0_10" or turn.intent == "inform_severity"):
            events.append(SlotSet("pain_0_10", pain))
        position = position_in(turn.text)
        if position is not None:
            events.append(SlotSet("position", position))
        told = conditions_in(turn.text)
        if told:
            merged = sorted(set(turn.slot("conditions_told") or ()) | told)
            events.append(SlotSet("conditions_told", merged))
        if asked == "conditions":
            answer = read_free_answer(
                turn.phrase("ask_conditions"), "none", turn.text, turn.detection, turn.flags
            )
            if told or answer == "no" or turn.intent in ("deny", "unsure"):
                events.append(SlotSet("conditions", sorted(told)))
        return events

    @staticmethod
    def _gives_up(turn: Turn) -> bool:
        return int(turn.slot("form_attempts") or 0) + 1 >= MOST_MISSES

    @staticmethod
    def _careful(turn: Turn) -> Any:
        """Return the most careful answer to the question nobody could answer.

        Pain counts as severe, the chair needs no way to the floor, and unnamed
        conditions leave the set that suits most.
        """
        asked = turn.slot("requested_slot")
        careful = {"pain_0_10": SEVERE_PAIN, "position": "chair", "conditions": []}
        return SlotSet(asked, careful[asked])


BACK_TO_EXERCISE = frozenset({"request_stretch", "previous_step", "next_step", "resume"})
"""Intents by which somebody goes on exercising instead of saying how it was."""

FEELINGS = ("better", "same", "worse")


class ReadCheckin(ReadForm):
    """Reads how it was and the pain score."""

    action_name = "validate_checkin_form"
    form_name = "checkin_form"

    def start(self, turn: Turn) -> Events:
        """Ask anew."""
        names = ("session_feeling", "pain_after_0_10")
        return [SlotSet("form_attempts", 0), *(SlotSet(name, None) for name in names)]

    def read(self, turn: Turn) -> Events:
        """Take a feeling or a number; two misses leave it unsaid."""
        asked = turn.slot("requested_slot")
        events: Events = []
        feeling = _feeling(turn)
        pain = pain_in(turn.text)
        if pain is None and asked == "pain_after_0_10" and is_unchanged(turn.text):
            pain = turn.slot("pain_0_10")
        if feeling and asked == "session_feeling":
            events.append(SlotSet("session_feeling", feeling))
        if pain is not None:
            events.append(SlotSet("pain_after_0_10", pain))
            if asked == "session_feeling" and not feeling:
                before = turn.slot("pain_0_10")
                events.append(SlotSet("session_feeling", _compared(before, pain)))
        if events:
            return [*events, SlotSet("form_attempts", 0)]
        if turn.intent in BACK_TO_EXERCISE:
            return [*close_form(), FollowupAction("action_check_screen")]
        if is_digression(turn):
            return self.digression()
        done, counted = self.misunderstood(turn, MOST_MISSES)
        if done or turn.intent in ("refuse_answer", "unsure"):
            return [SlotSet(asked, "unsaid"), SlotSet("form_attempts", 0)]
        return counted


def _feeling(turn: Turn) -> Text | None:
    said = feeling_in(turn.text)
    if turn.intent == "report_worse" or said == "worse":
        return "worse"
    if said:
        return said
    if turn.intent == "report_relief":
        return "better"
    if turn.intent == "affirm":
        return "better"
    if turn.intent == "deny":
        return "same"
    return None


def _compared(before: Any, after: int) -> Text:
    if before is None or before == after:
        return "same"
    return "better" if after < int(before) else "worse"


class ConcludeCheckin(SpokenAction):
    """Ends a session: what next time brings, the safety net, goodbye."""

    action_name = "action_conclude_checkin"

    def perform(self, turn: Turn) -> Events:
        """Triage policy row 14, then wording rule 10: the safety net, and quiet."""
        feeling = turn.slot("session_feeling")
        key = "same" if feeling not in FEELINGS else feeling
        pain = turn.slot("pain_after_0_10")
        pain = pain if isinstance(pain, int) else None
        if pain is not None:
            turn.memory.note_score(pain)
        turn.memory.end_session("stopped", feeling if feeling in FEELINGS else None, pain)
        text = turn.phrase(f"after_{key}")
        events: Events = []
        if feeling == "worse" and progression_of(turn).clinician_due:
            text = turn.phrase("after_worse_twice")
            events.append(SlotSet("triage_outcome", "see_clinician_soon"))
        kind = "worse_stop" if feeling == "worse" else "relief_ack"
        turn.say(text, kind, id=f"after_{key}")
        turn.say(turn.flags.safety_net, "safety_net")
        turn.say(turn.phrase("goodbye"), "goodbye", expects_reply=False)
        if pain is not None:
            events.append(SlotSet("pain_0_10", pain))
        return [
            *events,
            SlotSet("session_open", None),
            SlotSet("coach", None),
            SlotSet("coaching", None),
        ]

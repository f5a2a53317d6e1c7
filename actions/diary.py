"""Pain scores of this conversation, and deleting what is known."""

from __future__ import annotations


from rasa_sdk.events import AllSlotsReset, SlotSet

from actions.base import Events, SpokenAction
from actions.forms import AskSlot, ReadForm, is_digression
from actions.turn import Turn
from rasa_project.care.pain_answers import pain_in
from rasa_project.care.screening import read_free_answer


def pain_logged(turn: Turn, pain: int) -> Events:
    """Return the event that adds `pain` (0 to 10) to the scores of this conversation."""
    log = [*(turn.slot("pain_log") or ()), {"at": turn.now.isoformat(), "pain": pain}]
    return [SlotSet("pain_log", log)]


class LogPain(SpokenAction):
    """Notes a pain score."""

    action_name = "action_log_pain"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Note the number that was said; without one ask for it."""
        pain = pain_in(turn.text)
        if pain is None:
            turn.say(turn.phrase("ask_pain"), "setup_question", id="pain_0_10")
            return []
        turn.say(turn.phrase("pain_logged", pain=pain), "logged", pain_0_10=pain)
        return [SlotSet("pain_0_10", pain), *pain_logged(turn, pain)]


class ShowProgress(SpokenAction):
    """Says how the scores went."""

    action_name = "action_show_progress"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Say first and last score and the way between them."""
        scores = [entry["pain"] for entry in turn.slot("pain_log") or ()]
        if not scores:
            turn.say(turn.phrase("no_diary_yet"), "progress")
            return []
        first, last = scores[0], scores[-1]
        if len(scores) == 1:
            key = "progress_one"
        elif last < first:
            key = "progress_down"
        else:
            key = "progress_up" if last > first else "progress_same"
        text = turn.phrase(key, first=first, last=last, change=abs(first - last))
        turn.say(text, "progress", scores=scores)
        return []


class AskDelete(AskSlot):
    """Asks once before everything is deleted."""

    action_name = "action_ask_delete_form_delete_confirmed"

    def perform(self, turn: Turn) -> Events:
        """Ask yes or no."""
        key = "confirm_delete_again" if turn.slot("form_attempts") else "confirm_delete"
        turn.say(turn.phrase(key), "confirm_delete", repeated=self.repeated(turn))
        return []


class ReadDelete(ReadForm):
    """Reads the yes or no about deleting; anything unclear keeps the data."""

    action_name = "validate_delete_form"
    form_name = "delete_form"

    def start(self, turn: Turn) -> Events:
        """Forget the answer of an earlier time."""
        return [SlotSet("delete_confirmed", None), SlotSet("form_attempts", 0)]

    def read(self, turn: Turn) -> Events:
        """Only a clear yes deletes."""
        answer = read_free_answer("Shall I delete everything?", "none", turn.text, turn.detection, turn.flags)
        if turn.intent == "affirm" or answer == "yes" or turn.intent == "delete_my_data":
            return [SlotSet("delete_confirmed", True)]
        if turn.intent in ("deny", "stop") or answer == "no":
            return [SlotSet("delete_confirmed", False)]
        if is_digression(turn):
            return self.digression()
        done, events = self.misunderstood(turn, most=2)
        return events + ([SlotSet("delete_confirmed", False)] if done else [])


class ConcludeDeletion(SpokenAction):
    """Deletes, or says that nothing was deleted."""

    action_name = "action_conclude_deletion"
    open_when_locked = True
    asks_about_hints = False

    def perform(self, turn: Turn) -> Events:
        """Forget every slot but a lock in force: safety outlives the memory of why."""
        if not turn.slot("delete_confirmed"):
            turn.say(turn.phrase("delete_cancelled"), "stop", id="not_deleted")
            return [SlotSet("delete_confirmed", None)]
        turn.say(turn.phrase("data_deleted"), "data_deleted", expects_reply=False)
        kept = ["scope_said"]
        if turn.locked:
            kept += ["flag_record", "red_flags", "triage_outcome", "triage_at"]
        return [AllSlotsReset(), *(SlotSet(name, turn.slot(name)) for name in kept)]



"""One user turn as the actions see it: what was said, what is known, and a voice."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Dict, List, Mapping, Text

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory import Memory, lock_events, recalled_lock
from rasa_project import clock
from rasa_project.care.contacts import Contacts, contacts_for
from rasa_project.care.escalation_words import load_escalations
from rasa_project.care.escalations import Escalation
from rasa_project.care.flags import TIER_ORDER, RedFlagContent, load_red_flags
from rasa_project.care.known_facts import urgent_with_known
from rasa_project.care.phrases import Phrases, load_phrases, without_last_question
from rasa_project.care.question_guards import insists_on_amount, is_dose_question
from rasa_project.care.record import FlagRecord
from rasa_project.care.red_flags import Detection, Finding
from rasa_project.care.screening import ScreeningState, is_fresh
from rasa_project.care.triage import conditions_asked_for
from rasa_project.care.setup_answers import conditions_in
from rasa_project.channels.replies import reply_metadata
from rasa_project.earlier import earlier_texts
from rasa_project.in_force import detection_of, record_after, unrecorded_messages


REFUSED_DOSE = "refused_dose"
"""Value of the slot `last_answer` while somebody asks for an amount of medicine."""

SESSION_GOES_ON = timedelta(hours=1)
"""How long after its last step a session still counts as the same one."""

_ANSWERED_IN_PASSING = frozenset(
    "answer plan progress logged clinician_info help explain greeting thanks relief_ack "
    "fallback refuse_dose refuse_diagnosis slower faster".split()
)
"""Kinds of replies behind which a form asks its own question: two questions get one answer."""

_BOOKKEEPING = ("action_extract_slots", "action_listen", "action_session_start")
SAFETY_FORMS = ("screening_form", "confirmation_form", "clearance_form")

OWN_CONCERNS = frozenset({"report_back_pain", "request_stretch", "start_over"})
"""Intents by which the user turns from somebody else's trouble to their own."""


class Turn:
    """Reads the tracker once and speaks through the dispatcher.

    Every message goes through `say`, which fills the country's numbers in and attaches
    the `reply` metadata that channels rely on.
    """

    def __init__(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, action_name: Text
    ) -> None:
        """Wrap `tracker` for the action called `action_name`."""
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.action_name = action_name
        self.now = clock.utc_now()
        self._offer: Text | None = None
        self._spoken = 0
        self._held_back = False

    # What was said

    @cached_property
    def parse_data(self) -> Mapping[str, Any]:
        """Everything the NLU found out about the message.

        A message that had to wait for a confirm question is read again here once the
        question is settled.
        """
        waiting = self.slot("replay")
        if waiting:
            return waiting
        for event in reversed(self.tracker.events):
            if event.get("event") == "user":
                return event.get("parse_data") or {}
        return {}

    @property
    def text(self) -> Text:
        """The user's words, as they came."""
        return self.parse_data.get("text") or ""

    @property
    def intent(self) -> Text:
        """The intent after all detectors; empty when there is none."""
        return (self.parse_data.get("intent") or {}).get("name") or ""

    @cached_property
    def detection(self) -> Detection:
        """Red flags named in this message, whoever's they are."""
        return detection_of(self.parse_data)

    @property
    def user_turns(self) -> int:
        """How many messages the user has sent in this conversation."""
        return len(self.texts)

    # What is known

    def slot(self, name: Text) -> Any:
        """Return a slot's value, None when unset."""
        return self.tracker.get_slot(name)

    @property
    def active_form(self) -> Text | None:
        """Name of the form that is asking, if any."""
        return (self.tracker.active_loop or {}).get("name")

    @cached_property
    def flags(self) -> RedFlagContent:
        """The red-flag content."""
        return load_red_flags()

    @cached_property
    def phrases(self) -> Phrases:
        """The sentences that are not clinical."""
        return load_phrases()

    @cached_property
    def memory(self) -> Memory:
        """What earlier turns and sessions left."""
        return Memory(self.tracker, self.now)

    @cached_property
    def recalled(self) -> FlagRecord | None:
        """The lock an earlier conversation ended with, read once at the beginning of this one."""
        if self.slot("diary_read") or self.slot("flag_record"):
            return None
        return recalled_lock(self.memory.history, self.flags)

    @cached_property
    def record(self) -> FlagRecord:
        """Flags in force, including messages no action has recorded yet."""
        stored = self.recalled or FlagRecord.from_dict(self.slot("flag_record"))
        return record_after(stored, unrecorded_messages(self.tracker.events, stored))

    @property
    def overlooked_lock(self) -> bool:
        """Whether an earlier message locks that no action has recorded.

        Its advice was spoken by the Rasa process while the action server was gone, and a
        form may still be asking. Milder flags wait for the end of the screen.
        """
        stored = self.recalled or FlagRecord.from_dict(self.slot("flag_record"))
        earlier = unrecorded_messages(self.tracker.events, stored)[:-1]
        urgent = any(
            finding.tier != "see_clinician_soon" and finding.flag not in stored.tiers
            for _, detection in earlier
            for finding in detection.present
        )
        return urgent and not self.detection.present and record_after(stored, earlier).locked(self.flags)

    @property
    def returns_after_escalation(self) -> bool:
        """Whether the lock in force comes from an earlier visit, not from this talk."""
        if not self.record.locked(self.flags):
            return False
        if self.recalled:
            return not self.detection.present
        at = self.slot("triage_at")
        return bool(at) and not self.is_recent(at)

    @property
    def locked(self) -> bool:
        """Whether an uncleared flag forbids exercise and self-care answers.

        Somebody else's emergency holds the talk too, until the user speaks of
        themselves again.
        """
        if self.record.locked(self.flags):
            return True
        return bool(self.record.third_person) and self.intent not in OWN_CONCERNS

    @property
    def screen_is_fresh(self) -> bool:
        """Whether a full screen was completed in the last 24 hours and still holds."""
        done = ScreeningState.from_dict(self.slot("screen_done"))
        return is_fresh(done, self.now.isoformat())

    @property
    def session_is_open(self) -> bool:
        """Whether a session is under way; before each further one the short check is asked."""
        return self.is_recent(self.slot("session_open"))

    def is_recent(self, at: Text | None) -> bool:
        """Whether a moment (ISO 8601) belongs to this visit; None never does."""
        return bool(at) and self.now - datetime.fromisoformat(str(at)) < SESSION_GOES_ON

    @property
    def may_exercise(self) -> bool:
        """Whether exercises are allowed now: a fresh full screen, no lock, no safety question open.

        What an exercise did is asked before the next step, whatever the user says instead.
        """
        return (
            self.active_form not in SAFETY_FORMS
            and self.screen_is_fresh
            and self.session_is_open
            and not self.locked
            and self.slot("triage_outcome") in ("self_care", "see_clinician_soon")
        )

    @property
    def screen_conditions(self) -> frozenset[str]:
        """Conditions for exercises that the flags and answers in force imply."""
        return frozenset(self.record.verdict(self.flags).conditions)

    @property
    def _conditions_told(self) -> frozenset[Text]:
        """Conditions in this message; those that a pending safety question works out are its own."""
        told = conditions_in(self.text)
        return told - conditions_asked_for() if self.active_form in SAFETY_FORMS else told

    @property
    def texts(self) -> List[Text]:
        """Everything the user has said in this conversation, oldest first."""
        latest = [e.get("text") or "" for e in self.tracker.events if e.get("event") == "user"]
        return [*earlier_texts(self.tracker.events), *latest]

    @property
    def acted(self) -> bool:
        """Whether an action of ours has already run in this turn."""
        for event in reversed(self.tracker.events):
            if event.get("event") == "user":
                return False
            if event.get("event") == "action" and event.get("name") not in _BOOKKEEPING:
                return True
        return False

    @property
    def spoken_by_form(self) -> bool:
        """Whether the bot has already said something in this turn."""
        for event in reversed(self.tracker.events):
            if event.get("event") == "bot":
                return True
            if event.get("event") == "user":
                return False
        return False

    @property
    def escalations_of_this_turn(self) -> List[Dict[Text, Any]]:
        """The `reply` data of the escalations spoken since this message came."""
        spoken: List[Dict[Text, Any]] = []
        for event in reversed(self.tracker.events):
            if event.get("event") == "user":
                break
            if event.get("event") == "bot":
                reply = reply_metadata(event.get("metadata"))
                if reply.get("kind") in ("escalation", "crisis_support"):
                    spoken.append(reply)
        return spoken

    def has_just_spoken(self, escalation: Escalation) -> bool:
        """Return whether this very advice was spoken in this turn, at this urgency."""
        wanted = escalation.reply
        return any(
            spoken.get("tier") == wanted.get("tier")
            and set(wanted.get("flags") or ()) <= set(spoken.get("flags") or ())
            for spoken in self.escalations_of_this_turn
        )

    @property
    def said_before(self) -> List[tuple[Text, Dict[Text, Any]]]:
        """Texts and replies of the bot's last turn before this message."""
        said: List[tuple[Text, Dict[Text, Any]]] = []
        users = 0
        for event in reversed(self.tracker.events):
            if event.get("event") == "user":
                users += 1
                if said or users > 2:
                    break
            elif event.get("event") == "bot" and users and event.get("text"):
                reply = (event.get("metadata") or {}).get("reply") or {}
                said.insert(0, (event["text"], dict(reply)))
        return said

    def say_again(self, text: Text, reply: Mapping[Text, Any]) -> None:
        """Say a message again as it was, marked as repeated."""
        self.dispatcher.utter_message(text=text, reply={**reply, "repeated": True})
        self._spoken += 1

    @cached_property
    def country(self) -> Text:
        """ISO code: said by the user, else by the channel, else the setting."""
        metadata = self.tracker.latest_message.get("metadata") or {}
        return (
            self.slot("country")
            or metadata.get("country")
            or os.environ.get("SKILL_COUNTRY")
            or "US"
        )

    @cached_property
    def contacts(self) -> Contacts:
        """The numbers of the user's country."""
        return contacts_for(self.country, self.flags)

    def record_caught_up(self) -> List[EventType]:
        """Return the events that record flags reported while no action could run."""
        return [
            SlotSet("flag_record", self.record.to_dict()),
            SlotSet("red_flags", sorted(self.record.tiers)),
        ]

    @cached_property
    def _with_known(self) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Emergencies that this message reports or hints at by what is known of the user."""
        if self.record.third_person or self.detection.present:
            return (), ()
        present, hinted = urgent_with_known(self.text, self.record.tiers)
        return self._more_urgent(present), self._more_urgent(hinted)

    def _more_urgent(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        tiers = self.record.tiers
        return tuple(
            one
            for one in findings
            if one.flag not in tiers or TIER_ORDER[tiers[one.flag]] < TIER_ORDER[one.tier]
        )

    def emergency_by_what_is_known(self) -> Text | None:
        """Return a flag that these words report only because of what is known, or None."""
        present, _ = self._with_known
        return present[0].flag if present else None

    def unsettled_hint(self) -> Text | None:
        """Return a flag this message hints at that was not asked about yet, or None."""
        if self.active_form:
            return None
        _, hinted = self._with_known
        settled = set(self.slot("hints_settled") or ())
        for finding in (*self.detection.to_confirm, *hinted):
            known = finding.flag in self.record.tiers and finding not in hinted
            if finding.flag not in settled and not known:
                return finding.flag
        return None

    def flag_asked_about(self) -> Text | None:
        """Return an urgent flag that this message only asks about in general, or None.

        Who asks whether sciatica can be in both legs may have it in both legs.
        """
        settled = set(self.slot("hints_settled") or ()) | set(self.record.tiers)
        for finding in self.detection.other:
            asked = finding.status in ("question", "hypothetical")
            if asked and finding.tier == "emergency_now" and finding.flag not in settled:
                return finding.flag
        return None

    def disputed_flag(self) -> Text | None:
        """Return a flag in force that this message takes back or denies, or None.

        Taking back is only asked about: a later no does not cancel an earlier yes
        unless the flag's confirm question gets a clear no (answer_rules.conflict).
        """
        if self.active_form or not self.record.tiers:
            return None
        for finding in self.detection.denied:
            if finding.flag in self.record.tiers:
                return finding.flag
        lead = self.record.lead
        if lead in self.record.tiers and self.phrases.takes_back(self.text):
            return lead
        return None

    # The voice

    def say(self, text: Text, kind: Text | None, **reply: Any) -> None:
        """Speak one message of `kind` (None only for a message said again)."""
        self._say_scope_once(kind)
        self._utter(text, kind, **reply)

    def _utter(self, text: Text, kind: Text | None, **reply: Any) -> None:
        if self.active_form and kind in _ANSWERED_IN_PASSING:
            text = without_last_question(text)
        data: Dict[Text, Any] = {"kind": kind} if kind else {}
        data.update({key: value for key, value in reply.items() if value is not None})
        data.setdefault("expects_reply", True)
        self.dispatcher.utter_message(
            text=self.contacts.fill(text, spoken=False), reply=data
        )
        self._spoken += 1

    def phrase(self, key: Text, **values: Any) -> Text:
        """Return a sentence of the phrases, varied by how long the talk has gone on."""
        return self.phrases.pick(key, self.user_turns, **values)

    def offer(self, name: Text | None) -> None:
        """Note what a bare yes or no in the next turn would answer."""
        self._offer = name

    def hold_back(self) -> None:
        """Note that this turn goes on in a form instead of in words of its own."""
        self._held_back = True

    def _say_scope_once(self, kind: Text | None) -> None:
        urgent = ("escalation", "crisis_support", "error", "ask_adult", None)
        flagged = self.record.tiers or self.record.third_person
        if self.slot("scope_said") or self._spoken or kind in urgent or flagged:
            return
        self._utter(self.phrases.pick("scope_short"), "greeting", id="scope")

    def closing_events(self) -> List[EventType]:
        """Return the events every action ends with."""
        events: List[EventType] = [SlotSet("next_stage", "none"), *self.memory.events()]
        known = set(self.slot("conditions_told") or ())
        if self._conditions_told - known:
            events.append(SlotSet("conditions_told", sorted(known | self._conditions_told)))
        if not self.slot("diary_read") and self.memory.could_be_read:
            events.append(SlotSet("diary_read", True))
        if self.recalled:
            events += [*self.record_caught_up(), *lock_events(self.recalled, self.memory.history)]
        if self.slot("replay"):
            events.append(SlotSet("replay", None))
        if self._spoken or self._held_back:
            events.append(SlotSet("offer", self._offer))
        if self._spoken and not self.slot("scope_said"):
            events.append(SlotSet("scope_said", True))
        return events

    # What the base class says

    def apologise(self) -> None:
        """Say that something broke, with the safety net."""
        self._utter(load_escalations().apology.advice, "error")

    def speak_lock(self) -> List[EventType]:
        """Repeat the advice of the flag in force instead of going on."""
        # Imported here because the escalation module speaks through this one.
        from actions.escalation import speak_advice_again

        return speak_advice_again(self)

    @property
    def insists_on_amount(self) -> bool:
        """Whether this asks again for an amount of medicine that was refused just before."""
        if self.slot("last_answer") != REFUSED_DOSE:
            return False
        just_refused = any(reply.get("kind") == "refuse_dose" for _, reply in self.said_before)
        return is_dose_question(self.text) or (just_refused and insists_on_amount(self.text))

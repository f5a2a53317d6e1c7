"""Questions, plans, massage, the way to a clinician, and why something is asked."""

from __future__ import annotations

from typing import Text

from rasa_sdk.events import SlotSet

from actions.base import Events, SpokenAction
from actions.diary import note_pain
from actions.coaching import cursor_under_way, nothing_allowed, speak_step
from actions.escalation import escalate_flag
from actions.requests import details_events, request_of, with_details
from actions.screening import state_of
from actions.turn import REFUSED_DOSE, Turn
from rasa_project.care.answers import Answer, allowed_with_flag, answer_reply, load_answers
from rasa_project.care.coaching import start
from rasa_project.care.exercises import load_exercises
from rasa_project.care.pain_answers import pain_in
from rasa_project.care.programmes import choose_programme
from rasa_project.care.rescreening import PAIN_RISE
from rasa_project.care.question_guards import refusal_of, refusal_text
from rasa_project.care.screening import explanation, next_prompt
from rasa_project.care.triage import advice_text

MASSAGE = ("tennis_ball_wall",)
"""The self-massage that is coached by voice."""


def speak_answer(
    turn: Turn,
    answer_id: Text,
    topic: Text,
    kind: Text = "answer",
    more: bool = False,
    part: Answer | None = None,
) -> Events:
    """Speak one of the 98 answers with what the rules add to it; `part` is a cut of it."""
    book = load_answers()
    answer = part or book.answer(answer_id)
    soon = soon_advice(turn)
    if soon and not allowed_with_flag(answer, book):
        turn.say(soon, "clinician_info", id=turn.record.verdict(turn.flags).lead)
        return []
    busy = bool(turn.active_form)
    asked_about = None if busy or turn.screen_is_fresh else turn.flag_asked_about()
    reply = answer_reply(
        answer,
        screened=turn.screen_is_fresh,
        question_follows=busy or asked_about is not None,
        more=more,
        soon_advice=soon,
        book=book,
    )
    covers = list(reply.covers)
    text = reply.text
    if asked_about is not None and not text.rstrip().endswith("?"):
        covers = [asked_about]
        text = f"{text} {_own_question(turn, asked_about)}"
    turn.say(
        text, kind, topic=topic, id=answer_id, long=answer.text, more=more or None, covers=covers or None
    )
    events: Events = [SlotSet("last_answer", answer_id)]
    if busy:
        return events
    if covers:
        turn.offer("flag_question")
        events.append(SlotSet("pending_flag", covers[0]))
    else:
        turn.offer(reply.offer or "more")
    return events


def _own_question(turn: Turn, flag: Text) -> Text:
    """Return the question that asks the user about `flag`."""
    content = turn.flags.flag(flag)
    return content.screening_question or content.confirm


def soon_advice(turn: Turn) -> Text:
    """Return the advice of a `see_clinician_soon` flag in force, empty without one."""
    if not turn.record.tiers or turn.active_form:
        return ""
    verdict = turn.record.verdict(turn.flags)
    return advice_text(verdict.advice_key, turn.flags)


class FlagQuestionAnswered(SpokenAction):
    """A yes, or a not sure, to the flag question that an answer ended with."""

    action_name = "action_flag_question_answered"
    is_safety_step = True
    asks_about_hints = False

    def perform(self, turn: Turn) -> Events:
        """Put the flag in force."""
        flag = turn.slot("pending_flag")
        if not flag:
            turn.say(turn.phrase("acknowledge"), "help")
            return []
        return escalate_flag(turn, flag, turn.flags.flag(flag).tier)


def refuse_where_due(turn: Turn) -> Events | None:
    """Refuse an amount of medicine or a diagnosis kindly; None when neither is asked for."""
    refusal = refusal_of(turn.text)
    if refusal == "refuse_dose":
        text = refusal_text(refusal, turn.text, turn.user_turns)
        turn.say(text, "refuse_dose", topic=turn.intent)
        return [SlotSet("last_answer", REFUSED_DOSE)]
    if refusal == "refuse_diagnosis":
        turn.say(refusal_text(refusal, turn.text, turn.user_turns), "refuse_diagnosis", topic=turn.intent)
        turn.offer(None if turn.screen_is_fresh else "screening")
        return [SlotSet("last_answer", None)]
    return None


def refuse_amount_again(turn: Turn) -> Events | None:
    """Refuse somebody who keeps asking for an amount of medicine; None when nobody does.

    "Just give me a number" is about medicine only while medicine is the topic, and
    then it is, whatever the words alone were taken for.
    """
    if not turn.insists_on_amount:
        return None
    text = refusal_text("refuse_dose", turn.text, turn.user_turns, again=True)
    turn.say(text, "refuse_dose", topic="ask_otc_medicine")
    return []


class AnswerQuestion(SpokenAction):
    """Answers a question, or refuses a dose or a diagnosis kindly."""

    action_name = "action_answer_question"

    def perform(self, turn: Turn) -> Events:
        """Answer; then an exercise under way is picked up with its step."""
        return back_to_the_step(turn, self._answer(turn))

    @staticmethod
    def _answer(turn: Turn) -> Events:
        refused = refuse_where_due(turn)
        if refused is not None:
            return refused
        return speak_answer(turn, selected_answer(turn), turn.intent)


def back_to_the_step(turn: Turn, events: Events) -> Events:
    """Return `events` and those of the step under way said again; `events` alone where none runs."""
    cursor = cursor_under_way(turn)
    if cursor is not None and turn.slot("coaching") == "running" and turn.may_exercise:
        return [*events, *speak_step(turn, cursor, resumed_step=True)]
    return events


def selected_answer(turn: Turn) -> Text:
    """Return the id of the answer the NLU selected within the intent's family."""
    selected = (turn.parse_data.get("answer") or {}).get("id")
    family = load_answers().families[turn.intent]
    return selected if selected in family else family[0]


class TellMore(SpokenAction):
    """The longer text of the last answer."""

    action_name = "action_tell_more"

    def perform(self, turn: Turn) -> Events:
        """Say it; without a last answer ask what about."""
        last = turn.slot("last_answer")
        book = load_answers()
        if last not in book.answers:
            turn.say(turn.phrase("no_last_answer"), "help", id="no_last_answer")
            return []
        return tell_more(turn, last)


def tell_more(turn: Turn, answer_id: Text) -> Events:
    """Speak the longer text of an answer."""
    events = speak_answer(turn, answer_id, load_answers().family_of(answer_id), more=True)
    turn.offer("screening" if not turn.screen_is_fresh else None)
    return [*events, SlotSet("last_answer", None)]


class ExplainQuestion(SpokenAction):
    """Why the pending question is asked."""

    action_name = "action_explain_question"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Explain in a sentence; the form then asks again by itself."""
        turn.say(self._reason(turn), "explain", id=turn.slot("requested_slot"))
        return []

    @staticmethod
    def _reason(turn: Turn) -> Text:
        if turn.active_form == "screening_form":
            prompt = next_prompt(state_of(turn), turn.flags)
            if prompt is not None:
                return explanation(prompt.node, turn.flags)
        keys = {"pain_0_10": "why_pain", "position": "why_position", "conditions": "why_conditions"}
        asked = turn.slot("requested_slot")
        if asked in keys:
            return turn.phrase(keys[asked])
        if turn.active_form == "clearance_form":
            return turn.phrase("explain_clearance")
        return turn.phrase("explain_other")


class RequestClinician(SpokenAction):
    """Who to turn to."""

    action_name = "action_request_clinician"
    open_when_locked = True

    def perform(self, turn: Turn) -> Events:
        """Name the right person, or repeat the advice in force first."""
        if turn.locked and not turn.active_form:
            return turn.speak_lock()
        turn.say(turn.phrase("clinician"), "clinician_info")
        selected = (turn.parse_data.get("answer") or {}).get("id")
        if selected in load_answers().families["request_clinician"] and not turn.active_form:
            return speak_answer(turn, selected, "request_clinician", kind="clinician_info")
        return []


class RequestPlan(SpokenAction):
    """A plan for the next days."""

    action_name = "action_request_plan"

    def perform(self, turn: Turn) -> Events:
        """Say the programme and how often; without a clean screen offer one."""
        if not turn.may_exercise:
            turn.say(turn.phrase("plan_after_screen"), "plan", id="after_screen")
            turn.offer("screening")
            return []
        programme = choose_programme(request_of(turn))
        if not programme.items:
            turn.say(turn.phrase("nothing_allowed"), "clinician_info")
            return []
        content = load_exercises()
        entry = content.programmes[programme.id]
        names = [content.exercise(item).spoken_name.lower() for item in programme.items]
        listed = ", ".join(names[:-1]) + f", and {names[-1]}" if len(names) > 1 else names[0]
        text = " ".join(
            (
                turn.phrase("plan_intro"),
                turn.phrase("plan_dose", dose=entry.dose),
                turn.phrase("plan_items", items=listed),
            )
        )
        turn.say(text, "plan", id=programme.id, items=list(programme.items))
        return []


class RequestMassage(SpokenAction):
    """A self-massage with a ball on the wall."""

    action_name = "action_request_massage"

    def perform(self, turn: Turn) -> Events:
        """Coach it where it is allowed, else say what is gentler."""
        if not turn.may_exercise:
            turn.say(turn.phrase("massage_after_screen"), "plan", id="massage_after_screen")
            turn.offer("screening")
            return []
        programme = choose_programme(request_of(turn), only=MASSAGE)
        if programme.items != MASSAGE:
            turn.say(turn.phrase("massage_not_now"), "clinician_info", id="massage_not_now")
            return []
        return speak_step(turn, start(programme), turn.phrase("massage_intro"))


class NoteDetail(SpokenAction):
    """Where, how long, how bad, what set it off: kept, and the talk goes on."""

    action_name = "action_note_detail"

    def perform(self, turn: Turn) -> Events:
        """Note it; before a screen it is a wish for help with the back."""
        events: Events = [*details_events(turn)]
        cursor = cursor_under_way(turn)
        if turn.active_form:
            turn.say(turn.phrase("detail_noted"), "help", id="detail_noted", expects_reply=False)
            return events
        pain = pain_in(turn.text)
        if cursor is not None and turn.may_exercise:
            if pain is not None and pain - cursor.request.pain_0_10 >= PAIN_RISE:
                return [*events, *note_pain(turn, pain)]
            cursor = with_details(turn, cursor)
            if cursor.over:
                return [*events, *nothing_allowed(turn)]
            pain = cursor.request.pain_0_10
            return [
                *events,
                SlotSet("pain_0_10", pain),
                *speak_step(turn, cursor, turn.phrase("detail_noted")),
            ]
        if turn.screen_is_fresh and pain is not None:
            return [*events, *note_pain(turn, pain)]
        if turn.screen_is_fresh:
            turn.say(f"{turn.phrase('detail_noted')} {turn.phrase('offer_resume')}", "help", id="detail_noted")
            turn.offer("resume")
            return events
        turn.hold_back()
        return [*events, SlotSet("next_stage", "screening")]

"""Rasa component that lets red flags overrule the classified intent."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from rasa_project.care.coach_questions import has_changed
from rasa_project.care.dizziness import dizzy_or_sick_now
from rasa_project.care.flags import load_red_flags
from rasa_project.care.normalise import normalise
from rasa_project.care.phrases import load_phrases
from rasa_project.care.red_flags import Detection, Finding, load_detector
from rasa_project.care.red_flags.second_opinion import load_thresholds, with_opinion, with_plain_intent
from rasa_project.care.screening import is_statement
from rasa_project.care.screening.person import speaks_for_other
from rasa_project.care.setup_answers import cannot_get_down, conditions_in, position_in
from rasa_project.in_force import FINDINGS_KEY, GROUPS
from rasa_project.nlu.intent_classifier import FALLBACK_INTENT, OUT_OF_SCOPE, RED_FLAG
from rasa_project.nlu.reader import load_reader, reading_of

COMPLAINT = "report_back_pain"
ENTITY = "red_flag"
STUCK = "severe_uncontrolled_pain"
"""What "I can't get down there" is taken for by a reader that does not know what was asked."""

TAKING_BACK = ("i did not say", "i never said", "i did not mean", "no i did not say", "no i never said")
ANOTHERS_BACK = re.compile(r"\b(\w+'?s|his|her|their) ((lower|upper|poor|bad|old) )?(back|spine)\b")

HARDLY_URGENT = 0.25
"""From this probability on that nothing is reported a reader is not sure of its alarm, 0 to 1."""

MOST_WORDS_OF_AN_ANSWER = 9
"""Longer sentences tell more than a condition or a position."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class RedFlagDetectorComponent(GraphComponent):
    """Finds red flags in every message, by rules and a second opinion; the last word.

    A speaker's own, current flag makes the intent `report_red_flag` with confidence 1
    whatever the classifier says, and leaves one entity `red_flag` a flag. So does
    somebody else's emergency, without the entity. All findings, also denied and
    uncertain ones, go into the parse result under `red_flag_findings`.
    """

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "RedFlagDetectorComponent":
        """Load rules and reader now, so that what is broken stops the start, not a turn."""
        load_detector()
        load_thresholds()
        load_reader()
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Add findings, entities and, where due, the intent to each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            # In noise the reader sees whatever noise resembles most.
            detection = load_detector().detect(text) if _is_noise(message) else red_flags_in(text)
            detection = _beside_a_plain_intent(message, detection)
            message.set(FINDINGS_KEY, _as_dicts(detection), add_to_output=True)
            if detection.present or detection.third_person:
                self._overrule(message)
            elif _name(message) == RED_FLAG:
                self._leave_to_questions(message, detection)
            elif _name(message) in (OUT_OF_SCOPE, FALLBACK_INTENT) and _is_somebody_elses_back(text):
                message.set(INTENT, {"name": COMPLAINT, "confidence": 1.0}, add_to_output=True)
            if detection.present:
                entities = [_entity(finding) for finding in detection.present]
                message.set(
                    ENTITIES, [*(message.get(ENTITIES) or []), *entities], add_to_output=True
                )
        return messages

    @staticmethod
    def _leave_to_questions(message: Message, detection: Detection) -> None:
        """Take a flag that only the classifier suspects as a complaint.

        A complaint leads to the safety questions, which ask what the words did not say.
        What the rules know to be denied, past or somebody else's is the next best intent;
        no question's, where nothing is asked ("my back is bad and my dad had cancer").
        """
        states = is_statement(message.get(TEXT) or "")
        ranking = [
            entry
            for entry in message.get(INTENT_RANKING_KEY) or []
            if entry.get("name") != RED_FLAG
            and not (states and str(entry.get("name")).startswith("ask_"))
        ]
        known = detection.denied or detection.other
        instead = ranking[0] if known and ranking else {"name": COMPLAINT, "confidence": 1.0}
        message.set(INTENT, dict(instead), add_to_output=True)

    @staticmethod
    def _overrule(message: Message) -> None:
        ranking = list(message.get(INTENT_RANKING_KEY) or [])
        certain = {"name": RED_FLAG, "confidence": 1.0}
        others = [entry for entry in ranking if entry.get("name") != RED_FLAG]
        message.set(INTENT, certain, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [certain, *others], add_to_output=True)


def _is_noise(message: Message) -> bool:
    """Return whether the intent classifier knew no word of the message."""
    intent = message.get(INTENT) or {}
    return intent.get("name") == FALLBACK_INTENT and intent.get("confidence") == 1.0


def _beside_a_plain_intent(message: Message, detection: Detection) -> Detection:
    """Return `detection`, what the reader alone found held against the intent of the words."""
    if not (detection.present or detection.third_person):
        return detection
    rules = load_detector().detect(message.get(TEXT) or "")
    named = {f.flag for f in (*rules.present, *rules.third_person, *rules.to_confirm)}
    if any(f.flag in named for f in (*detection.present, *detection.third_person)):
        return detection  # a hint of the rules beside it is no faint suspicion
    ranking = message.get(INTENT_RANKING_KEY) or []
    chances = {str(e.get("name")): float(e.get("confidence") or 0.0) for e in ranking}
    report = chances.pop(RED_FLAG, 0.0)
    chances.pop(FALLBACK_INTENT, None)
    return with_plain_intent(detection, max(chances.values(), default=0.0), report, load_thresholds())


def red_flags_in(text: Text) -> Detection:
    """Return what the rules find in `text`, and what only the second opinion sees.

    Where the words answer what a programme needs to know ("i've had a hip replaced", "i
    can't get down there"), a mere suspicion of the reader is none: it has learnt reports,
    not these answers.
    """
    detector = load_detector()
    rules = detector.detect(text)
    if _is_short(text) and (
        load_phrases().takes_back(text) or _takes_back(text) or has_changed(text)
    ):
        # What was not said, or only that something is different: the reader takes the
        # words for a report, and the question behind it is asked anyway. Who says more
        # may report more.
        return rules
    thresholds = load_thresholds()
    both = with_opinion(rules, reading_of(text), text, detector.tiers, thresholds)
    if rules.present and _answers_setup(text):
        # "I forgot, I've got osteoporosis" names it; more than that it has to say clearly.
        sure = thresholds.reported_against_rules
        known = {f.flag for f in rules.present}
        told = tuple(f for f in both.present if f.flag in known or 2 * f.confidence >= sure.of(f.tier))
        return replace(both, present=told)
    if both == rules or rules.present:
        return both
    only_stuck = {finding.flag for finding in both.present} <= {STUCK}
    if _answers_setup(text) or (only_stuck and cannot_get_down(text)) or _is_dizziness_alone(text):
        return rules
    return both


def _is_dizziness_alone(text: Text) -> bool:
    """Return whether a few words name dizziness ("my head is spinning") and hardly an alarm.

    The coach has its own answer to that, which stops the exercise.
    """
    hardly = reading_of(text).tiers.get("none", 0.0) >= HARDLY_URGENT
    return hardly and _is_short(text) and dizzy_or_sick_now(text)


def _takes_back(text: Text) -> bool:
    """Return whether `text` begins by saying what was not said."""
    return normalise(text).startswith(TAKING_BACK)


def _is_somebody_elses_back(text: Text) -> bool:
    """Return whether `text` is a complaint about another person's back ("my wife's back has gone")."""
    return bool(ANOTHERS_BACK.search(text.lower())) and speaks_for_other(text, load_red_flags())


def _answers_setup(text: Text) -> bool:
    """Return whether a few words name a condition or where one can be, and little else."""
    told = conditions_in(text) or position_in(text) or cannot_get_down(text)
    return _is_short(text) and bool(told)


def _is_short(text: Text) -> bool:
    """Return whether `text` is no longer than an answer."""
    return len(text.split()) <= MOST_WORDS_OF_AN_ANSWER


def _name(message: Message) -> Text | None:
    return (message.get(INTENT) or {}).get("name")


def _entity(finding: Finding) -> Dict[Text, Any]:
    return {
        "entity": ENTITY,
        "value": finding.flag,
        "start": finding.start,
        "end": finding.end,
        "confidence_entity": finding.confidence,
        "extractor": "RedFlagDetector",
    }


def _as_dicts(detection: Detection) -> List[Dict[Text, Any]]:
    """Return all findings as JSON types; the words themselves are not kept again."""
    return [
        {**finding.to_dict(), "matched": "", "group": group}
        for group in GROUPS
        for finding in getattr(detection, group)
    ]

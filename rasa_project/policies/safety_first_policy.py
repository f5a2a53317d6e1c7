"""RulePolicy that lets a red flag through any form and never ends a turn in silence.

Everything else is decided by the rules in `data/rules/`, as in Rasa's own policy.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Text, Tuple

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_project import lean_turns
from rasa_project.earlier import is_unread
from rasa_project.in_force import flags_by_answer
from rasa_project.policies import action_calls, action_results
from rasa_project.policies.known_rules import KnownRules, Lookup, latest_states

# Here, because this module is loaded with every model, whichever program loads it.
action_calls.install()
action_results.install()
lean_turns.install()

INTERRUPTING_INTENT = "report_red_flag"
ESCALATION = "utter_escalation"
APOLOGY = "utter_error"


def _spoken_this_turn(tracker: DialogueStateTracker) -> bool:
    """Return whether the bot has said anything since the latest user message."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            return True
        if isinstance(event, UserUttered):
            return False
    # No user has spoken yet, so nobody is waiting for a word.
    return True


def _ran_this_turn(tracker: DialogueStateTracker, action: Text) -> bool:
    """Return whether `action` was executed since the latest user message."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, ActionExecuted) and event.action_name == action:
            return True
    return False


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class SafetyFirstPolicy(RulePolicy):
    """Rules, with two guarantees that rules alone cannot give.

    1. An active form is not asked first when the user reports a red flag. Rasa gives
       the form precedence over rules, and the form needs the action server; a
       flag of any tier must be answered without it, in that very turn.
    2. A turn in which nothing was said (an action failed, its server is down) ends in
       `utter_escalation` if the user named a flag or the answer to the pending safety
       question was an emergency, else in the spoken apology `utter_error`. Rasa itself would say
       nothing (RasaHQ/rasa#7630).

    A turn whose conversation could not be read goes the second way at once: a lock may be in
    force that nobody knows of.

    A learnt policy finds what Rasa's own would find, and reads no more of the conversation
    than its rules need (`known_rules`).
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Make the policy, see `RulePolicy`; one that is loaded brings its rules."""
        super().__init__(*arguments, **named)
        # While rules are being learnt, what they are changes.
        self._known = KnownRules(self.lookup) if self.lookup.get(RULES) else None

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return RulePolicy's defaults; this policy adds no setting."""
        return RulePolicy.get_default_config()

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Tuple[Optional[Text], Optional[Text], bool]:
        if use_text_for_last_user_input and self._known and not self._known.read_words:
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: Optional[Dict[Text, Any]] = None,
    ) -> List[State]:
        if self._known is None or self._known.read_words:
            return super()._prediction_states(
                tracker, domain, use_text_for_last_user_input, rule_only_data
            )
        states = latest_states(tracker, domain, self._known.depth)
        self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
        return states

    def _get_possible_keys(self, lookup: Lookup, states: List[State]) -> Set[Text]:
        if self._known is not None:
            lookup = self._known.that_may_follow(lookup, states)
        return super()._get_possible_keys(lookup, states)

    @staticmethod
    def _find_action_from_loop_happy_path(
        tracker: DialogueStateTracker,
    ) -> Tuple[Optional[Text], Optional[Text]]:
        message = tracker.latest_message
        if message and message.intent.get("name") == INTERRUPTING_INTENT:
            return None, None
        return RulePolicy._find_action_from_loop_happy_path(tracker)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the next action; see the class for what differs from RulePolicy."""
        if self._apology_ends_turn(tracker):
            return self._predict_named(ACTION_LISTEN_NAME, tracker, domain)
        if is_unread(tracker):
            named = tracker.latest_message.intent.get("name") == INTERRUPTING_INTENT
            spoken = ACTION_LISTEN_NAME if _spoken_this_turn(tracker) else None
            return self._predict_named(
                spoken or (ESCALATION if named else APOLOGY), tracker, domain
            )
        prediction = super().predict_action_probabilities(
            tracker, domain, rule_only_data, **kwargs
        )
        predicted = self._name_of(prediction, domain)
        turn_has_begun = tracker.latest_action_name != ACTION_LISTEN_NAME
        if predicted is None and turn_has_begun:
            # No rule follows: the turn is over, or the form that was asking goes on.
            loop = tracker.active_loop_name
            predicted = loop if loop and not _ran_this_turn(tracker, loop) else ACTION_LISTEN_NAME
            prediction = self._predict_named(predicted, tracker, domain)
        if (
            predicted == ACTION_LISTEN_NAME
            and turn_has_begun
            and not _spoken_this_turn(tracker)
        ):
            named = tracker.latest_message.intent.get("name") == INTERRUPTING_INTENT
            urgent = named or flags_by_answer(tracker)
            action = ESCALATION if urgent and not _ran_this_turn(tracker, ESCALATION) else APOLOGY
            return self._predict_named(action, tracker, domain)
        return prediction

    @staticmethod
    def _apology_ends_turn(tracker: DialogueStateTracker) -> bool:
        """Return whether the last action was this policy's own way out of a silent turn."""
        if tracker.latest_action_name == APOLOGY:
            return True
        intent = tracker.latest_message.intent.get("name") if tracker.latest_message else None
        return tracker.latest_action_name == ESCALATION and intent != INTERRUPTING_INTENT

    def _predict_named(
        self, action: Text, tracker: DialogueStateTracker, domain: Domain
    ) -> PolicyPrediction:
        return self._rule_prediction(
            self._prediction_result(action, tracker, domain), "safety first"
        )

    def _name_of(self, prediction: PolicyPrediction, domain: Domain) -> Optional[Text]:
        """Return the predicted action's name, or None when only the fallback is left."""
        probabilities: List[float] = prediction.probabilities
        best = prediction.max_confidence
        if best <= self._fallback_confidence():
            return None
        return domain.action_names_or_texts[probabilities.index(best)]

    def _fallback_confidence(self) -> float:
        return float(self.config.get("core_fallback_threshold", 0.3))

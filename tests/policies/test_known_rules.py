"""The policy finds what Rasa's own finds, with less reading."""

from __future__ import annotations

import copy
from typing import Any, Callable, Iterator

import pytest
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered, UserUtteranceReverted
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_project.policies.known_rules import KnownRules, latest_states
from rasa_project.policies.safety_first_policy import SafetyFirstPolicy

TALKS = {
    "a screening with questions in between": (
        "hello", "my back's cramped", "no", "is walking okay", "what do you mean", "nope", "no", "heat or ice",
        "i don't know", "no", "no", "no", "no", "about a five", "the floor", "no", "next", "slower", "next", "stop",
    ),
    "a red flag and no way around it": (
        "my back locked up", "no", "i've gone numb between my legs", "next", "give me a stretch", "is walking okay",
    ),
    "changing one's mind": (
        "give me a plan", "no", "go back", "pause", "go on", "never mind", "start over", "no", "delete my data", "no",
        "show me my progress", "log my pain as four", "bye",
    ),
}  # fmt: skip


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Hold everything the policy finds against what `RulePolicy` finds; gives what was found."""
    found: list[Any] = []
    ours = SafetyFirstPolicy._find_action_from_rules

    def both(policy: Any, tracker: Any, domain: Any, use_text_for_last_user_input: bool) -> Any:
        plain = copy.copy(policy)
        plain.__class__ = RulePolicy
        of_ours = ours(policy, tracker, domain, use_text_for_last_user_input)
        of_rasa = plain._find_action_from_rules(tracker, domain, use_text_for_last_user_input)
        found.append((of_ours[0], of_rasa[0]))
        assert of_ours[0] == of_rasa[0] and of_ours[2] == of_rasa[2]
        # Where there is none, Rasa names the source after all states of the conversation.
        assert of_ours[0] is None or of_ours[1] == of_rasa[1]
        if not use_text_for_last_user_input:
            states = tracker.past_states(domain)
            for count in (1, 2, 5):
                assert latest_states(tracker, domain, count) == states[-count:]
        return of_ours

    monkeypatch.setattr(SafetyFirstPolicy, "_find_action_from_rules", both)
    yield found


@pytest.mark.parametrize("name", TALKS)
def test_the_same_rule_is_found_as_without_shortcuts(
    skill: Any, run: Callable, compared: list[Any], name: str
) -> None:
    for text in TALKS[name]:
        assert run(skill.say(f"rules-{name}", text)), text
    assert len({action for action, _ in compared if action}) > 3


def test_a_word_taken_back_is_not_remembered() -> None:
    """The replay is begun again where what was replayed no longer counts."""
    domain = Domain.from_dict({"intents": ["greet", "deny"], "actions": ["action_greet"]})
    tracker = DialogueStateTracker("a", domain.slots)

    def say(intent: str) -> None:
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        tracker.update(UserUttered(intent, {"name": intent}))

    say("greet")
    assert latest_states(tracker, domain, 2) == tracker.past_states(domain)[-2:]
    say("deny")
    assert latest_states(tracker, domain, 2) == tracker.past_states(domain)[-2:]
    tracker.update(UserUtteranceReverted())
    assert latest_states(tracker, domain, 2) == tracker.past_states(domain)[-2:]


def test_a_slot_set_after_a_look_is_seen_at_the_next() -> None:
    domain = Domain.from_dict({"slots": {"offer": {"type": "text", "mappings": []}}})
    tracker = DialogueStateTracker("a", domain.slots)
    tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
    assert "slots" not in latest_states(tracker, domain, 1)[-1]
    tracker.update(SlotSet("offer", "plan"))
    assert latest_states(tracker, domain, 1)[-1]["slots"] == {"offer": (1.0,)}


def test_a_rule_that_waits_for_words_is_noticed() -> None:
    """With such a rule the policy reads as Rasa does, the text of the user included."""
    of_intent = '[{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}]'
    of_words = '[{"prev_action": {"action_name": "action_listen"}, "user": {"text": "hello"}}]'
    assert not KnownRules({RULES: {of_intent: "action_greet"}}).read_words
    assert KnownRules({RULES: {of_intent: "action_greet", of_words: "action_greet"}}).read_words

"""An emergency and a spoken word in every turn, with the action server gone."""

from __future__ import annotations

import pytest

SAID = "i can't pee and i've gone numb between my legs"


def _kinds(replies):
    return [reply.kind for reply in replies]


def test_an_emergency_is_answered_in_mid_screening_without_an_action_server(skill, run):
    """The form, which needs the server, is not asked first."""
    run(skill.say("policy-1", "my back has locked up"))
    skill.actions.dead = True
    replies = run(skill.say("policy-1", SAID))
    assert "escalation" in _kinds(replies)
    assert replies[0].reply["tier"] == "emergency_now"


def test_a_yes_to_an_emergency_question_is_answered_without_an_action_server(skill, run):
    """The answer makes the emergency, so it must not wait for the server either."""
    run(skill.say("policy-2", "my back has locked up"))
    skill.actions.dead = True
    replies = run(skill.say("policy-2", "yes i have"))
    assert _kinds(replies) == ["escalation"]
    assert replies[0].reply["tier"] == "emergency_now"


@pytest.mark.parametrize("said", ["no", "hello", "is walking okay", "asdf", ""])
def test_any_other_turn_gets_the_apology_with_the_safety_net(skill, run, said):
    """Silence is the one answer that is never right."""
    key = f"policy-3-{said}"
    run(skill.say(key, "my back has locked up"))
    skill.actions.dead = True
    replies = run(skill.say(key, said))
    assert _kinds(replies) == ["error"]
    assert "911" in replies[0].text


def test_a_flag_reported_while_the_server_was_gone_still_locks(skill, run):
    """What the user said then is read again when the actions are back."""
    skill.actions.dead = True
    run(skill.say("policy-4", SAID))
    skill.actions.dead = False
    replies = run(skill.say("policy-4", "what about heat or ice"))
    assert _kinds(replies) == ["escalation"]


def test_the_numbers_follow_the_country_of_the_channel(skill, run):
    """A channel that knows the country says so; nobody is sent to a foreign number."""
    here = run(skill.say("policy-5", "i have crushing chest pain", {"country": "GB"}))
    there = run(skill.say("policy-6", "i have crushing chest pain", {"country": "AU"}))
    assert "999" in here[0].text
    assert "000" in there[0].text


def ask_about_the_pain(skill, run, key):
    """Lead a conversation to the question that has follow-ups for a pain that never eases."""
    run(skill.say(key, "my back has locked up"))
    for _ in range(7):
        replies = run(skill.say(key, "no"))
    assert replies[-1].reply["id"] == "Q8_pain_pattern"


def test_a_milder_flag_named_at_its_own_question_is_escalated_in_that_turn(skill, run):
    """The question has follow-ups of its own; they do not keep the advice back."""
    key = "policy-own-question"
    ask_about_the_pain(skill, run, key)
    replies = run(skill.say(key, "it's just as bad lying still all night long"))
    assert (replies[0].kind, replies[0].reply["tier"]) == ("escalation", "same_day")


def test_a_milder_flag_named_at_its_own_question_is_escalated_without_an_action_server(skill, run):
    """The advice needs neither the form nor its actions."""
    key = "policy-own-question-alone"
    ask_about_the_pain(skill, run, key)
    skill.actions.dead = True
    replies = run(skill.say(key, "it's just as bad lying still all night long"))
    assert [reply.kind for reply in replies] == ["escalation"]

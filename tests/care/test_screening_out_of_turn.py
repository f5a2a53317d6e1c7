"""What is said at another question than the one it answers, and statements that are no question."""

from __future__ import annotations

import pytest
from detections import Detection, Finding

from rasa_project.care.flags import load_red_flags
from rasa_project.care.screening import (
    Outcome,
    Prompt,
    ScreeningState,
    advance,
    asked_who,
    is_statement,
    new_state,
    next_prompt,
    read_answer,
    speaks_for_other,
)
from rasa_project.care.screening.questions import load_screening

CONTENT = load_red_flags()
SCREENING = load_screening(CONTENT.folder)


def answered(*answers: str | tuple[str, str], start: str = "Q1_life_threat") -> tuple[ScreeningState, Outcome]:
    """Answer no until `start` is pending, then give `answers`, each with the intent heard in it."""
    state, outcome = new_state("full"), None
    while (prompt := next_prompt(state, CONTENT)) and prompt.node != start:
        state = advance(state, read_answer("no", "deny", prompt, None, CONTENT), CONTENT).state
    for answer in answers:
        text, intent = answer if isinstance(answer, tuple) else (answer, None)
        prompt = next_prompt(state, CONTENT)
        assert prompt is not None
        outcome = advance(state, read_answer(text, intent, prompt, None, CONTENT), CONTENT)
        state = outcome.state
    assert outcome is not None
    return state, outcome


def kind_of(node_id: str, said: str, intent: str | None) -> str:
    """Read `said` as the answer to a question, with the intent the classifier heard."""
    node = SCREENING.node(node_id)
    prompt = Prompt(node.id, SCREENING.texts[node.id], node.group, tuple(node.covers))
    return read_answer(said, intent, prompt, None, CONTENT).kind


@pytest.mark.parametrize("said", ["well it does feel weak even now", "yes and it's gone weak", "no but it gives way"])
@pytest.mark.parametrize("intent", [None, "ask_symptoms", "report_worse"])
def test_a_weak_leg_told_at_a_later_question_about_the_leg_is_an_emergency(said: str, intent: str | None):
    _, outcome = answered("yes my right leg", "no", "no", (said, intent), start="Q4_legs")
    assert outcome.kind == "escalate"
    assert outcome.verdict is not None and outcome.verdict.tier == "emergency_now"


@pytest.mark.parametrize("said", ["no", "not weak no", "no weakness", "no it's strong"])
def test_a_denial_of_what_was_denied_before_changes_nothing(said: str):
    state, outcome = answered("yes my right leg", "no", said, start="Q4_legs")
    assert outcome.kind == "ask"
    assert state.answers["Q4_legs.weak"] == "no"


def test_what_is_told_ahead_of_its_own_question_is_not_asked_again():
    state, _ = answered("yes i fell", "no but i'm on warfarin", start="Q5_injury_bones")
    assert "blood_thinners" in state.facts


def test_weakness_told_before_it_was_asked_about_is_still_asked_in_its_own_words():
    _, outcome = answered("yes", "just the left one and it's a bit weak", start="Q4_legs")
    assert outcome.prompt is not None and outcome.prompt.node == "Q4_legs.weak"


def test_which_leg_and_what_it_is_are_both_taken_from_one_answer():
    _, outcome = answered("just pain in my left leg no weakness", start="Q4_legs")
    assert outcome.prompt is not None and outcome.prompt.node == "Q4_legs.weak"


def test_pain_in_both_legs_is_not_asked_whether_it_is_in_both():
    _, outcome = answered("there's pain in both legs", start="Q4_legs")
    assert outcome.kind == "escalate"


@pytest.mark.parametrize("said", ["one leg ached a bit yesterday but that's gone", "my calf was sore last week but not any more"])
def test_pain_in_a_leg_that_has_gone_is_a_no(said: str):
    state, outcome = answered(said, start="Q4_legs")
    assert (outcome.kind, state.answers["Q4_legs"]) == ("ask", "no")


@pytest.mark.parametrize("said", ["my leg was numb yesterday but that's gone", "one leg felt odd but it's gone"])
def test_anything_else_in_a_leg_that_has_gone_is_asked_when_it_was(said: str):
    _, outcome = answered(said, start="Q4_legs")
    assert outcome.prompt is not None and outcome.prompt.text == SCREENING.say("resolved")


@pytest.mark.parametrize("said", ["no since yesterday", "since last night", "all day", "for hours", "hours ago", "no about a week"])
def test_a_time_answers_whether_it_began_under_an_hour_ago(said: str):
    assert kind_of("Q4_legs.under_an_hour", said, None) == "no"


@pytest.mark.parametrize("said", ["ten minutes ago", "half an hour ago", "about twenty minutes"])
def test_a_short_time_is_under_an_hour(said: str):
    assert kind_of("Q4_legs.under_an_hour", said, None) == "yes"


STATEMENTS = [
    ("Q4_legs.numb_too", "it goes up and down", "ask_sciatica"),
    ("Q1_life_threat", "i took some tablets this morning", "ask_otc_medicine"),
    ("Q2_saddle", "i sleep on my side", "ask_sleep_position"),
    ("Q3_bladder_bowel", "i need a wee actually", None),
    ("Q3_bladder_bowel", "his left leg is sore", "out_of_scope"),
    ("Q2_saddle", "i'm really frightened", "ask_when_to_see_doctor"),
    ("Q2_saddle", "we're on holiday", "ask_work_sitting"),
    ("Q6_illness", "well my wife reckons i look pale", "ask_symptoms"),
]
QUESTIONS = [
    ("Q4_legs.numb_too", "is it sciatica", "ask_sciatica"),
    ("Q1_life_threat", "so can i take something for it", "ask_otc_medicine"),
    ("Q2_saddle", "hang on how should i sleep with this", "ask_sleep_position"),
    ("Q6_illness", "heat or ice", "ask_heat_ice"),
    ("Q6_illness", "i was wondering about heat", "ask_heat_ice"),
]


@pytest.mark.parametrize(("node", "said", "intent"), STATEMENTS)
def test_a_statement_is_never_answered_as_if_it_had_been_a_question(node: str, said: str, intent: str):
    assert kind_of(node, said, intent) == "unclear"


@pytest.mark.parametrize(("node", "said", "intent"), QUESTIONS)
def test_a_question_is_answered_and_the_safety_question_waits(node: str, said: str, intent: str):
    assert kind_of(node, said, intent) == "digression"


@pytest.mark.parametrize("said", ["my wife's back has gone", "it's for my mum her back is in spasm", "he can't straighten up his back's locked"])
def test_an_opening_about_somebody_else_asks_whom_it_is_for(said: str):
    assert speaks_for_other(said, CONTENT)


@pytest.mark.parametrize("said", ["my wife says i should stretch my back", "my dad's back was always bad now it's mine", "my back hurts"])
def test_an_opening_of_ones_own_does_not(said: str):
    assert not speaks_for_other(said, CONTENT)


def test_she_answers_whom_the_exercises_are_for():
    state = asked_who(new_state("full"), CONTENT)
    prompt = next_prompt(state, CONTENT)
    assert prompt is not None and prompt.text == SCREENING.say("who")
    outcome = advance(state, read_answer("she's forty two", None, prompt, None, CONTENT), CONTENT)
    assert outcome.state.person == "other"
    assert outcome.say_before == (SCREENING.say("for_other"),)


def test_a_numb_leg_is_not_mistaken_for_numbness_between_the_legs():
    _, outcome = answered("yes my leg", "just the right", start="Q4_legs")
    detection = Detection(to_confirm=(Finding("saddle_numbness", "emergency_now", "confirm"),))
    again = advance(outcome.state, read_answer("it's numb", None, outcome.prompt, detection, CONTENT), CONTENT)
    assert again.prompt is not None and again.prompt.node == "Q4_legs.weak" and not again.prompt.flag


@pytest.mark.parametrize("said", ["i need a wee but nothing comes", "i need the loo all the time and it leaks"])
def test_needing_to_go_hides_no_trouble_with_it(said: str):
    assert kind_of("Q3_bladder_bowel", said, None) == "yes"


def test_for_him_answers_whom_the_exercises_are_for_whatever_the_classifier_heard():
    state = asked_who(new_state("full"), CONTENT)
    outcome = advance(state, read_answer("for him", "out_of_scope", next_prompt(state, CONTENT), None, CONTENT), CONTENT)
    assert (outcome.kind, outcome.state.person) == ("ask", "other")


@pytest.mark.parametrize("said", ["it does feel odd down there", "well i've been a bit weak", "when i cough it hurts", "my leg won't hold me"])
def test_a_statement_is_told_from_a_question_by_its_own_words(said: str):
    assert is_statement(said)


@pytest.mark.parametrize("said", ["is it serious", "so can i go on", "heat or ice", "i was wondering about heat", "stop", ""])
def test_questions_topics_and_commands_are_no_statements(said: str):
    assert not is_statement(said)

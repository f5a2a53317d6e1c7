"""The safety questions as a conversation: what each answer leads to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Mapping

import pytest
from detections import Detection, Finding

from rasa_project.care.flag_checks import MAX_QUESTION_WORDS, words
from rasa_project.care.flags import TIER_ORDER, load_red_flags
from rasa_project.care.screening import (
    Outcome,
    Prompt,
    ScreeningState,
    advance,
    emergency_by_answer,
    explanation,
    is_fresh,
    new_state,
    next_prompt,
    read_answer,
    read_denials,
    recheck_state,
    verdict_of,
    with_denials,
    with_flags,
)
from rasa_project.care.screening.questions import load_screening
from rasa_project.care.triage import advice_text

CONTENT = load_red_flags()
SCREENING = load_screening(CONTENT.folder)
GROUPS = [q.group for q in CONTENT.screening_order.questions]
NOW = "2026-03-01T12:00:00+00:00"


@dataclass
class Talk:
    """One run through the questions: answers by question id or spoken text, else "no"."""

    state: ScreeningState = field(default_factory=new_state)
    asked: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def say(self, text: str, detection: Detection | None = None, low_confidence: bool = False) -> Outcome:
        """Answer the pending question."""
        prompt = next_prompt(self.state, CONTENT)
        assert prompt is not None
        reading = read_answer(text, None, prompt, detection, CONTENT, low_confidence)
        outcome = advance(self.state, reading, CONTENT, NOW)
        # A slot stores it as JSON, so every turn of every test goes through JSON.
        self.state = ScreeningState.from_dict(json.loads(json.dumps(outcome.state.to_dict())))
        assert self.state == outcome.state
        self.outcomes.append(outcome)
        return outcome

    def run(self, answers: Mapping[str, str] | None = None, most: int = 40) -> Outcome:
        """Answer until nothing is asked any more."""
        answers = answers or {}
        for _ in range(most):
            prompt = next_prompt(self.state, CONTENT)
            assert prompt is not None
            self.asked.append(prompt.node + (f":{prompt.check}" if prompt.check else ""))
            key = prompt.node + (f":{prompt.check}" if prompt.check else "")
            outcome = self.say(answers.get(key, answers.get(prompt.text, "no")))
            if outcome.prompt is None:
                return outcome
        raise AssertionError(f"still asking after {most} answers: {self.asked}")

    def up_to(self, node: str) -> "Talk":
        """Answer no until `node` is pending."""
        while (prompt := next_prompt(self.state, CONTENT)) and prompt.node != node:
            self.say("no")
        return self


def talk(answers: Mapping[str, str] | None = None, mode: str = "full") -> tuple[Talk, Outcome]:
    """Run a whole screen."""
    conversation = Talk(new_state(mode))  # type: ignore[arg-type]
    return conversation, conversation.run(answers)


def test_nine_times_no_asks_the_nine_questions_in_order_and_ends_clean():
    conversation, end = talk()
    assert conversation.asked == GROUPS
    assert end.kind == "complete"
    assert end.verdict is not None and end.verdict.tier is None
    assert conversation.state.completed_at == NOW


def test_how_much_is_left_is_said_after_the_fourth_question():
    conversation, _ = talk()
    said = [o.say_before for o in conversation.outcomes]
    assert said[3] == (CONTENT.screening_order.progress.say,)
    assert not any(said[:3] + said[4:])


@pytest.mark.parametrize("group", GROUPS[:3])
@pytest.mark.parametrize("answer", ["yes", "yeah a bit", "afraid so", "i think so", "sometimes", "no well actually yes"])
def test_a_yes_or_a_bit_to_the_first_three_is_an_emergency_in_that_turn(group: str, answer: str):
    outcome = Talk().up_to(group).say(answer)
    assert (outcome.kind, outcome.prompt) == ("escalate", None)
    assert outcome.verdict is not None and outcome.verdict.tier == "emergency_now"
    assert outcome.advice_key and "{" in advice_text(outcome.advice_key, CONTENT)


def test_a_bare_yes_is_answered_with_the_words_for_a_bare_yes():
    assert Talk().say("yes").advice_key == "Q1_life_threat.advice_bare_yes"
    assert Talk().say("yes i passed out").advice_key == "collapse_or_stroke_signs"
    assert Talk().up_to("Q2_saddle").say("yes").advice_key == "saddle_numbness"


@pytest.mark.parametrize("group", GROUPS[:3])
def test_still_unsure_after_one_concrete_question_is_an_emergency(group: str):
    conversation = Talk().up_to(group)
    again = conversation.say("not sure")
    assert again.prompt is not None and again.prompt.text == CONTENT.question(group).reask
    assert again.prompt.attempt == 2
    assert conversation.say("still not sure").kind == "escalate"


@pytest.mark.parametrize(("group", "asks_again"), [("Q2_saddle", True), ("Q3_bladder_bowel", True), ("Q1_life_threat", False), ("Q4_legs", False)])
def test_a_hedged_no_is_asked_again_where_it_matters_most(group: str, asks_again: bool):
    conversation = Talk().up_to(group)
    outcome = conversation.say("i don't think so")
    assert outcome.prompt is not None
    assert (outcome.prompt.group == group) == asks_again
    if asks_again:
        assert conversation.say("not really").kind == "ask"
        assert conversation.state.answers[group] == "no"


def test_pain_that_explains_it_is_no_yes_yet():
    conversation = Talk()
    again = conversation.say("it catches my breath")
    assert again.prompt is not None and again.prompt.text == CONTENT.question("Q1_life_threat").reask
    assert conversation.say("no").prompt.group == "Q2_saddle"  # type: ignore[union-attr]
    assert Talk().say("a bit faint with the pain").prompt.text == SCREENING.say("faint")  # type: ignore[union-attr]


def test_pain_never_explains_numbness_or_leaking():
    assert Talk().up_to("Q2_saddle").say("only numb when it grabs").kind == "escalate"


def test_a_long_standing_trouble_is_asked_about_once_and_goes_on_when_unchanged():
    conversation = Talk().up_to("Q3_bladder_bowel")
    again = conversation.say("i leak when i sneeze but i have since the kids")
    assert again.prompt is not None and again.prompt.text == SCREENING.say("long_standing")
    advice = conversation.say("no same as ever")
    assert (advice.kind, advice.verdict.tier) == ("escalate", "see_clinician_soon")  # type: ignore[union-attr]
    assert advice.prompt is not None and advice.prompt.node == "Q4_legs"
    end = conversation.run()
    assert end.verdict is not None and end.verdict.tier == "see_clinician_soon"


@pytest.mark.parametrize("answer", ["yes", "it's worse", "not sure", "it's new"])
def test_long_standing_but_new_worse_or_unsure_counts_as_yes(answer: str):
    conversation = Talk().up_to("Q3_bladder_bowel")
    conversation.say("i've leaked for years")
    assert conversation.say(answer).kind == "escalate"


@pytest.mark.parametrize("group", ["Q5_injury_bones", "Q7_history"])
def test_long_standing_facts_are_a_plain_yes(group: str):
    outcome = Talk().up_to(group).say("yes for years")
    assert outcome.prompt is not None and outcome.prompt.text != SCREENING.say("long_standing")
    assert outcome.prompt.group == group


@pytest.mark.parametrize(("when", "kind"), [("yes", "escalate"), ("no months ago", "ask"), ("not sure", "escalate"), ("last week", "escalate")])
def test_what_was_there_and_has_gone_is_asked_for_the_last_two_weeks(when: str, kind: str):
    conversation = Talk().up_to("Q2_saddle")
    asked = conversation.say("it was numb but it's gone now")
    assert asked.prompt is not None and asked.prompt.text == SCREENING.say("resolved")
    outcome = conversation.say(when)
    assert outcome.kind == kind
    if kind == "escalate":
        assert outcome.verdict is not None and outcome.verdict.tier == "same_day"
        assert outcome.advice_key == "changed.same_day"


def test_chest_pain_that_was_there_today_counts_as_there():
    outcome = Talk().say("i had some chest pain this morning but it's gone")
    assert outcome.verdict is not None and outcome.verdict.tier == "emergency_now"


def test_not_been_to_the_toilet_yet_asks_what_can_be_known_without():
    conversation = Talk().up_to("Q3_bladder_bowel")
    asked = conversation.say("haven't been yet")
    assert asked.prompt is not None and asked.prompt.node == "Q3_bladder_bowel.urge"
    assert "hard to start" in conversation.say("no").say_before[0]
    conversation = Talk().up_to("Q2_saddle")
    conversation.say("haven't been yet")
    assert conversation.say("yes").kind == "escalate"


def test_silence_is_asked_once_more_and_then_ends_without_exercises():
    conversation = Talk()
    assert conversation.say("").kind == "ask"
    assert conversation.say("um").kind == "abandoned"
    assert next_prompt(conversation.state, CONTENT).node == "Q1_life_threat"  # type: ignore[union-attr]


def test_a_refusal_is_met_with_the_reason_once():
    conversation = Talk()
    first = conversation.say("rather not say")
    assert (first.kind, first.say_before) == ("ask", (SCREENING.say("refusal"),))
    assert conversation.say("no i don't want to answer that").kind == "refused"


def test_a_question_back_is_answered_and_the_same_question_put_again():
    outcome = Talk().say("why do you ask")
    assert outcome.say_before == (explanation("Q1_life_threat", CONTENT),)
    assert outcome.prompt is not None and outcome.prompt.node == "Q1_life_threat"


@pytest.mark.parametrize("said", ["stop", "can you repeat that", "what's the weather like"])
def test_a_digression_leaves_the_question_waiting(said: str):
    conversation = Talk().up_to("Q3_bladder_bowel")
    before = conversation.state
    outcome = conversation.say(said)
    assert (outcome.kind, outcome.state) == ("digression", before)


def test_yes_no_i_mean_no_is_asked_once_more_in_full_and_needs_a_clear_no():
    conversation = Talk().up_to("Q2_saddle")
    again = conversation.say("yes no i mean no")
    assert again.prompt is not None and again.prompt.text == CONTENT.question("Q2_saddle").ask
    assert conversation.say("no").prompt.group == "Q3_bladder_bowel"  # type: ignore[union-attr]
    conversation = Talk().up_to("Q2_saddle")
    conversation.say("yes no i mean no")
    assert conversation.say("yes... no").kind == "escalate"


def test_wait_actually_yes_counts_for_the_question_before():
    outcome = Talk().up_to("Q4_legs").say("wait actually yes")
    assert (outcome.kind, outcome.advice_key) == ("escalate", "Q3_bladder_bowel.advice_bare_yes")


def test_wait_actually_yes_counts_for_an_earlier_question_it_names():
    outcome = Talk().up_to("Q8_pain_pattern").say("wait actually yes i did leak earlier")
    assert (outcome.kind, outcome.flag) == ("escalate", "urinary_incontinence_new")


def test_after_a_correction_the_waiting_question_is_asked_again():
    conversation = Talk().up_to("Q6_illness")
    asked = conversation.say("wait actually yes")
    assert asked.prompt is not None and asked.prompt.node == "Q5_injury_bones.fall"
    conversation.run()
    assert conversation.state.answers["Q6_illness"] == "no"


def test_a_doubtful_no_is_checked_with_the_confirm_question():
    conversation = Talk()
    asked = conversation.say("no", low_confidence=True)
    assert asked.prompt is not None and asked.prompt.text == CONTENT.flag("chest_pain_breathless").confirm
    assert conversation.say("no").prompt.group == "Q2_saddle"  # type: ignore[union-attr]


@pytest.mark.parametrize(("answer", "escalates"), [("yes", True), ("not sure", True), ("no", False)])
def test_a_flag_that_may_have_been_misheard_is_confirmed_before_a_no_stands(answer: str, escalates: bool):
    conversation = Talk().up_to("Q3_bladder_bowel")
    hint = Detection(to_confirm=(Finding("urinary_retention", "emergency_now", "confirm"),))
    asked = conversation.say("no", hint)
    assert asked.prompt is not None and asked.prompt.text == CONTENT.flag("urinary_retention").confirm
    assert (conversation.say(answer).kind == "escalate") == escalates


@pytest.mark.parametrize("group", GROUPS)
def test_a_named_emergency_interrupts_every_question(group: str):
    named = Detection(present=(Finding("saddle_numbness", "emergency_now"),))
    outcome = Talk().up_to(group).say("blah blah it's numb between my legs", named)
    assert (outcome.kind, outcome.flag, outcome.prompt) == ("escalate", "saddle_numbness", None)


def test_a_named_same_day_flag_is_spoken_at_once_and_the_urgent_questions_follow():
    conversation = Talk()
    outcome = conversation.say("no but i had breast cancer", Detection(present=(Finding("cancer_history", "same_day"),)))
    assert (outcome.kind, outcome.flag) == ("escalate", "cancer_history")
    assert outcome.say_before == (SCREENING.say("urgent"),)
    conversation.run()
    assert set(conversation.state.answers) <= set(GROUPS[:4]) | {"Q4_legs.numb_too"}


def test_a_same_day_flag_with_a_numb_leg_becomes_an_emergency():
    conversation = Talk().up_to("Q4_legs")
    conversation.say("yes one leg tingles")
    conversation.up_to("Q7_history")
    outcome = conversation.say("i had cancer years ago")
    assert outcome.verdict is not None and outcome.verdict.rule == "same_day_and_leg_weakness"
    assert outcome.verdict.tier == "emergency_now"


def test_somebody_who_speaks_for_another_is_asked_and_that_person_is_screened():
    conversation = Talk().up_to("Q3_bladder_bowel")
    asked = conversation.say("he can't pee")
    assert asked.prompt is not None and asked.prompt.text == SCREENING.say("who")
    again = conversation.say("for my husband")
    assert again.prompt is not None and again.prompt.person == "other"
    outcome = conversation.say("he can't pee", Detection(third_person=(Finding("urinary_retention", "emergency_now"),)))
    assert (outcome.kind, outcome.flag) == ("escalate", "urinary_retention")


@pytest.mark.parametrize(
    ("answers", "tier", "lead"),
    [
        ({"Q4_legs": "yes both"}, "emergency_now", "bilateral_leg_symptoms"),
        ({"Q4_legs": "just the left one", "Q4_legs.weak": "yes"}, "emergency_now", "progressive_leg_weakness"),
        ({"Q4_legs": "just the left one", "Q4_legs.weak": "it's the foot, it's floppy"}, "same_day", "foot_drop"),
        ({"Q4_legs": "just the left one"}, "see_clinician_soon", "leg_pain_one_side"),
        ({"Q4_legs": "just the left one", "Q4_legs.sexual": "yes"}, "emergency_now", "sexual_dysfunction_new"),
        ({"Q4_legs": "just the left one", "Q4_legs.weak": "not sure"}, "same_day", "progressive_leg_weakness"),
        ({"Q4_legs": "just the left one", "Q4_legs.spreading": "yes"}, "same_day", "leg_pain_one_side"),
        ({"Q5_injury_bones": "i fell off a ladder"}, "emergency_now", "major_trauma"),
        ({"Q5_injury_bones": "i fell", "Q5_injury_bones.thinners": "yes"}, "emergency_now", "anticoagulant_trauma"),
        ({"Q5_injury_bones": "a little slip", "Q5_injury_bones.weak_bones": "yes"}, "same_day", "fragility_fracture"),
        ({"Q5_injury_bones": "i take warfarin", "Q5_injury_bones.bruise": "yes"}, "emergency_now", "anticoagulant_trauma"),
        ({"Q5_injury_bones": "i take warfarin"}, "see_clinician_soon", "anticoagulant_trauma"),
        ({"Q5_injury_bones": "weak bones", "Q5_injury_bones.sudden": "yes"}, "same_day", "fragility_fracture"),
        ({"Q5_injury_bones": "weak bones"}, "see_clinician_soon", "osteoporosis_or_steroids"),
        ({"Q6_illness": "yes i've lost weight"}, "same_day", "weight_loss_sweats"),
        ({"Q6_illness": "i have a fever"}, "same_day", "fever_unwell"),
        ({"Q6_illness": "i have a fever", "Q6_illness.low_defence": "yes"}, "emergency_now", "sepsis_or_meningitis_signs"),
        ({"Q7_history": "yes", "Q7_history.which": "cancer"}, "same_day", "cancer_history"),
        ({"Q7_history": "yes", "Q7_history.which": "dunno"}, "same_day", "cancer_history"),
        ({"Q7_history": "a back operation", "Q7_history.recent": "last month"}, "same_day", "recent_spine_procedure"),
        ({"Q7_history": "a back operation", "Q7_history.recent": "ten years ago"}, None, ""),
        ({"Q7_history": "steroids", "Q7_history.steroids": "yes"}, "see_clinician_soon", "osteoporosis_or_steroids"),
        ({"Q8_pain_pattern": "between my shoulder blades", "Q8_pain_pattern.nowhere": "yes"}, "same_day", "upper_back_pain_thoracic"),
        ({"Q8_pain_pattern": "yes", "Q8_pain_pattern.over_a_day": "three days"}, "same_day", "night_pain_unrelenting"),
        ({"Q9_about_you": "i'm fourteen"}, "see_clinician_soon", "child_under_18"),
        ({"Q9_about_you": "she's eight", "Q9_about_you:who": "for my daughter"}, "same_day", "child_under_18"),
        ({"Q9_about_you": "i'm fifty six", "Q9_about_you.new": "yes"}, "see_clinician_soon", "new_onset_over_50"),
        ({"Q9_about_you": "i'm fifty six", "Q9_about_you.new": "yes", "Q9_about_you.aorta": "yes"}, "emergency_now", "aortic_emergency"),
        ({"Q9_about_you": "seventy eight", "Q9_about_you.new": "yes"}, "see_clinician_soon", "new_onset_over_70"),
        ({"Q9_about_you": "i'm pregnant", "Q9_about_you.pregnancy_bleeding": "yes"}, "emergency_now", "pregnancy_warning_signs"),
        ({"Q9_about_you": "i'm pregnant"}, "see_clinician_soon", "pregnancy"),
        ({"Q9_about_you": "i've got ms"}, "see_clinician_soon", "known_neuro_condition_change"),
        ({"Q9_about_you": "i've got ms", "Q9_about_you.nerve_change": "yes"}, "same_day", "known_neuro_condition_change"),
    ],
    ids=str,
)
def test_follow_ups_lead_where_the_content_says(answers: dict[str, str], tier: str | None, lead: str):
    conversation, _ = talk(answers)
    result = verdict_of(conversation.state, CONTENT)
    assert (result.tier, result.lead) == (tier, lead)


def test_an_old_person_with_a_small_fall_is_a_likely_fracture():
    conversation, _ = talk({"Q5_injury_bones": "a little slip", "Q9_about_you": "seventy eight", "Q9_about_you.new": "yes"})
    result = verdict_of(conversation.state, CONTENT)
    assert result.tier == "same_day" and "fragility_fracture" in result.flags


@pytest.mark.parametrize(("answer", "condition"), [("twenty weeks", "pregnancy_16w_plus"), ("no only ten weeks", "pregnancy_any")])
def test_how_far_a_pregnancy_is_limits_the_exercises(answer: str, condition: str):
    conversation, _ = talk({"Q9_about_you": "i'm pregnant", "Q9_about_you.sixteen_weeks": answer})
    assert condition in verdict_of(conversation.state, CONTENT).conditions


def test_what_the_answer_told_already_is_not_asked():
    conversation, _ = talk({"Q4_legs": "just the left one"})
    assert "Q4_legs.both" not in conversation.asked
    conversation, _ = talk({"Q5_injury_bones": "i fell down the stairs yesterday"})
    assert "Q5_injury_bones.fall" not in conversation.asked


def test_an_unclear_which_of_those_is_asked_one_by_one_at_the_end():
    conversation, _ = talk({"Q9_about_you": "yes", "Q9_about_you.which": "dunno"})
    assert [n for n in conversation.asked if ".is_" in n or ".has_" in n] == [
        "Q9_about_you.is_pregnant", "Q9_about_you.is_over_fifty", "Q9_about_you.is_under_eighteen", "Q9_about_you.has_nerve_illness",
    ]


def test_none_of_those_after_a_yes_is_checked_and_only_a_clear_no_takes_it_back():
    conversation, end = talk({"Q7_history": "yes", "Q7_history:again": "no"})
    assert "Q7_history:again" in conversation.asked
    assert end.verdict is not None and end.verdict.tier is None
    _, end = talk({"Q7_history": "yes", "Q7_history:again": "yes"})
    assert end.verdict is not None and end.verdict.tier == "same_day"


def test_doubt_about_a_weak_leg_in_the_first_hour_is_asked_again_after_ten_minutes():
    answers = {"Q4_legs": "just the left one", "Q4_legs.weak": "not sure", "Q4_legs.under_an_hour": "yes"}
    conversation, end = talk(answers)
    assert end.kind == "complete" and conversation.state.comfort_only
    again = Talk(recheck_state(conversation.state))
    assert next_prompt(again.state, CONTENT).text == CONTENT.question("Q4_legs").reask  # type: ignore[union-attr]
    assert again.run().kind == "complete" and not again.state.comfort_only
    again = Talk(recheck_state(conversation.state))
    assert again.run({"Q4_legs.weak_again": "yes"}).verdict.tier == "emergency_now"  # type: ignore[union-attr]


def test_pain_that_is_as_bad_lying_still_for_hours_is_asked_again_after_ten_minutes():
    conversation, end = talk({"Q8_pain_pattern": "yes", "Q8_pain_pattern.over_a_day": "just today"})
    assert end.kind == "complete" and conversation.state.comfort_only
    again = Talk(recheck_state(conversation.state))
    assert again.run({"Q8_pain_pattern.still_again": "yes"}).flag == "night_pain_unrelenting"


def test_denials_given_up_front_skip_only_what_was_fully_denied():
    state = with_denials(new_state(), read_denials("no bladder trouble, legs are fine", CONTENT), CONTENT)
    conversation = Talk(state)
    conversation.run()
    assert "Q4_legs" not in conversation.asked
    assert {"Q2_saddle", "Q3_bladder_bowel"} <= set(conversation.asked)


def test_just_my_back_denies_only_the_question_that_waits():
    conversation = Talk()
    conversation.say("no just my back")
    conversation.run()
    assert {"Q2_saddle", "Q3_bladder_bowel", "Q4_legs"} <= set(conversation.asked)


def test_the_short_check_has_two_questions_and_a_yes_escalates():
    conversation, end = talk(mode="short")
    assert conversation.asked == ["short_rescreen.nerves", "short_rescreen.illness"]
    assert end.kind == "complete"
    _, end = talk({"short_rescreen.nerves": "yes"}, mode="short")
    assert end.verdict is not None and end.verdict.tier == "emergency_now"
    _, end = talk({"short_rescreen.illness": "a fever"}, mode="short")
    assert end.verdict is not None and end.verdict.tier == "same_day"
    _, end = talk({"short_rescreen.illness": "yes", "short_rescreen.which": "dunno"}, mode="short")
    assert end.verdict is not None and end.verdict.tier == "emergency_now"


def test_after_a_same_day_flag_only_the_first_four_are_asked():
    state = with_flags(new_state("urgent"), {"shingles_rash": "same_day"}, CONTENT)
    conversation = Talk(state)
    asked: list[str] = []
    while (prompt := next_prompt(conversation.state, CONTENT)) is not None:
        asked.append(prompt.node)
        conversation.say("no")
    assert set(asked) == set(GROUPS[:4])


@pytest.mark.parametrize("group", GROUPS[:3])
def test_a_reply_to_a_pending_question_is_known_as_an_emergency_without_any_state(group: str):
    assert emergency_by_answer("yes", None, group, None, CONTENT)
    assert emergency_by_answer("a bit", None, group, None, CONTENT)
    assert not emergency_by_answer("no", None, group, None, CONTENT)
    assert not emergency_by_answer("not sure", None, group, None, CONTENT)
    assert not emergency_by_answer("can you repeat that", None, group, None, CONTENT)
    node = SCREENING.node(group)
    second = Prompt(node.id, "", node.group, tuple(node.covers), attempt=2, check="reask")
    assert emergency_by_answer("not sure", None, second, None, CONTENT)


def test_a_reply_to_a_later_question_is_an_emergency_only_where_it_is_one():
    assert emergency_by_answer("both of them", None, "Q4_legs", None, CONTENT)
    assert not emergency_by_answer("yes", None, "Q6_illness", None, CONTENT)
    named = Detection(present=(Finding("chest_pain_breathless", "emergency_now"),))
    assert emergency_by_answer("oh and my chest hurts", None, "Q9_about_you", named, CONTENT) == ("chest_pain_breathless",)


def test_a_completed_screen_counts_for_a_day():
    conversation, _ = talk()
    assert is_fresh(conversation.state, "2026-03-02T11:59:00Z")
    assert not is_fresh(conversation.state, "2026-03-02T12:00:00Z")
    assert not is_fresh(conversation.state, "2026-03-01T11:00:00Z")
    assert not is_fresh(new_state(), NOW)


def test_the_state_holds_no_word_of_the_user():
    conversation = Talk().up_to("Q3_bladder_bowel")
    conversation.say("zebra my waterworks are fine and no zebra trouble")
    assert "zebra" not in json.dumps(conversation.state.to_dict())


def test_every_question_can_be_said_and_followed():
    for text in (*SCREENING.texts.values(), *SCREENING.reasks.values()):
        assert 0 < words(text) <= MAX_QUESTION_WORDS and text.endswith("?"), text


@pytest.mark.parametrize("answer", ["yes", "not sure", "a bit", "no", "i don't think so", "since i was a kid", "it's gone now"])
def test_every_screen_ends_whatever_is_answered_all_the_time(answer: str):
    conversation = Talk()
    for _ in range(60):
        outcome = conversation.say(answer)
        if outcome.prompt is None:
            break
    assert outcome.kind in ("escalate", "complete")


def test_no_follow_up_ever_lowers_what_was_known():
    for node in SCREENING.file.nodes:
        for answer in ("yes", "no", "not sure"):
            conversation = Talk(ScreeningState(pending=node.id, facts=tuple(node.needs), flags={"cancer_history": ""}, spoken_tier="same_day"))
            before = verdict_of(conversation.state, CONTENT)
            conversation.say(answer)
            after = verdict_of(conversation.state, CONTENT)
            assert before.tier and after.tier and TIER_ORDER[after.tier] >= TIER_ORDER[before.tier], node.id


def test_a_hint_whose_own_question_is_still_to_come_is_not_asked_about_beside_a_no():
    hint = Detection(to_confirm=(Finding("upper_back_pain_thoracic", "same_day", "confirm"),))
    outcome = Talk().say("no just my back", hint)
    assert outcome.prompt is not None and outcome.prompt.node == "Q2_saddle"


def test_a_long_standing_leak_that_the_detector_names_is_asked_about_first():
    named = Detection(present=(Finding("urinary_incontinence_new", "emergency_now"),))
    outcome = Talk().up_to("Q3_bladder_bowel").say("i leak when i sneeze but i have since the kids", named)
    assert outcome.prompt is not None and outcome.prompt.text == SCREENING.say("long_standing")

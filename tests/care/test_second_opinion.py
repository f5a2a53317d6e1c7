"""The second opinion adds flags to those of the rules and never clears one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Mapping

import pytest

from rasa_project.care.red_flags import Detection, Finding, load_detector
from rasa_project.care.red_flags.second_opinion import load_thresholds, with_opinion, with_plain_intent

TIERS = load_detector().tiers
SURE = {"none": 0.0, "see_clinician_soon": 0.0, "same_day": 0.05, "emergency_now": 0.95}
CALM = {"none": 0.97, "see_clinician_soon": 0.02, "same_day": 0.01, "emergency_now": 0.0}
CERTAINLY_CALM = {"none": 0.999, "see_clinician_soon": 0.001, "same_day": 0.0, "emergency_now": 0.0}
UNSURE = {"none": 0.8, "see_clinician_soon": 0.05, "same_day": 0.1, "emergency_now": 0.05}


@dataclass
class Said:
    """What a reader might say of a sentence."""

    flags: Mapping[str, float] = field(default_factory=dict)
    tiers: Mapping[str, float] = field(default_factory=lambda: CALM)
    third_person: float = 0.0


def heard(
    opinion: Said, rules: Detection = Detection(), text: str = "what was said just now"
) -> Detection:
    """Return what comes of the rules' findings and an opinion."""
    return with_opinion(rules, opinion, text, TIERS, load_thresholds())


def finding(flag: str, status: str = "present") -> Finding:
    """Return a finding of the rules."""
    return Finding(flag, TIERS[flag], 0, 4, "what", status, 0.9)  # type: ignore[arg-type]


def ids(findings: tuple[Finding, ...]) -> list[str]:
    """Return the flags found."""
    return [f.flag for f in findings]


def test_a_flag_that_no_rule_names_is_reported_when_the_reader_is_sure():
    found = heard(Said({"urinary_retention": 0.9}, SURE))
    assert ids(found.present) == ["urinary_retention"]


def test_somebody_elses_flag_is_asked_about_where_the_reader_is_certain_that_nobody_has_one():
    """"My nan's worn those pads for years and wants to know about exercise" is no emergency."""
    rules = Detection(third_person=(finding("urinary_incontinence_new", "other_now"),))
    doubted = heard(Said(tiers=CERTAINLY_CALM, third_person=0.05), rules)
    assert not doubted.third_person and ids(doubted.to_confirm) == ["urinary_incontinence_new"]
    kept = heard(Said(tiers=CERTAINLY_CALM, third_person=0.4), rules)
    assert ids(kept.third_person) == ["urinary_incontinence_new"]


def test_a_crisis_denied_in_so_many_words_is_asked_about_however_sure_the_reader_is():
    """"I don't want to kill myself, I want the pain to stop" is no plan, and is not passed over."""
    rules = Detection(denied=(finding("suicidal_or_self_harm", "denied"),))
    for opinion in (Said({"suicidal_or_self_harm": 0.99}, SURE), Said()):
        found = heard(opinion, rules)
        assert not found.present and ids(found.to_confirm) == ["suicidal_or_self_harm"]
    assert not heard(Said(), rules, "not suicidal").to_confirm  # an answer, perhaps
    other = Detection(denied=(finding("urinary_retention", "denied"),))
    assert ids(heard(Said({"urinary_retention": 0.99}, SURE), other).present) == ["urinary_retention"]


@pytest.mark.parametrize("crisis", ["suicidal_or_self_harm", "medication_overdose", "unsafe_at_home"])
def test_somebody_elses_crisis_is_never_doubted(crisis):
    rules = Detection(third_person=(finding(crisis, "other_now"),))
    assert ids(heard(Said(tiers=CERTAINLY_CALM), rules).third_person) == [crisis]


@pytest.mark.parametrize("group", ["present", "third_person", "to_confirm"])
def test_what_the_rules_found_stays_found_whatever_the_reader_thinks(group):
    rules = Detection(**{group: (finding("saddle_numbness"),)})
    assert getattr(heard(Said({"saddle_numbness": 0.0}), rules), group) == getattr(rules, group)


def test_what_the_reader_is_certain_is_no_report_is_asked_about_and_not_cleared():
    rules = Detection(present=(finding("saddle_numbness"),))
    found = heard(Said({"saddle_numbness": 0.001}, CERTAINLY_CALM), rules)
    assert not found.present and ids(found.to_confirm) == ["saddle_numbness"]


def test_a_short_answer_is_not_doubted_and_gets_no_milder_flag():
    """"The weight loss" answers a question that the reader has not heard."""
    rules = Detection(present=(finding("weight_loss_sweats"),))
    sure_of_nothing = Said({"weight_loss_sweats": 0.001}, CERTAINLY_CALM)
    assert heard(sure_of_nothing, rules, "the weight loss") == rules
    soon = {"none": 0.01, "see_clinician_soon": 0.99, "same_day": 0.0, "emergency_now": 0.0}
    assert not heard(Said({"leg_pain_one_side": 0.99}, soon), text="yes my right leg").present
    assert heard(Said({"leg_pain_one_side": 0.99}, soon)).present


def test_a_wish_to_die_is_never_doubted():
    rules = Detection(present=(finding("suicidal_or_self_harm"),))
    assert heard(Said({"suicidal_or_self_harm": 0.0}, CERTAINLY_CALM), rules) == rules


@pytest.mark.parametrize("crisis", ["medication_overdose", "unsafe_at_home"])
def test_a_crisis_whose_words_mean_other_things_too_takes_more_certainty_to_be_asked_about(crisis):
    """"My wife beat me hollow at tennis" is asked about; one doubt in a hundred and it is not."""
    rules = Detection(present=(finding(crisis),))
    asked = heard(Said({crisis: 0.001}, CERTAINLY_CALM), rules)
    assert not asked.present and ids(asked.to_confirm) == [crisis]
    assert heard(Said({crisis: 0.05}, CERTAINLY_CALM), rules) == rules
    less = {**CERTAINLY_CALM, "none": 0.99, "emergency_now": 0.009}
    assert heard(Said({crisis: 0.001}, less), rules) == rules


def test_every_flag_that_is_named_in_the_thresholds_exists():
    doubt = load_thresholds().doubted
    assert set(load_thresholds().reported_alone.flags) <= set(TIERS)
    assert {*doubt.never, *doubt.crisis.flags} <= set(TIERS)


def test_milder_flags_are_never_doubted():
    rules = Detection(present=(finding("not_improving"),))
    assert heard(Said({"not_improving": 0.001}, CERTAINLY_CALM), rules) == rules


def test_a_doubt_about_one_flag_counts_for_nothing_beside_a_flag_without_doubt():
    rules = Detection(present=(finding("saddle_numbness"), finding("foot_drop")))
    found = heard(Said({"saddle_numbness": 0.001, "foot_drop": 0.2}, CERTAINLY_CALM), rules)
    assert found.present == rules.present


def test_somebody_elses_flag_leaves_what_is_to_be_asked():
    hint = Detection(to_confirm=(finding("foot_drop", "confirm"),))
    found = heard(Said({"collapse_or_stroke_signs": 0.2}, UNSURE, third_person=0.95), hint)
    assert found.third_person and ids(found.to_confirm) == ["foot_drop"]


def test_a_crisis_that_only_the_reader_hears_is_asked_about_unless_it_is_sure():
    """"There's no point in this one" is said of a stretch; who means life itself is asked."""
    crisis = "suicidal_or_self_harm"
    unsure = heard(Said({crisis: 0.54}, {**SURE, "emergency_now": 0.94, "none": 0.06}))
    assert not unsure.present and ids(unsure.to_confirm) == [crisis]
    assert ids(heard(Said({crisis: 0.9}, SURE)).present) == [crisis]
    assert heard(Said({crisis: 0.1}, UNSURE)) == Detection(), "a faint suspicion asks nobody"
    beside_a_hint = Detection(to_confirm=(finding(crisis, "confirm"),))
    assert ids(heard(Said({crisis: 0.54}, SURE), beside_a_hint).present) == [crisis]


def test_a_suspicion_is_asked_about():
    found = heard(Said({"foot_drop": 0.4, "chest_pain_breathless": 0.2}, UNSURE))
    assert not found.present
    assert ids(found.to_confirm) == ["foot_drop"], "one question, about the likelier flag"


def test_a_calm_sentence_leads_to_nothing():
    assert heard(Said({flag: 0.02 for flag in TIERS})) == Detection()


def test_against_a_denial_the_reader_must_be_surer():
    denied = Detection(denied=(finding("fever_unwell", "negated"),))
    less = Said({"fever_unwell": 0.6}, {**SURE, "emergency_now": 0.6, "none": 0.35})
    assert heard(less, denied) == denied
    assert ids(heard(Said({"fever_unwell": 0.95}, SURE), denied).present) == ["fever_unwell"]


def test_a_hint_of_the_rules_and_a_suspicion_of_the_reader_make_a_report():
    hint = Detection(to_confirm=(finding("foot_drop", "confirm"),))
    found = heard(Said({"foot_drop": 0.5}, UNSURE), hint)
    assert ids(found.present) == ["foot_drop"] and not found.to_confirm


def test_a_same_day_flag_said_as_an_emergency_is_one():
    assert TIERS["fever_unwell"] == "same_day"
    (found,) = heard(Said({"fever_unwell": 0.9}, SURE)).present
    assert found.tier == "emergency_now"


def test_an_emergency_is_never_made_milder():
    milder = {"none": 0.02, "see_clinician_soon": 0.03, "same_day": 0.95, "emergency_now": 0.0}
    (found,) = heard(Said({"saddle_numbness": 0.9}, milder)).present
    assert found.tier == TIERS["saddle_numbness"] == "emergency_now"


def test_somebody_elses_emergency_is_seen():
    found = heard(Said({"collapse_or_stroke_signs": 0.2}, UNSURE, third_person=0.95))
    assert ids(found.third_person) == ["collapse_or_stroke_signs"] and not found.present


def test_an_urgent_sentence_names_one_flag_and_not_all_of_them():
    every = {flag: 0.001 for flag in TIERS}
    found = heard(Said({**every, "foot_drop": 0.3}, SURE))
    assert ids(found.present) == ["foot_drop"]


def test_beside_a_rule_only_a_flag_that_is_probable_by_itself_is_added():
    rules = Detection(present=(finding("fever_unwell"),))
    found = heard(Said({"foot_drop": 0.3, "urinary_retention": 0.7}, SURE), rules)
    assert ids(found.present) == ["fever_unwell", "urinary_retention"]


SOON = {"none": 0.02, "see_clinician_soon": 0.97, "same_day": 0.01, "emergency_now": 0.0}


def test_a_routine_flag_that_explains_the_sentence_leaves_a_less_sure_one_unnamed():
    """ "For four months now" is no change of a nerve illness."""
    months = Said({"not_improving": 0.99, "known_neuro_condition_change": 0.72}, SOON)
    assert ids(heard(months).present) == ["not_improving"]
    both = Said({"not_improving": 0.99, "known_neuro_condition_change": 0.9}, SOON)
    assert set(ids(heard(both).present)) == {"not_improving", "known_neuro_condition_change"}


def test_a_milder_hint_counts_when_the_reader_shares_it_and_waits_for_its_question_when_not():
    """"I keep coming back to that stretch" holds the words of pain that keeps coming back."""
    hint = Detection(to_confirm=(finding("not_improving", "confirm"),))
    assert ids(heard(Said({"not_improving": 0.9}, SOON), hint).present) == ["not_improving"]
    left = heard(Said({"not_improving": 0.001}, CERTAINLY_CALM), hint)
    assert not left.present and not left.to_confirm


def test_a_milder_hint_in_a_few_words_counts_as_it_is():
    hint = Detection(to_confirm=(finding("not_improving", "confirm"),))
    assert ids(heard(Said({}, CALM), hint, "it keeps coming back").present) == ["not_improving"]


def test_an_urgent_hint_is_asked_about_whatever_the_reader_thinks():
    hint = Detection(to_confirm=(finding("saddle_numbness", "confirm"),))
    for text in ("numb there", "what was said just now about it"):
        assert ids(heard(Said({}, CERTAINLY_CALM), hint, text).to_confirm) == ["saddle_numbness"]


def test_a_flag_in_its_milder_form_is_urgent_again_where_the_reader_is_sure():
    milder = Finding("bilateral_leg_symptoms", "see_clinician_soon", 0, 4, "what", "present", 0.9)
    rules = Detection(present=(milder,))
    assert heard(Said({"bilateral_leg_symptoms": 0.99}, SURE), rules).present[0].tier == "emergency_now"
    assert heard(Said({"bilateral_leg_symptoms": 0.4}, SOON), rules) == rules
    assert heard(Said({"bilateral_leg_symptoms": 0.99}, SURE), rules, "both my legs").present == (milder,)


def beside(intent: float, *flags: str, confidence: float = 0.4, red_flag: float = 0.0) -> Detection:
    """Return what is left of the reader's own findings beside an intent of that probability."""
    found = tuple(replace(finding(flag), confidence=confidence) for flag in flags)
    return with_plain_intent(Detection(present=found), intent, red_flag, load_thresholds())


def test_what_only_the_reader_suspects_beside_a_plain_question_is_asked_about_first():
    """"Is it odd that I can feel it twitching" is a question before it is a report."""
    found = beside(0.99, "saddle_numbness", "not_improving")
    assert not found.present and ids(found.to_confirm) == ["saddle_numbness"]
    assert beside(0.99, "not_improving") == Detection()


@pytest.mark.parametrize(
    "other", [{"intent": 0.5}, {"intent": 0.99, "confidence": 0.97}, {"intent": 0.99, "red_flag": 0.2}]
)
def test_it_counts_where_the_intent_is_not_plain_or_the_reader_is_sure(other: dict[str, float]):
    intent = other.pop("intent")
    assert ids(beside(intent, "saddle_numbness", **other).present) == ["saddle_numbness"]


def test_one_flag_the_reader_is_sure_of_keeps_the_others():
    sure, unsure = replace(finding("foot_drop"), confidence=0.99), replace(finding("saddle_numbness"), confidence=0.4)
    both = Detection(present=(sure, unsure))
    assert with_plain_intent(both, 0.99, 0.0, load_thresholds()) == both

"""From flags and facts to one verdict (answer_rules.combine, triage policy rows 1 to 7)."""

from __future__ import annotations

import itertools

import pytest

from rasa_project.care.flags import TIER_ORDER, load_red_flags
from rasa_project.care.triage import Facts, Verdict, advice_text, assess, load_triage_rules

CONTENT = load_red_flags()
RULES = load_triage_rules(CONTENT.folder)


def verdict(*flags: str, facts: tuple[str, ...] = (), **tiers: str) -> Verdict:
    """Assess `flags` with `facts`; keyword arguments change tiers."""
    return assess(Facts(frozenset(flags), tiers=tiers, facts=frozenset(facts)), CONTENT)  # type: ignore[arg-type]


def test_no_flag_is_self_care():
    nothing = verdict()
    assert (nothing.tier, nothing.rule, nothing.stop_until_cleared) == (None, "no_flag", False)


@pytest.mark.parametrize("flag", CONTENT.flags)
def test_a_single_flag_keeps_its_own_tier_and_words(flag: str):
    alone = verdict(flag)
    assert (alone.tier, alone.lead, alone.advice_key) == (CONTENT.flag(flag).tier, flag, flag)


@pytest.mark.parametrize(("first", "second"), itertools.combinations(RULES.causes, 2))
def test_two_same_day_flags_from_different_causes_are_an_emergency(first: str, second: str):
    both = verdict(RULES.causes[first][0], RULES.causes[second][0])
    assert both.tier == "emergency_now"
    assert "{emergency_number}" in advice_text(both.advice_key, CONTENT)


@pytest.mark.parametrize("cause", RULES.causes)
def test_two_flags_of_one_cause_stay_same_day(cause: str):
    # Fever and a kidney infection with low immunity have rules of their own (upgrade_if).
    flags = [f for f in RULES.causes[cause] if f not in ("fever_unwell", "kidney_infection")]
    assert verdict(*flags).tier == "same_day"


@pytest.mark.parametrize("flag", RULES.never_second_cause)
@pytest.mark.parametrize("other", ["cancer_history", "kidney_stone", "fragility_fracture", "immunosuppression"])
def test_how_and_where_it_hurts_never_makes_the_second_cause(flag: str, other: str):
    assert verdict(flag, other).tier == "same_day"


@pytest.mark.parametrize("risk", ["immunosuppression", "iv_drug_use", "recent_spine_procedure", "pregnancy"])
def test_fever_with_low_defence_is_spoken_as_signs_of_sepsis(risk: str):
    both = verdict("fever_unwell", risk)
    assert (both.tier, both.advice_key) == ("emergency_now", "sepsis_or_meningitis_signs")


@pytest.mark.parametrize("fact", ["leg_numb", "leg_weak", "unsteady", "cancer_treatment", "low_defence"])
def test_fever_with_a_sign_in_the_legs_or_cancer_treatment_is_an_emergency(fact: str):
    assert verdict("fever_unwell", facts=(fact,)).advice_key == "sepsis_or_meningitis_signs"


@pytest.mark.parametrize("flag", ["cancer_history", "kidney_stone", "shingles_rash", "weight_loss_sweats"])
def test_any_same_day_flag_with_a_new_leg_sign_is_an_emergency(flag: str):
    assert verdict(flag, facts=("leg_numb",)).tier == "emergency_now"
    assert verdict(flag, "foot_drop").tier == "emergency_now"


def test_pain_alone_in_one_leg_does_not_raise_it():
    assert verdict("cancer_history", "leg_pain_one_side").tier == "same_day"
    assert verdict("leg_pain_one_side", facts=("leg_numb",)).tier == "see_clinician_soon"


@pytest.mark.parametrize("bones", ["weak_bones", "on_steroids", "over_seventy"])
@pytest.mark.parametrize("start", ["small_fall", "sudden_start"])
def test_a_small_fall_or_sudden_start_on_weak_bones_is_a_likely_fracture(bones: str, start: str):
    both = verdict(facts=(bones, start))
    assert (both.tier, both.lead) == ("same_day", "fragility_fracture")


@pytest.mark.parametrize("fall", ["fall", "small_fall", "bad_fall"])
def test_any_fall_on_blood_thinners_is_an_emergency(fall: str):
    both = verdict(facts=(fall, "blood_thinners"))
    assert (both.tier, both.lead) == ("emergency_now", "anticoagulant_trauma")


def test_two_soon_flags_stay_soon_with_both_limits():
    both = verdict("osteoporosis_or_steroids", "pregnancy")
    assert both.tier == "see_clinician_soon"
    assert both.conditions == {"osteoporosis", "pregnancy_any"}
    assert both.exercise_gate == "modified_only"


def test_a_child_gets_no_exercise_even_without_urgency():
    child = verdict("child_under_18")
    assert (child.tier, child.stop_until_cleared) == ("see_clinician_soon", True)
    assert verdict("child_under_18", "night_pain_unrelenting").tier == "same_day"
    assert verdict("child_under_18", "leg_pain_one_side").tier == "emergency_now"


def test_a_lowered_flag_is_not_spoken_with_the_words_of_an_emergency():
    lowered = verdict("urinary_incontinence_new", urinary_incontinence_new="see_clinician_soon")
    assert (lowered.tier, lowered.advice_key) == ("see_clinician_soon", "changed.see_clinician_soon")
    assert not lowered.stop_until_cleared


def test_adding_a_flag_never_makes_it_less_urgent():
    for first, second in itertools.combinations(CONTENT.flags, 2):
        both = verdict(first, second)
        most = max(TIER_ORDER[CONTENT.flag(f).tier] for f in (first, second))
        assert both.tier is not None and TIER_ORDER[both.tier] >= most, (first, second)


def test_every_verdict_of_two_flags_has_words():
    for first, second in itertools.combinations(CONTENT.flags, 2):
        assert advice_text(verdict(first, second).advice_key, CONTENT)

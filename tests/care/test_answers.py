"""Answers carry their caveats, ask what they must, and refuse what they must."""

from __future__ import annotations

import pytest

from rasa_project.care.answers import (
    MAX_SPOKEN_WORDS,
    allowed_with_flag,
    answer_reply,
    load_answers,
)
from rasa_project.care.errors import UnknownReference
from rasa_project.care.flags import load_red_flags
from rasa_project.care.phrases import sentences_of
from rasa_project.care.question_guards import (
    insists_on_amount,
    is_diagnosis_question,
    is_dose_question,
    is_seriousness_question,
    is_someone_elses_medicine,
    refusal_of,
    refusal_text,
)

BOOK = load_answers()
OFFER = "Shall we do the safety questions first?"
CATEGORIES = {"basics", "causes", "symptoms", "course", "relief", "activity", "exercise"}
QUESTION_INTENTS = """
ask_definition ask_anatomy ask_causes ask_symptoms ask_diagnosis ask_imaging ask_walking ask_rest ask_heat_ice
ask_massage ask_hydration ask_supplements ask_otc_medicine ask_prescription_medicine ask_topical ask_duration
ask_fast_relief ask_sleep_position ask_prevention ask_sciatica ask_spinal_tumour ask_kidney ask_alternative_therapy
ask_when_to_see_doctor ask_surgery_injection ask_exercise_safety ask_work_sitting
""".split()


def test_every_question_intent_has_answers_and_no_family_is_invented() -> None:
    """The families are the question intents, and two others that answer questions too."""
    assert set(BOOK.families) == {*QUESTION_INTENTS, "help", "request_clinician"}
    assert all(BOOK.in_family(intent) for intent in QUESTION_INTENTS)
    assert BOOK.family("out_of_scope") == ()


def test_without_a_clean_screen_a_self_care_answer_ends_with_the_offer() -> None:
    """rules: the seven categories, unless the answer already ends with a question."""
    for answer in BOOK.answers.values():
        reply = answer_reply(answer)
        wanted = answer.category in CATEGORIES and not answer.spoken.endswith("?")
        assert reply.text.endswith(OFFER) == wanted, answer.id
        if wanted:
            assert reply.offer == "screening"


def test_after_a_clean_screen_or_with_a_question_to_follow_there_is_no_offer() -> None:
    """One question a turn."""
    for answer in BOOK.answers.values():
        assert OFFER not in answer_reply(answer, screened=True).text
        assert OFFER not in answer_reply(answer, question_follows=True).text


def test_no_reply_asks_two_questions_and_a_question_comes_last() -> None:
    """Also with a caveat and the advice of a flag in it."""
    for answer in BOOK.answers.values():
        for soon in ("", "See a doctor within a few weeks. Go on gently."):
            reply = answer_reply(answer, soon_advice=soon)
            questions = [s for s in sentences_of(reply.text) if s.endswith("?")]
            own = [s for s in sentences_of(answer.spoken) if s.endswith("?")]
            assert len(questions) <= max(1, len(own)), answer.id
            if questions:
                assert reply.text.endswith("?"), answer.id


def test_a_caveat_goes_with_its_answer_by_ear_and_by_eye() -> None:
    """19 of them: said, or already part of the spoken answer."""
    assert len(BOOK.extras.caveats) == 19
    for answer_id, caveat in BOOK.extras.caveats.items():
        answer = BOOK.answer(answer_id)
        assert answer.caveat
        if caveat.say and not answer.spoken.endswith("?"):
            assert caveat.say in answer_reply(answer).text
            assert caveat.say in answer_reply(answer, "eye").text


def test_flags_that_a_caveat_or_closing_question_names_exist() -> None:
    """What a yes means has to lead somewhere."""
    flags = set(load_red_flags().flags)
    for answer in BOOK.answers.values():
        reply = answer_reply(answer)
        assert set(reply.ask) | set(reply.covers) <= flags


def test_a_yes_to_an_answers_own_question_means_its_flags() -> None:
    """"Has anything like that changed?" is a screening question in disguise."""
    assert "bowel_incontinence" in answer_reply(BOOK.answer("ask_incontinence_back_pain")).covers
    assert answer_reply(BOOK.answer("ask_is_it_serious")).offer == "screening"


def test_the_soon_advice_is_one_sentence() -> None:
    """rules: followed by that flag's advice in one sentence."""
    reply = answer_reply(BOOK.answer("ask_emg"), soon_advice="See a doctor soon. Also rest.")
    assert reply.text.endswith("See a doctor soon.") and "Also rest" not in reply.text


def test_more_is_the_long_text_and_the_eye_gets_it_at_once() -> None:
    """"Tell me more" = text."""
    answer = BOOK.answer("ask_walking")
    assert BOOK.long_spoken[answer.id] in answer_reply(answer, more=True).text
    assert answer.text in answer_reply(answer, "eye").text
    assert answer.spoken in answer_reply(answer).text


def test_spoken_answers_keep_to_sixty_words_and_the_rest_stays_short() -> None:
    """Caveat and offer add at most 25 words."""
    for answer in BOOK.answers.values():
        assert len(answer.spoken.split()) <= MAX_SPOKEN_WORDS
        assert len(answer_reply(answer).text.split()) <= MAX_SPOKEN_WORDS + 25, answer.id


def test_is_it_serious_is_never_answered_while_a_flag_is_in_force() -> None:
    """No reassurance after a flag."""
    assert not allowed_with_flag(BOOK.answer("ask_is_it_serious"))
    assert not allowed_with_flag(BOOK.answer("ask_mri_spasm"))
    assert allowed_with_flag(BOOK.answer("ask_walking"))


def test_an_unknown_answer_is_an_error() -> None:
    """Never a guess."""
    with pytest.raises(UnknownReference, match="no answer 'ask_nonsense'"):
        BOOK.answer("ask_nonsense")
    assert BOOK.family_of("ask_emg") == "ask_diagnosis"


@pytest.mark.parametrize(
    "said",
    [
        "how many ibuprofen can i take for my back", "come on just give me a number", "400 mg",
        "what dose of paracetamol", "can i take more", "can i take another one", "how often can i take tylenol",
        "is it ok to take two codeine", "how much magnesium should i take", "can i double my painkillers",
        "what's the maximum paracetamol a day", "how many hours between ibuprofen", "how many should i take",
        "when can i take the next tablet", "just tell me a number", "can i have two valium",
    ],
)  # fmt: skip
def test_an_amount_of_medicine_is_never_given(said: str) -> None:
    """Refused, with a pointer to the label, a pharmacist or a doctor, and without a number."""
    assert is_dose_question(said)
    for turn in range(3):
        for again in (False, True):
            told = refusal_text("refuse_dose", said, turn, again=again)
            assert any(w in told for w in ("pharmacist", "doctor", "label"))
            assert not any(c.isdigit() for c in told)


@pytest.mark.parametrize(
    "said",
    [
        "give me a number to call", "how much water should i drink", "how long should i hold it",
        "how many stretches", "how many times a day should i stretch", "can i take ibuprofen",
        "i took two paracetamol an hour ago", "does ibuprofen help more than paracetamol",
        "how often should i ice it", "can i have another heat pack", "how long does it take to heal",
        "how many reps", "two more please", "give me another one",
    ],
)  # fmt: skip
def test_other_numbers_are_not_doses(said: str) -> None:
    """Water, exercise, time, telephone."""
    assert not is_dose_question(said)


@pytest.mark.parametrize(
    "said",
    [
        "what about my wife's diazepam", "can i borrow my mum's codeine", "my friend gave me her muscle relaxants",
        "my husband has some tramadol left can i use it", "someone else's tablets", "a mate's painkillers",
        "my friend has muscle relaxants can i have one",
    ],
)  # fmt: skip
def test_somebody_elses_medicine_is_warned_about(said: str) -> None:
    """The refusal says not to take it."""
    assert is_someone_elses_medicine(said) and refusal_of(said) == "refuse_dose"
    assert "someone else's" in refusal_text("refuse_dose", said)


def test_being_told_of_a_medicine_is_not_taking_theirs() -> None:
    """A husband may have opinions."""
    for said in ("my husband says ibuprofen helps", "my doctor gave me tablets", "my wife's back is fine"):
        assert not is_someone_elses_medicine(said), said


@pytest.mark.parametrize(
    "said",
    ["what's wrong with me", "do i have a slipped disc", "have i slipped a disc", "what have i done to my back",
     "diagnose me", "tell me what i have", "what is causing my pain"],
)  # fmt: skip
def test_a_diagnosis_is_refused_with_who_can_give_it(said: str) -> None:
    """Never what it is; a doctor or a physio."""
    assert is_diagnosis_question(said)
    told = refusal_text("refuse_diagnosis", said)
    assert "doctor" in told or "physio" in told


@pytest.mark.parametrize(
    "said",
    ["is it serious", "is this dangerous", "should i be worried", "am i going to be ok", "how bad is this",
     "tell me it's nothing serious"],
)  # fmt: skip
def test_how_serious_is_left_to_the_safety_questions(said: str) -> None:
    """Neither yes nor no."""
    assert is_seriousness_question(said)
    assert "safety questions" in refusal_text("refuse_seriousness", said)


def test_guards_leave_the_answers_own_questions_to_their_answers() -> None:
    """All 98 stay reachable by their own phrasings; the few that are refused are refused rightly."""
    refused = {
        question: refusal_of(question)
        for answer in BOOK.answers.values()
        for question in answer.questions
        if refusal_of(question) and answer.id != "ask_is_it_serious"
    }
    assert refused == {
        "how much magnesium should i take": "refuse_dose",
        "can i double my painkillers": "refuse_dose",
        "my friend has muscle relaxants can i have one": "refuse_dose",
        "can you diagnose me": "refuse_diagnosis",
        "my foot went to sleep is that serious": "refuse_seriousness",
    }


def test_no_refusal_reassures() -> None:
    """Never "you're fine", "it's just", "nothing serious"."""
    for kind in ("refuse_dose", "refuse_diagnosis", "refuse_seriousness"):
        for turn in range(3):
            told = refusal_text(kind, "is it serious", turn).lower()
            assert not any(w in told for w in ("fine", "just a", "nothing", "don't worry"))


@pytest.mark.parametrize("said", ["but how many", "just a ballpark", "at least tell me if it's two or three", "what do people normally take"])
def test_asking_again_for_an_amount_needs_no_medicine_named(said: str) -> None:
    assert insists_on_amount(said)


@pytest.mark.parametrize("said", ["how many stretches are there", "what number do i call", "fine forget it", "give me a stretch"])
def test_other_things_said_after_a_refusal_are_not_about_amounts(said: str) -> None:
    assert not insists_on_amount(said)

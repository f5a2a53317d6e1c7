"""How spoken answers to the safety questions are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rasa_project.care.errors import ContentError
from rasa_project.care.flags import load_red_flags
from rasa_project.care.screening import Prompt, read_answer, read_denials, read_free_answer
from rasa_project.care.screening.cues import load_lexicon, spell_out
from rasa_project.care.screening.hearing import hear
from rasa_project.care.screening.questions import load_screening

HERE = Path(__file__).parent
CONTENT = load_red_flags()
SCREENING = load_screening(CONTENT.folder)
UNDERSTOOD_AT_LEAST = 0.95
"""Share of answers read as labelled; a yes read as a no is never allowed."""


def load(name: str) -> list[dict[str, Any]]:
    """Return the entries of an answer file beside this test."""
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def kind_of(node_id: str, said: str, intent: str | None = None) -> str:
    """Read `said` as the answer to a question."""
    node = SCREENING.node(node_id)
    prompt = Prompt(node.id, SCREENING.texts[node.id], node.group, tuple(node.covers))
    return read_answer(said, intent, prompt, None, CONTENT).kind


@pytest.mark.parametrize("entry", load("screening_answers.yml"), ids=lambda e: f"{e['to']}-{e['kind']}")
def test_answers_are_read_as_they_are_meant(entry: dict[str, Any]):
    kinds = {said: kind_of(entry["to"], said) for said in entry["said"]}
    wrong = {said: kind for said, kind in kinds.items() if kind != entry["kind"]}
    assert not wrong


@pytest.mark.parametrize("entry", load("screening_answers_never_no.yml"), ids=lambda e: e["to"])
@pytest.mark.parametrize("intent", [None, "deny"])
def test_a_no_word_inside_a_yes_or_unclear_answer_never_makes_it_a_no(entry: dict[str, Any], intent: str | None):
    assert [said for said in entry["said"] if kind_of(entry["to"], said, intent) == "no"] == []


def test_answers_that_the_reader_was_not_made_with_are_mostly_understood():
    entries = load("screening_answers_second.yml")
    results = [
        (e["means"], read_free_answer("", e["flag"], e["answer"], None, CONTENT), e["answer"]) for e in entries
    ]
    assert [r for r in results if r[0] != "no" and r[1] == "no"] == []
    assert sum(r[0] == r[1] for r in results) / len(results) >= UNDERSTOOD_AT_LEAST - 0.02


@pytest.mark.parametrize("intent", ["deny", "affirm", "unsure", "stop", "ask_walking", "out_of_scope"])
def test_a_wrong_intent_does_not_change_what_words_say(intent: str):
    assert kind_of("Q2_saddle", "no nothing like that", intent) == "no"
    assert kind_of("Q2_saddle", "yeah it's numb", intent) == "yes"


def test_an_intent_alone_never_makes_a_no():
    assert kind_of("Q2_saddle", "blue", "deny") == "unclear"
    assert kind_of("Q2_saddle", "righto", "affirm") == "yes"


def test_a_command_beside_an_answer_does_not_hide_it():
    node = SCREENING.node("Q1_life_threat")
    prompt = Prompt(node.id, "", node.group, tuple(node.covers))
    reading = read_answer("no stop it's fine", "stop", prompt, None, CONTENT)
    assert (reading.kind, reading.command) == ("no", "stop")


def test_denials_up_front_deny_only_what_was_said():
    denied = read_denials("no bladder trouble and my legs are fine", CONTENT)
    assert {"peeing", "leaking", "leg_weak_said", "leg_numb", "leg_pain"} <= denied
    assert not denied & {"bowels", "saddle", "fever", "chest"}


def test_a_list_of_denials_is_about_the_question_that_most_of_it_names():
    fully = {"fever", "weight_loss", "burning_pee", "blood_in_pee"}
    assert fully <= read_denials("no fever no weight loss no burning and no blood when i pee", CONTENT)
    assert "burning_pee" not in read_denials("no burning in my leg", CONTENT)
    assert "blood_in_pee" not in read_denials("no fever no weight loss but there's blood", CONTENT)


@pytest.mark.parametrize("said", ["no numbness", "my legs are not fine", "leg pain", "is my bladder fine"])
def test_what_is_not_clearly_denied_up_front_is_not_denied(said: str):
    assert not read_denials(said, CONTENT) & {"saddle", "leg_numb", "bowels"}


@pytest.mark.parametrize(
    ("question", "answer", "means"),
    [
        ("You can feel everything down there, no numbness?", "correct", "no"),
        ("Are your bowels working normally?", "yes they are", "no"),
        ("Are your bowels working normally?", "no", "unclear"),
        ("Any numbness down there?", "correct", "yes"),
    ],
)
def test_a_yes_to_a_question_whether_all_is_well_means_no_flag(question: str, answer: str, means: str):
    assert read_free_answer(question, "saddle_numbness", answer, None, CONTENT) == means


def test_a_no_to_is_it_safe_to_talk_means_the_flag():
    question = CONTENT.flag("unsafe_at_home").confirm
    assert read_free_answer(question, "unsafe_at_home", "no", None, CONTENT) == "yes"
    assert read_free_answer(question, "unsafe_at_home", "yes", None, CONTENT) == "no"


def test_the_cues_are_written_in_the_form_in_which_answers_are_heard():
    cues = load_lexicon(CONTENT.folder).cues
    lists = [cues.yes, cues.no, cues.hedged_no, cues.unsure, cues.fine, cues.negative_symptoms, cues.refusal]
    for pattern in (pattern for patterns in lists for pattern in patterns):
        for sentence in spell_out(pattern):
            if " 's" in sentence:
                continue  # the possessive stands apart in the heard form only
            assert " ".join(word.text for word in hear(sentence)) == " ".join(sentence.split()), pattern


def test_the_examples_of_the_answer_rules_are_read_by_their_rule():
    rules = CONTENT.answer_rules
    for name in ("hedged_no", "partial", "long_standing"):
        for phrase in getattr(rules, name).phrases:
            if phrase.endswith(" but"):
                continue  # only its beginning; what follows decides
            assert kind_of("Q3_bladder_bowel", phrase) == name, phrase
    for phrase in rules.pain_limited.phrases:
        assert kind_of("Q1_life_threat", phrase) == "pain_limited", phrase
    for phrase in rules.not_sure.phrases:
        assert kind_of("Q1_life_threat", phrase) == "unsure", phrase


def test_no_sentence_that_names_a_flag_is_a_no_to_any_question_that_covers_it():
    read_as_no = [
        (question.group, said)
        for question in CONTENT.screening_order.questions
        for flag_id in question.covers
        for said in CONTENT.flag(flag_id).say
        if kind_of(question.group, said, "deny") == "no"
    ]
    assert read_as_no == []


@pytest.mark.parametrize(
    "said, kind",
    [("five", "unclear"), ("about a four", "unclear"), ("i'm nine", "yes"), ("nine years old", "yes"), ("twelve", "yes"), ("forty", "partial_denial")],
)
def test_a_bare_small_number_is_no_age(said, kind):
    """Somebody who gives a pain score early is no child of five; a child says so."""
    assert kind_of("Q9_about_you", said) == kind


PARTS_BY_QUESTION = {
    "Q1_life_threat": ("my legs are fine", "bladder's fine", "my head is fine"),
    "Q2_saddle": ("my legs are fine", "breathing is fine", "my bowels are fine", "my back feels good"),
    "Q3_bladder_bowel": ("legs are fine", "my knees are fine", "my chest is fine", "groin feels normal"),
    "Q4_legs": ("my bladder is fine", "my arms are fine", "breathing's normal", "down there is fine"),
    "Q5_injury_bones": ("my legs are fine", "my weight is fine"),
    "Q6_illness": ("my legs are fine", "weight is fine", "my back is fine"),
    "Q7_history": ("my tummy is fine", "legs are good"),
    "Q8_pain_pattern": ("my legs are fine", "my feet are fine"),
    "Q9_about_you": ("my legs are fine", "my eyes are fine"),
}


@pytest.mark.parametrize(("question", "said"), [(q, s) for q, lines in PARTS_BY_QUESTION.items() for s in lines])
def test_that_something_else_is_fine_is_no_no(question: str, said: str):
    """"My legs are fine" says nothing of the bladder."""
    assert kind_of(question, said, "deny") not in ("no", "yes")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Q2_saddle", "it all feels fine down there"),
        ("Q3_bladder_bowel", "the toilet is fine"),
        ("Q4_legs", "my legs are fine"),
        ("Q4_legs", "both legs feel strong"),
        ("Q1_life_threat", "all fine"),
        ("Q6_illness", "everything's good thanks"),
    ],
)
def test_that_what_was_asked_about_is_fine_is_a_no(question: str, said: str):
    assert kind_of(question, said, "deny") == "no"


def test_parts_that_are_fine_for_a_question_that_is_not_there_are_refused(tmp_path: Path):
    """Such parts would answer no question, and nobody would notice."""
    for file in CONTENT.folder.glob("*.yml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    cues = tmp_path / "answer_cues.yml"
    cues.write_text(cues.read_text(encoding="utf-8").replace("  Q4_legs: [leg", "  Q4_leg: [leg"), encoding="utf-8")
    with pytest.raises(ContentError, match=r"answer_cues\.yml: `fine_parts` names 'Q4_leg'.*Correct"):
        load_screening(tmp_path)

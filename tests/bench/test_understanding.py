"""Everybody learns the same and is asked the same, and answers are counted right."""

from __future__ import annotations

import pytest
import yaml

from bench.understanding.contestants import DIET_EPOCHS, default_config, rasa_examples
from bench.understanding.scores import Heard, score
from bench.understanding.sentences import RED_FLAG, Asked, Sentence, asked, learnt


def test_nobody_is_asked_what_was_learnt() -> None:
    questions = asked()
    known = {sentence.text for sentence in learnt()}
    assert len(questions) > 1000 and len(known) > 10_000
    assert [question.text for question in questions if question.text in known] == []


def test_the_content_s_reports_are_learnt_as_an_intent() -> None:
    assert sum(sentence.intent == RED_FLAG for sentence in learnt()) > 200


def test_look_alikes_with_a_milder_answer_are_not_counted() -> None:
    groups = {group: [q for q in asked() if q.group == group] for group in ("red_flags", "look_alikes")}
    assert all(q.intent == RED_FLAG for q in groups["red_flags"]) and len(groups["look_alikes"]) > 200


def test_the_file_for_rasa_holds_every_sentence_under_its_intent() -> None:
    written = yaml.safe_load(rasa_examples([Sentence("heat: or ice?", "a"), Sentence("it's ö", "b")]))
    found = {n["intent"]: n["examples"] for n in written["nlu"]}
    assert found == {"a": "- heat: or ice?\n", "b": "- it's ö\n"}


def test_rasa_s_default_is_taken_as_it_is_but_for_the_epochs() -> None:
    config = default_config()
    diet = [c for c in config["pipeline"] if c["name"] == "DIETClassifier"]
    assert [c["epochs"] for c in diet] == [DIET_EPOCHS] and "policies" not in config
    assert {c["name"] for c in config["pipeline"]} >= {"CountVectorsFeaturizer", "FallbackClassifier"}


def test_scores_count_each_group_by_itself() -> None:
    questions = [
        Asked("a", "ask_walking", "intents"),
        Asked("b", "ask_walking", "intents"),
        Asked("c", "out_of_scope", "intents"),
        Asked("d", "out_of_scope", "intents"),
        Asked("e", RED_FLAG, "red_flags"),
        Asked("f", RED_FLAG, "red_flags"),
        Asked("g", "", "look_alikes"),
        Asked("h", "", "look_alikes"),
    ]
    said = ["ask_walking", "nlu_fallback", "nlu_fallback", "greet", RED_FLAG, "greet", RED_FLAG, "thank"]
    found = score(questions, [Heard(intent, float(ms)) for ms, intent in enumerate(said, start=1)])
    halves = ("in_scope", "out_of_scope", "refused", "red_flags", "look_alikes")
    assert {key: found[key]["share"] for key in halves} == dict.fromkeys(halves, 0.5)
    assert (found["p50_ms"], found["p95_ms"]) == (5.0, 8.0)
    with pytest.raises(ValueError, match="answered"):
        score(questions, [])

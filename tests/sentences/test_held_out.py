"""Every held-out sentence against all intents: the bars that the understanding must keep."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from rasa_project.evaluation.__main__ import parse_all
from rasa_project.evaluation.held_out import HEARD
from rasa_project.evaluation.intents import OUT_OF_SCOPE, Parsed, score_intents
from rasa_project.evaluation.lines import IntentLine
from rasa_project.nlu.heard_pairs import heard_pairs
from rasa_project.nlu.noisy_channel import NoisyChannel

FOLDER = Path(__file__).resolve().parent
LEAST_RIGHT = 0.85
LEAST_HEARD = 0.75
LEAST_GAINED = 0.003
LEAST_OF_AN_INTENT = 0.5
LEAST_OUT_OF_SCOPE = 0.8
MOST_REFUSED = 0.06
LEAST_ANSWERS = 0.93
LEAST_ANSWERS_END_TO_END = 0.85


def documents() -> dict[str, dict]:
    """The held-out files by name, the rounds of an intent in one."""
    found: dict[str, dict] = {}
    for path in sorted(FOLDER.rglob("*.yml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        known = found.setdefault(path.stem, {**document, "sentences": []})
        known["sentences"] += document.get("sentences") or []
    return found


@pytest.fixture(scope="module")
def parsed(loaded_skill, event_loop_of_tests) -> list[Parsed]:
    """What the trained model makes of every held-out sentence."""
    lines = [
        IntentLine(text, document["intent"])
        for document in documents().values()
        if "intent" in document
        for text in document["sentences"]
    ]
    return event_loop_of_tests.run_until_complete(parse_all(loaded_skill, lines))


@pytest.fixture(scope="module")
def parsed_as_heard(loaded_skill, event_loop_of_tests) -> list[Parsed]:
    """What it makes of those that were said aloud, as a recogniser wrote them down."""
    aloud = dict(heard_pairs(HEARD))
    lines = [
        IntentLine(aloud[text], document["intent"])
        for document in documents().values()
        if "intent" in document
        for text in document["sentences"]
        if text in aloud
    ]
    return event_loop_of_tests.run_until_complete(parse_all(loaded_skill, lines))


@pytest.fixture(scope="module")
def answered(loaded_skill, event_loop_of_tests) -> list[tuple[str, str, dict]]:
    """(answer, sentence, parse result) of every held-out question."""
    parse = loaded_skill.agent.parse_message
    return [
        (answer, text, event_loop_of_tests.run_until_complete(parse(text)))
        for answer, texts in documents()["answers"]["answers"].items()
        for text in texts
    ]


def test_most_sentences_are_understood(parsed):
    """The share over all intents in scope, and which intents won wrongly."""
    scores = score_intents(parsed)
    winners = Counter({(a, b): n for a, b, n in scores.confusions})
    assert scores.lenient.value >= LEAST_RIGHT, winners.most_common(20)


def test_most_sentences_are_understood_as_a_recogniser_heard_them(parsed_as_heard):
    """Words that sound alike, cut elsewhere, made up by a small recogniser."""
    scores = score_intents(parsed_as_heard)
    wrong = [(p.line.text, p.line.intent, p.intent) for p in parsed_as_heard if p.counts_as != p.line.intent]
    assert scores.lenient.value >= LEAST_HEARD, wrong
    assert scores.out_of_scope.value >= LEAST_OUT_OF_SCOPE, wrong


def test_reading_again_what_was_probably_said_earns_its_place(
    parsed_as_heard, loaded_skill, event_loop_of_tests, monkeypatch
):
    """Without it more than one sentence in two hundred of those heard is lost."""
    monkeypatch.setattr(NoisyChannel, "meant", lambda self, text: text)
    lines = [p.line for p in parsed_as_heard]
    without = event_loop_of_tests.run_until_complete(parse_all(loaded_skill, lines))
    gained = score_intents(parsed_as_heard).lenient.value - score_intents(without).lenient.value
    assert gained >= LEAST_GAINED


@pytest.mark.parametrize("intent", sorted(set(documents()) - {"answers", OUT_OF_SCOPE}))
def test_an_intent_is_understood(parsed, intent):
    """No intent may be lost behind a good average."""
    own = [p for p in parsed if p.line.intent == intent]
    wrong = [(p.line.text, p.intent) for p in own if p.counts_as != intent]
    assert len(wrong) <= (1 - LEAST_OF_AN_INTENT) * len(own), wrong


def test_what_is_none_of_its_business_is_recognised(parsed):
    """Music, weather, other people's knees."""
    scores = score_intents(parsed)
    missed = [
        (p.line.text, p.intent)
        for p in parsed
        if p.line.intent == OUT_OF_SCOPE and p.counts_as != OUT_OF_SCOPE
    ]
    assert scores.out_of_scope.value >= LEAST_OUT_OF_SCOPE, missed


def test_few_good_sentences_are_refused(parsed):
    """Being sent away with a fair question is worse than a second guess."""
    scores = score_intents(parsed)
    assert scores.wrongly_refused.value <= MOST_REFUSED, str(scores.wrongly_refused)


def test_a_family_answers_with_the_right_entry(answered):
    """Where the intent is right, so is the answer."""
    families = {
        answer: path_intent
        for path_intent, answers in _families().items()
        for answer in answers
    }
    right_family = [
        (answer, text, result)
        for answer, text, result in answered
        if result["intent"]["name"] == families[answer]
    ]
    wrong = [
        (answer, result["answer"]["id"], text)
        for answer, text, result in right_family
        if result["answer"]["id"] != answer
    ]
    assert 1 - len(wrong) / len(right_family) >= LEAST_ANSWERS, wrong


def test_a_question_gets_the_right_entry(answered):
    """Intent and answer together, as the user sees it."""
    wrong = [
        (answer, result["intent"]["name"], result["answer"]["id"], text)
        for answer, text, result in answered
        if result["answer"]["id"] != answer
    ]
    assert 1 - len(wrong) / len(answered) >= LEAST_ANSWERS_END_TO_END, wrong


def _families() -> dict[str, list[str]]:
    from rasa_project.care.loading import CONTENT_DIR

    path = CONTENT_DIR / "answer_families.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["families"]

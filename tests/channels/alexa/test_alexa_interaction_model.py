"""The interaction model is current, of Amazon's shape, and keeps the rules its build checks.

Amazon builds a model only in its cloud. The shape is checked by Amazon's own classes; the
rules are those of its pages on interaction models, each a test.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from ask_sdk_core.serialize import DefaultSerializer
from ask_smapi_model.v1.skill.interaction_model.interaction_model_data import InteractionModelData
from rasa_project.care.loading import CONTENT_DIR, read_yaml
from rasa_project.channels.alexa.interaction_model import INVOCATION_NAME, LOCALES, files, model
from rasa_project.channels.alexa.utterances import slots_in

REQUIRED = {"Help", "Stop", "Cancel", "Fallback", "NavigateHome"}
BUILT_IN_INTENTS = REQUIRED | {"Yes", "No", "Next", "Previous", "Repeat", "StartOver", "Pause", "Resume"}
BUILT_IN_TYPES = {"AMAZON.SearchQuery", "AMAZON.NUMBER"}
FREE = "AMAZON.SearchQuery"
WAKE_WORDS = {"alexa", "amazon", "echo", "computer", "skill", "app", "ziggy"}
LAUNCH_WORDS = {"launch", "ask", "tell", "load", "begin", "enable", "open", "start", "run", "use"}
CONNECTING_WORDS = {"to", "from", "by", "if", "and", "whether", "in", "using", "about", "for", "with", "the", "a", "an"}
MOST_BYTES = 1_500_000
MOST_INTENTS = 250

FILES = files()
LANGUAGE = model()["interactionModel"]["languageModel"]
INTENTS: list[dict[str, Any]] = LANGUAGE["intents"]
TYPES: list[dict[str, Any]] = LANGUAGE["types"]
OWN = [intent for intent in INTENTS if not intent["name"].startswith("AMAZON.")]


def values_of(name: str) -> list[str]:
    return [v["name"]["value"] for t in TYPES if t["name"] == name for v in t["values"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_committed_model_is_what_the_data_give(path: Any) -> None:
    current = path.is_file() and path.read_text(encoding="utf-8") == FILES[path]
    assert current, f"{path.name} is not what the data give: run make alexa-model"


def test_there_is_a_model_for_every_locale() -> None:
    assert {path.stem for path in FILES} == {"en-US", "en-GB", "en-CA", "en-AU", "en-IN"} == set(LOCALES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_amazons_own_classes_read_it_whole(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    serializer = DefaultSerializer()
    read = serializer.deserialize(text, InteractionModelData)
    assert isinstance(read, InteractionModelData)

    def without_empty(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: without_empty(v) for k, v in value.items() if v not in (None, [])}
        return [without_empty(v) for v in value] if isinstance(value, list) else value

    # What the classes do not know would be missing when written again.
    assert without_empty(serializer.serialize(read)) == without_empty(json.loads(text))


def test_it_is_within_amazons_sizes() -> None:
    text = next(iter(FILES.values()))
    assert len(text.encode()) < MOST_BYTES
    assert len(INTENTS) <= MOST_INTENTS
    samples = [s for i in INTENTS for s in i["samples"]]
    assert max(map(len, samples)) <= 140
    assert all(len(value) <= 140 for t in TYPES for value in values_of(t["name"]))
    assert all(len(i["name"]) <= 100 for i in INTENTS)


def test_the_invocation_name_keeps_the_rules() -> None:
    words = INVOCATION_NAME.split()
    assert 2 <= len(INVOCATION_NAME) <= 50 and len(words) >= 2
    assert re.fullmatch(r"[a-z][a-z' .]*", INVOCATION_NAME)
    assert not set(words) & (WAKE_WORDS | LAUNCH_WORDS)
    if len(words) == 2:
        assert not set(words) & CONNECTING_WORDS


def test_required_built_in_intents_are_there_and_only_known_ones() -> None:
    built_in = {i["name"] for i in INTENTS if i["name"].startswith("AMAZON.")}
    assert built_in == {f"AMAZON.{name}Intent" for name in BUILT_IN_INTENTS}


def test_names_are_legal_and_single() -> None:
    names = [i["name"] for i in INTENTS]
    assert max(Counter(names).values()) == 1
    assert all(re.fullmatch(r"[A-Za-z_]+", i["name"]) for i in OWN)
    assert all(re.fullmatch(r"[A-Za-z_]+", t["name"]) for t in TYPES)
    assert not {t["name"] for t in TYPES} & {i["name"] for i in INTENTS}


def test_every_slot_is_declared_once_and_its_type_exists() -> None:
    own = {t["name"] for t in TYPES}
    for intent in OWN:
        declared = {slot["name"]: slot["type"] for slot in intent["slots"]}
        assert len(declared) == len(intent["slots"])
        assert set(declared.values()) <= own | BUILT_IN_TYPES
        assert {slot for s in intent["samples"] for slot in slots_in(s)} == set(declared)
        for sample in intent["samples"]:
            # A sample without one of the slots could not be put into words again.
            assert sorted(slots_in(sample)) == sorted(declared), sample


def test_a_free_slot_stands_alone_behind_a_carrier_phrase() -> None:
    for intent in OWN:
        free = [slot["name"] for slot in intent["slots"] if slot["type"] == FREE]
        if not free:
            continue
        assert len(intent["slots"]) == 1, intent["name"]
        for sample in intent["samples"]:
            assert re.fullmatch(r"[a-z' ]+ \{query\}", sample), sample
            assert len(sample.split("{")[0].strip()) >= 1


def test_samples_and_values_have_legal_characters() -> None:
    for intent in OWN:
        for sample in intent["samples"]:
            assert re.fullmatch(r"(\{[a-z]+\}|[a-z'.-]+)( (\{[a-z]+\}|[a-z'.-]+))*", sample), sample
    for kind in TYPES:
        for value in values_of(kind["name"]):
            assert re.fullmatch(r"[a-z'.-]+( [a-z'.-]+)*", value), value


def test_no_sample_belongs_to_two_intents() -> None:
    typed = Counter(
        re.sub(r"\{(\w+)\}", lambda m: str({s["name"]: s["type"] for s in i["slots"]}[m[1]]), s)
        for i in OWN
        for s in i["samples"]
    )
    assert [s for s, times in typed.items() if times > 1] == []


def test_no_value_stands_twice_or_is_a_sentence_of_its_own_intent() -> None:
    everything = Counter(v for t in TYPES for v in values_of(t["name"]))
    assert [v for v, times in everything.items() if times > 1] == []
    assert not {"yes", "no", "stop", "cancel", "help", "pause", "next", "repeat"} & set(everything)


def test_the_sentences_are_several_hundred_and_name_every_red_flag() -> None:
    sayings = values_of("UNKNOT_SAYING")
    assert 500 <= len(sayings) <= 2500
    assert all(1 <= len(s.split()) <= 10 for s in sayings)
    known = set(sayings)
    for flag in read_yaml(CONTENT_DIR / "red_flags.yml")["flags"]:
        lines = [line.lower() for line in flag["say"]]
        assert sum(line in known for line in lines) >= min(5, len(lines)) * 0.6, flag["id"]


def test_the_same_data_give_the_same_model() -> None:
    assert json.dumps(model()) == json.dumps(model())

"""Data is read quicker than by Rasa alone, with the same result and the same errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rasa.shared.utils.validation as validation
from rasa.shared.constants import DOMAIN_SCHEMA_FILE
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import YamlException
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data import training_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_project import lean_reading
from rasa_project.settings import PROJECT

SCHEMA = "shared/nlu/training_data/schemas/nlu.yml"
BROKEN = {
    "an unknown key": 'version: "3.1"\nnlu:\n- intent: greet\n  exmples: |\n    - hello\n',
    "a list where words belong": 'version: "3.1"\nnlu:\n- intent: greet\n  examples:\n    - [hello]\n',
    "no YAML": 'version: "3.1"\nnlu: [\n',
    "a key twice": 'version: "3.1"\nnlu: []\nnlu: []\n',
}


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is left for the tests after."""
    monkeypatch.setattr(validation, "validate_yaml_schema", validation.validate_yaml_schema)
    monkeypatch.setattr(Message, "__hash__", Message.__hash__)
    monkeypatch.setattr(training_data, "copy", training_data.copy)
    lean_reading.install()


def error_of(validate: Any, content: str) -> str:
    with pytest.raises(YamlException) as raised:
        validate(content, SCHEMA)
    return str(raised.value)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_as_rasa_says_it_with_its_line(name: str) -> None:
    ours = error_of(validation.validate_yaml_schema, BROKEN[name])
    assert ours == error_of(lean_reading._validate_with_lines, BROKEN[name])


def test_the_slow_parser_is_left_alone_where_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    slow: list[str] = []
    monkeypatch.setattr(lean_reading, "_validate_with_lines", lambda content, *_: slow.append(content))
    Domain.load(str(PROJECT / "domain"))
    validation.validate_yaml_schema(Path(PROJECT / "domain" / "forms.yml").read_text(), DOMAIN_SCHEMA_FILE)
    assert not slow


def test_the_same_examples_are_read_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(next((PROJECT / "data" / "nlu").rglob("*.yml")))
    quick = [message.as_dict() for message in load_data(file).training_examples]
    monkeypatch.undo()
    assert quick == [message.as_dict() for message in load_data(file).training_examples]


def test_an_example_that_is_there_twice_counts_once_and_two_that_differ_count_both() -> None:
    twice = [Message.build("hello", "greet"), Message.build("hello", "greet"), Message.build("hello", "goodbye")]
    kept = TrainingData(training_examples=twice).training_examples
    assert [message.get("intent") for message in kept] == ["greet", "goodbye"]


def test_data_put_together_is_the_same_and_leaves_its_parts_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def together() -> tuple[dict, TrainingData, TrainingData]:
        one = TrainingData([Message.build("hello", "greet")], {"back": "spine"}, responses={"utter_a": [{"text": "a"}]})
        other = TrainingData([Message.build("bye", "goodbye")], {"loin": "spine"}, responses={"utter_b": [{"text": "b"}]})
        merged = one.merge(other)
        merged.training_examples.append(Message.build("stop", "stop"))
        told = [m.as_dict() for m in merged.training_examples], merged.entity_synonyms, merged.responses
        return told, one, other

    quick, one, other = together()
    assert (len(one.training_examples), len(other.training_examples)) == (1, 1)
    assert (one.entity_synonyms, list(one.responses)) == ({"back": "spine"}, ["utter_a"])
    monkeypatch.undo()
    assert together()[0] == quick

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rasa_project.care.errors import SettingError
from rasa_project.settings import (
    PREFIX,
    PROJECT,
    SETTINGS,
    env_example,
    load_env_file,
    read_settings,
)


def test_without_any_variable_every_default_can_be_read() -> None:
    in_force = read_settings({})
    assert (in_force.country, in_force.api_token, in_force.bind) == ("US", None, "127.0.0.1")
    assert in_force.rasa_port == 5005 and in_force.action_port == 5055


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"SKILL_COUNTRY": " "}).country == "US"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SKILL_COUNTRY", "England"),
        ("SKILL_RASA_PORT", "http"),
        ("SKILL_ACTION_PORT", "70000"),
        ("SKILL_BIND", "127.0.0.1; rm"),
        ("SKILL_LOG_LEVEL", "LOUD"),
        ("SKILL_LEAN_IMPORT", "yes"),
        ("SKILL_WALK_STATES", "0"),
        ("SKILL_ACTION_PROCESSES", "0"),
        ("SKILL_ACTION_URLS", "actions:5055"),
        ("SKILL_ACTION_URLS", "http://actions:5055/webhook,http://other:99999/webhook"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({name: value})
    assert name in str(raised.value) and value in str(raised.value)
    allowed = next(setting.allowed for setting in SETTINGS if setting.variable == name)
    assert allowed in str(raised.value)


def test_a_wrong_token_is_not_repeated_in_the_error() -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({"SKILL_API_TOKEN": "my secret"})
    assert "secret" not in str(raised.value).replace("a secret without spaces", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SKILL_TRACKER_URL", "mysql://u:hidden@host/db"),
        ("SKILL_TRACKER_URL", "postgresql://u:hidden@host"),
        ("SKILL_TRACKER_URL", "postgresql://u:hidden@/db"),
        ("SKILL_TRACKER_URL", "sqlite:///"),
        ("SKILL_TRACKER_KEY", "hidden"),
        ("SKILL_TRACKER_KEY", "hidden" + 37 * "A" + "=,"),
        ("SKILL_TRACKER_KEY", "hidden" + 37 * "+" + "="),
        ("SKILL_LOCK_URL", "http://:hidden@host:6379/0"),
        ("SKILL_LOCK_URL", "redis://:hidden@host:99999/0"),
        ("SKILL_EVENTS_URL", "kafka://u:hidden@host"),
        ("SKILL_EVENTS_URL", "amqp://"),
    ],
)
def test_a_wrong_address_is_named_without_its_password(name: str, value: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({name: value})
    said = str(raised.value)
    allowed = next(setting.allowed for setting in SETTINGS if setting.variable == name)
    assert name in said and allowed in said and "hidden" not in said


def test_addresses_of_servers_are_taken_as_they_are() -> None:
    given = {
        "SKILL_TRACKER_URL": "postgresql://unknot:p%40ss@db:5432/unknot",
        "SKILL_LOCK_URL": "redis://:secret@redis:6379/0",
        "SKILL_EVENTS_URL": "amqps://user:secret@rabbit/",
    }
    in_force = read_settings({**given, "SKILL_ACTION_URLS": "http://a:1/webhook, http://b:2/webhook"})
    assert in_force.tracker_url == given["SKILL_TRACKER_URL"]
    assert in_force.lock_url == given["SKILL_LOCK_URL"]
    assert in_force.events_url == given["SKILL_EVENTS_URL"]
    assert in_force.action_urls == ("http://a:1/webhook", "http://b:2/webhook")
    assert read_settings({"SKILL_TRACKER_URL": "sqlite:///talks.db"}).tracker_url == "sqlite:///talks.db"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SKILL_LOCK_URL": "redis://redis/0"}, "SKILL_TRACKER_URL"),
        ({"SKILL_TRACKER_KEY": 43 * "A" + "="}, "SKILL_TRACKER_URL"),
        (
            {
                "SKILL_EVENTS_WORDS": "1",
                "SKILL_TRACKER_KEY": 43 * "A" + "=",
                "SKILL_TRACKER_URL": "sqlite:///talks.db",
            },
            "SKILL_TRACKER_KEY",
        ),
        (
            {"SKILL_ACTION_URLS": "http://a:1/webhook", "SKILL_ACTION_PROCESSES": "2"},
            "SKILL_ACTION_PROCESSES",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_named_with_the_way_out(
    given: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings(given)
    assert named in str(raised.value) and next(iter(given)) in str(raised.value)


def test_a_mistyped_name_is_an_error_that_names_the_right_one() -> None:
    with pytest.raises(SettingError, match="Did you mean SKILL_COUNTRY"):
        read_settings({"SKILL_CONTRY": "GB"})


def test_a_variable_of_another_program_is_none_of_our_business() -> None:
    assert read_settings({"SKILL_TREE_OF_SOME_GAME": "x"}).country == "US"


def test_the_example_file_lists_exactly_the_settings_of_the_code() -> None:
    assert (PROJECT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_every_setting_that_any_code_reads_is_listed() -> None:
    known = {setting.variable for setting in SETTINGS}
    for folder in ("rasa_project", "actions"):
        for file in (PROJECT / folder).rglob("*.py"):
            named = set(re.findall(rf'"({PREFIX}[A-Z_]+)"', file.read_text(encoding="utf-8")))
            assert named <= known, f"{file.relative_to(PROJECT)}: {named - known}"


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILL_COUNTRY", "IE")
    monkeypatch.delenv("SKILL_LOG_LEVEL", raising=False)
    file = tmp_path / ".env"
    file.write_text("# ours\nSKILL_COUNTRY=GB\nSKILL_LOG_LEVEL='ERROR'\n", encoding="utf-8")
    load_env_file(file)
    import os

    assert read_settings(os.environ).country == "IE"
    assert read_settings(os.environ).log_level == "ERROR"
    monkeypatch.delenv("SKILL_LOG_LEVEL")


def test_a_line_that_is_no_setting_is_an_error_with_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILL_COUNTRY", "US")  # or the file's would stay for later tests
    file = tmp_path / ".env"
    file.write_text("SKILL_COUNTRY=GB\nexport FOO\n", encoding="utf-8")
    with pytest.raises(SettingError, match="line 2"):
        load_env_file(file)

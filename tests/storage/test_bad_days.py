"""One server after the other goes away under a real skill; nobody in danger may notice.

On each bad day an emergency gets its escalation, other words get an answer or the spoken
apology, in time; afterwards nothing that was said is lost or there twice.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from real_servers import Message, Postgres, Redis, Skill

NUMB = "I can't feel anything between my legs"
IN_TIME_S = 7.0
"""An answer takes no longer, whatever is broken: Alexa hangs up at 8 s."""


@pytest.fixture(scope="module")
def skill(folder: Path, postgres: Postgres, redis: Redis) -> Iterator[Skill]:
    """A skill whose conversations, diary, locks and events are on servers."""
    served = Skill(
        folder / "skill",
        TRACKER_URL=postgres.url,
        DIARY_URL=postgres.url,
        LOCK_URL=redis.url,
        EVENTS_URL=postgres.url,
    )
    served.start()
    try:
        yield served.wait()
    finally:
        served.kill()


@contextmanager
def in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < IN_TIME_S


def emergency_is_answered(skill: Skill, sender: str) -> None:
    with in_time():
        said = skill.say(sender, NUMB)
    assert said and said[0].is_escalation, said


def is_locked(said: list[Message]) -> bool:
    return any(m.is_escalation for m in said) or "clinician" in " ".join(m.text for m in said)


def users_words(skill: Skill, sender: str) -> list[str]:
    return [event["text"] for event in skill.events(sender) if event["event"] == "user"]


def wait_for(what: str, skill: Skill, times: int = 1) -> None:
    for _ in range(100):
        if skill.log.count(what) >= times:
            return
        time.sleep(0.1)
    raise AssertionError(skill.log)


def not_ready(skill: Skill, expected: set[str]) -> set[str]:
    """Return what `/ready` misses, once it is what is expected: an answer holds for a second."""
    deadline = time.monotonic() + 30
    while True:
        began = time.monotonic()
        try:
            told = skill.ask("/ready")
        except urllib.error.HTTPError as error:
            assert error.code == 503
            told = json.loads(error.read())
        assert time.monotonic() - began < IN_TIME_S
        # One word a part: no reason, no address, nothing that anybody said.
        assert set(told) <= {"ready", "not_ready"}
        found = set(told.get("not_ready", ()))
        if found == expected or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def test_the_database_is_gone_in_the_middle_and_back_again(skill: Skill, postgres: Postgres) -> None:
    skill.say("middle", "hello")
    lines = skill.log.count("database unavailable")
    postgres.crash()
    emergency_is_answered(skill, "middle")
    emergency_is_answered(skill, "new-in-the-dark")
    with in_time():
        said = skill.say("middle", "give me a stretch")
    # What was said before cannot be known, so no exercise and no chat.
    assert [message.is_apology for message in said] == [True], said
    assert skill.log.count("conversations' database unavailable") == lines + 1
    postgres.start()
    wait_for("conversations' database back", skill)
    for _ in range(50):
        words = users_words(skill, "middle")
        if len(words) == 3:
            break
        time.sleep(0.2)
    assert words == ["hello", NUMB, "give me a stretch"]
    assert users_words(skill, "new-in-the-dark") == [NUMB]
    # The lock of an emergency told while nothing could be written holds.
    assert is_locked(skill.say("middle", "give me a stretch"))
    assert "saddle_numbness" in skill.slots("middle")["red_flags"]


def test_the_database_hangs(skill: Skill, postgres: Postgres) -> None:
    skill.say("hanging", "hello")
    postgres.stop_all(signal.SIGSTOP)
    try:
        emergency_is_answered(skill, "hanging")
        with in_time():
            assert skill.say("hanging", "give me a stretch")[0].is_apology
    finally:
        postgres.stop_all(signal.SIGCONT)
    time.sleep(4)
    assert users_words(skill, "hanging") == ["hello", NUMB, "give me a stretch"]
    assert is_locked(skill.say("hanging", "give me a stretch"))


def test_redis_is_gone_and_back_again(skill: Skill, redis: Redis) -> None:
    skill.say("unlocked", "hello")
    redis.kill()
    emergency_is_answered(skill, "unlocked")
    assert is_locked(skill.say("unlocked", "give me a stretch"))
    assert skill.log.count("lock store unavailable") == 1
    redis.start()
    time.sleep(3.2)
    assert is_locked(skill.say("unlocked", "next"))
    assert skill.log.count("lock store back") == 1
    assert users_words(skill, "unlocked") == ["hello", NUMB, "give me a stretch", "next"]


def test_redis_hangs(skill: Skill, redis: Redis) -> None:
    redis.signal(signal.SIGSTOP)
    try:
        emergency_is_answered(skill, "redis-hangs")
    finally:
        redis.signal(signal.SIGCONT)


def test_ready_tells_which_server_is_gone_or_hangs_and_when_it_is_back(
    skill: Skill, postgres: Postgres, redis: Redis
) -> None:
    assert not_ready(skill, set()) == set()
    redis.kill()
    assert not_ready(skill, {"locks"}) == {"locks"}
    redis.start()
    assert not_ready(skill, set()) == set()
    redis.signal(signal.SIGSTOP)
    assert not_ready(skill, {"locks"}) == {"locks"}
    redis.signal(signal.SIGCONT)
    postgres.crash()
    assert not_ready(skill, {"tracker", "diary"}) == {"tracker", "diary"}
    emergency_is_answered(skill, "unready")
    postgres.start()
    assert not_ready(skill, set()) == set()
    postgres.stop_all(signal.SIGSTOP)
    assert not_ready(skill, {"tracker", "diary"}) == {"tracker", "diary"}
    postgres.stop_all(signal.SIGCONT)
    assert not_ready(skill, set()) == set()


def test_the_action_server_hangs_and_is_back(skill: Skill) -> None:
    skill.say("hung", "hello")
    os.kill(skill.action_server, signal.SIGSTOP)
    try:
        emergency_is_answered(skill, "hung")
        with in_time():
            assert skill.say("hung", "give me a stretch")[0].is_apology
    finally:
        os.kill(skill.action_server, signal.SIGCONT)
    time.sleep(3.2)
    assert is_locked(skill.say("hung", "give me a stretch"))
    assert "action server unavailable" in skill.log and "action server back" in skill.log


def test_the_action_server_dies_and_is_started_again(skill: Skill) -> None:
    os.kill(skill.action_server, signal.SIGKILL)
    emergency_is_answered(skill, "dead")
    assert skill.say("dead", "give me a stretch")[0].is_apology
    wait_for("action server died and is started again", skill)
    deadline = time.monotonic() + 20
    while skill.say("dead", "give me a stretch")[0].is_apology:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert is_locked(skill.say("dead", "give me a stretch"))


def test_rasa_is_killed_in_the_middle_of_a_turn_and_started_again(skill: Skill) -> None:
    assert skill.say("killed", "hello")
    os.kill(skill.action_server, signal.SIGSTOP)
    broken: list[BaseException] = []

    def speak() -> None:
        try:
            skill.say("killed", "my back's cramped")
        except OSError as error:
            broken.append(error)

    turn = threading.Thread(target=speak)
    turn.start()
    time.sleep(1)
    actions = skill.action_server
    skill.kill()
    # A stopped process cannot see that its parent is gone.
    os.kill(actions, signal.SIGCONT)
    turn.join()
    assert broken
    skill.start()
    skill.wait()
    with in_time():
        assert "safety questions" in " ".join(m.text for m in skill.say("killed", "my back's cramped"))
    assert users_words(skill, "killed") == ["hello", "my back's cramped"]

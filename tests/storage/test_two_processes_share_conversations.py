"""Two skills over one PostgreSQL and one Redis: one conversation, whoever answers."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rasa_project.launch.ports import answers
from rasa_project.settings import PROJECT
from own_ports import next_port
from real_servers import HOST, Message, Postgres, Program, Redis, Skill

NUMB = "I can't feel anything between my legs"


@pytest.fixture(scope="module")
def pair(folder: Path, postgres: Postgres, redis: Redis) -> Iterator[tuple[Skill, Skill]]:
    shared = {
        "TRACKER_URL": postgres.url,
        "DIARY_URL": postgres.url,
        "LOCK_URL": redis.url,
        "EVENTS_URL": postgres.url,
        "EVENTS_WORDS": "1",
    }
    skills = Skill(folder / "one", **shared), Skill(folder / "two", **shared)
    try:
        for skill in skills:
            skill.start()
        yield tuple(skill.wait() for skill in skills)  # type: ignore[misc]
    finally:
        for skill in skills:
            skill.kill()


@pytest.fixture(scope="module")
def proxy(folder: Path, pair: tuple[Skill, Skill]) -> Iterator[Program]:
    """HAProxy with the file of deploy/, before these two skills."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        pytest.skip("haproxy is not installed; it shares households out over the processes")
    port = next_port()
    text = (PROJECT / "deploy" / "haproxy.cfg").read_text(encoding="utf-8")
    # The names of Compose's own network are the only thing that is another here.
    text = text.replace(" init-addr none resolvers docker", "")
    text = text.replace("bind :8080", f"bind {HOST}:{port}").replace("bind :10600", f"bind {HOST}:{next_port()}")
    for what, ports in (("rasa", [s.port for s in pair]), ("wyoming", [s.settings["SKILL_WYOMING_PORT"] for s in pair])):
        servers = "".join(f"    server {what}{n} {HOST}:{p} check\n" for n, p in enumerate(ports))
        text, found = re.subn(rf"    server-template {what} .*\n", servers, text)
        assert found == 1
    (folder / "proxy").mkdir()
    file = folder / "proxy" / "haproxy.cfg"
    file.write_text(text, encoding="utf-8")
    running = Program([program, "-db", "-f", str(file)], folder / "proxy", port)
    running.start()
    try:
        deadline = time.monotonic() + 20
        while not answers(f"http://{HOST}:{port}/health"):
            assert time.monotonic() < deadline, running.said
            time.sleep(0.1)
        yield running
    finally:
        running.kill()


@dataclass
class Household:
    """A client behind an address of its own, which knows the proxy only."""

    number: int
    port: int
    answered: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its conversation."""
        return f"household{self.number}"

    def say(self, text: str) -> list[Message]:
        """Say something; nothing comes back where the proxy has nobody to ask."""
        body = json.dumps({"sender": self.name, "message": text})
        address = (f"127.0.1.{self.number + 1}", 0)
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=15, source_address=address)) as line:
            try:
                line.request("POST", "/webhooks/rest/webhook", body, {"Content-Type": "application/json"})
                answer = line.getresponse()
                if answer.status == 200:
                    self.answered.append(text)
                    return [Message(message.get("text") or "") for message in json.loads(answer.read())]
            except (OSError, http.client.HTTPException):
                pass
        self.unanswered.append(text)
        return []


def said_by(events: list[dict], kind: str) -> list[str]:
    return [event["text"] for event in events if event["event"] == kind and event.get("text")]


def asks_for_clearance(said: list[Message]) -> bool:
    """Return whether the lock speaks: its advice, or whether a clinician has cleared it."""
    words = " ".join(message.text for message in said)
    return any(m.is_escalation for m in said) or "clinician" in words


def test_a_conversation_goes_on_in_the_other_process(pair: tuple[Skill, Skill]) -> None:
    turns = ["hello", "my back's cramped", "no", "no", "why do you ask", "no"]
    heard = []
    for number, text in enumerate(turns):
        heard += [message.text for message in pair[number % 2].say("alternating", text)]
    events = pair[0].events("alternating")
    assert events == pair[1].events("alternating")
    assert said_by(events, "user") == turns
    assert said_by(events, "bot") == heard
    assert pair[0].slots("alternating")["screening"] is not None


def test_a_lock_holds_whichever_process_answers(pair: tuple[Skill, Skill]) -> None:
    assert pair[0].say("numb", NUMB)[0].is_escalation
    for text in ("give me a stretch", "next", "let's start the exercises"):
        assert asks_for_clearance(pair[1].say("numb", text))
    assert pair[1].slots("numb")["exercise_id"] is None


def test_a_lock_outlives_the_deletion_whichever_process_answers(
    pair: tuple[Skill, Skill], postgres: Postgres
) -> None:
    pair[0].say("deleting", "my name is written nowhere and hello")
    pair[0].say("deleting", NUMB)
    pair[0].say("deleting", "delete my data")
    pair[0].say("deleting", "yes")
    rows = postgres.query("SELECT data FROM events WHERE sender_id = 'deleting'")
    assert rows and not any("written nowhere" in row or "between my legs" in row for (row,) in rows)
    assert asks_for_clearance(pair[1].say("deleting", "give me a stretch"))
    assert pair[0].slots("deleting")["exercise_id"] is None


def test_words_said_at_once_to_both_are_all_kept_and_none_twice(
    pair: tuple[Skill, Skill], postgres: Postgres
) -> None:
    answers: Counter[str] = Counter()

    def speak(skill: Skill, number: int) -> None:
        for turn in range(4):
            said = skill.say("crowded", f"hello {number} {turn}")
            answers[f"hello {number} {turn}"] = len(said)

    threads = [threading.Thread(target=speak, args=(pair[n % 2], n)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [f"hello {n} {turn}" for n in range(4) for turn in range(4)]
    events = pair[0].events("crowded")
    assert sorted(said_by(events, "user")) == sorted(said)
    assert sum(answers.values()) == len(said_by(events, "bot")) and all(answers.values())
    # One turn at a time: between two users' words the bot has listened again.
    listening = True
    for event in events:
        if event["event"] == "user":
            assert listening, event["text"]
            listening = False
        elif event["event"] == "action" and event["name"] == "action_listen":
            listening = True
    # Each speaker's own order holds.
    for number in range(4):
        mine = [text for text in said_by(events, "user") if text.startswith(f"hello {number} ")]
        assert mine == [f"hello {number} {turn}" for turn in range(4)]


def test_each_event_goes_to_the_broker_once_and_in_order(
    pair: tuple[Skill, Skill], postgres: Postgres
) -> None:
    for number, text in enumerate(["hello", "help", "goodbye"]):
        pair[number % 2].say("copied", text)
        time.sleep(0.3)
    query = "SELECT data FROM all_events WHERE sender_id = 'copied' ORDER BY id"
    copied = [json.loads(row) for (row,) in postgres.query(query)]
    stored = postgres.query("SELECT data FROM events WHERE sender_id = 'copied' ORDER BY id")
    assert [e["timestamp"] for e in copied] == [json.loads(row)["timestamp"] for (row,) in stored]
    assert said_by(copied, "user") == ["hello", "help", "goodbye"]


def test_one_is_killed_under_load_and_the_other_goes_on(pair: tuple[Skill, Skill], proxy: Program) -> None:
    """Last: afterwards there is one skill only, until it is started again.

    Some talk to the processes themselves, households to the proxy before them: of these nobody
    loses more than the words on their way at that moment.
    """
    one, two = pair
    answered: dict[str, bool] = {}

    def speak(name: str) -> None:
        for turn in range(6):
            try:
                two.say(name, f"hello {turn}")
                answered[f"{name} {turn}"] = True
            except OSError:
                answered[f"{name} {turn}"] = False

    def load(name: str) -> None:
        while not killed.is_set():
            try:
                one.say(name, "my back's cramped")
            except (OSError, ValueError):
                return

    households = [Household(number, proxy.port) for number in range(6)]

    def live(household: Household) -> None:
        turn = 0
        while not all_said.is_set():
            household.say(f"hello {turn}")
            turn += 1
            time.sleep(0.1)

    assert all(household.say("hello") for household in households)
    killed, all_said = threading.Event(), threading.Event()
    threads = [threading.Thread(target=live, args=(household,)) for household in households]
    threads += [threading.Thread(target=load, args=(f"load{n}",)) for n in range(4)]
    threads += [threading.Thread(target=speak, args=(f"steady{n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    actions = one.action_server
    one.kill()
    killed.set()
    # Longer than the proxy needs to see that one is gone.
    time.sleep(6)
    all_said.set()
    for thread in threads:
        thread.join(30)
    assert len(answered) == 12 and all(answered.values())
    for household in households:
        assert len(household.unanswered) <= 1, household.unanswered
        assert household.say(NUMB)[0].is_escalation
        heard = Counter(said_by(two.events(household.name), "user"))
        assert {text: heard[text] for text in household.answered if heard[text] != 1} == {}
        assert all(heard[text] <= 1 for text in household.unanswered)
    for n in range(4):
        # A lock that the dead one held is free before anybody has waited long.
        began = time.monotonic()
        assert two.say(f"load{n}", NUMB)[0].is_escalation
        assert time.monotonic() - began < 5
        texts = said_by(two.events(f"load{n}"), "user")
        assert texts[-1] == NUMB
    with pytest.raises(OSError):
        # Its action server is not left behind.
        for _ in range(100):
            os.kill(actions, 0)
            time.sleep(0.1)
    one.start()
    one.wait()
    assert asks_for_clearance(one.say("load0", "give me a stretch"))
    one.signal(signal.SIGTERM)
    assert one.process is not None and one.process.wait(30) == 0

"""What strangers can and cannot do to the served skill."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from rasa_project.care.errors import SettingError
from rasa_project.settings import PREFIX, PROJECT, check_reach, read_settings
from watched_server import ACCESS, API, ELSEWHERE, Watched

REST = "/webhooks/rest/webhook"
FLAG = "I can't feel anything between my legs"
HELLO = {"sender": "stranger", "message": "hello"}


@pytest.mark.parametrize("bind", ["0.0.0.0", "192.168.1.20", "::", "some-host"])
def test_other_machines_are_let_in_only_with_a_secret(bind: str) -> None:
    with pytest.raises(SettingError, match="SKILL_ACCESS_TOKEN"):
        check_reach(read_settings({"SKILL_BIND": bind}))
    check_reach(read_settings({"SKILL_BIND": bind, "SKILL_ACCESS_TOKEN": ACCESS}))


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_on_this_machine_no_secret_is_needed(bind: str) -> None:
    check_reach(read_settings({"SKILL_BIND": bind}))


@pytest.mark.parametrize("secret", ["short", "with a space in it", "ünïcode-is-hard-to-type"])
def test_a_secret_that_can_be_guessed_or_not_sent_is_refused_unrepeated(secret: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({"SKILL_ACCESS_TOKEN": secret})
    assert secret not in str(raised.value)


def test_a_server_for_other_machines_without_a_secret_does_not_start() -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    done = subprocess.run(
        [sys.executable, "-m", "rasa_project.launch.serve"], cwd=PROJECT, timeout=60,
        env={**kept, "SKILL_BIND": "0.0.0.0"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "SKILL_ACCESS_TOKEN" in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "token", [None, "", "x", ACCESS[:-1], ACCESS + "x", ACCESS.upper(), API, "é" * 20, "a" * 7000]
)
@pytest.mark.parametrize("path", [REST, "/page/say", "/page/key", "/page/last", "/page/diary"])
def test_who_does_not_know_the_token_can_neither_speak_nor_read(
    watched: Watched, path: str, token: str | None
) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    status, _, said = watched.ask("POST", path, HELLO, token=None, **headers)
    assert status == 401 and list(json.loads(said)) == ["error"]
    assert ACCESS.encode() not in said and API.encode() not in said


def test_the_token_does_not_work_in_an_address(watched: Watched) -> None:
    """Addresses end in the logs of proxies."""
    assert watched.ask("POST", f"{REST}?token={ACCESS}", HELLO, token=None)[0] == 401


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/pictures/bridge.svg", "/health", "/webhooks/rest/"])
def test_what_holds_nobody_s_words_is_open(watched: Watched, path: str) -> None:
    assert watched.ask("GET", path, token=None)[0] == 200


@pytest.mark.parametrize("token", ["", "wrong", API[:-1], API + "x", ACCESS])
@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/conversations/first/tracker"), ("GET", "//conversations/first/tracker"),
        ("GET", "/conversations/first/tracker/"), ("POST", "/model/parse"), ("GET", "/domain"),
        ("GET", "/status"), ("GET", "/version"), ("POST", "/conversations/first/messages"),
    ],
)  # fmt: skip
def test_rasa_s_api_needs_its_own_token(watched: Watched, method: str, path: str, token: str) -> None:
    body = {"text": "hello"} if method == "POST" else None
    status, _, said = watched.ask(method, f"{path}?token={token}", body)
    assert status in (401, 404) and b"events" not in said and b"intents" not in said


def test_rasa_s_api_answers_who_has_its_token(watched: Watched) -> None:
    assert watched.ask("GET", f"/conversations/first/tracker?token={API}", token=None)[0] == 200


@pytest.mark.parametrize(
    "method, path",
    [("PUT", "/model"), ("DELETE", "/model"), ("POST", "/model/train"), ("POST", "/model/test/intents"),
     ("POST", "/model/test/stories"), ("PUT", "/model/")],
)  # fmt: skip
def test_nobody_can_bring_or_take_a_model(watched: Watched, method: str, path: str) -> None:
    body = {"model_file": "/tmp/crafted.tar.gz"}
    assert watched.ask(method, f"{path}?token={API}", body)[0] == 404
    assert watched.rest("after", "hello")


@pytest.mark.parametrize(
    "body, status",
    [
        (b"", 400), (b"not json", 400), (b"[]", 400), (b"null", 400), (b'{"message": 5}', 400),
        (b'{"sender": "x"}', 400), (b"[" * 9000, 400), (b"\xff\xfe{", 400),
        (b'{"message": "' + b"a" * 17000 + b'"}', 413), (b"a" * 2_000_000, 413),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_broken_or_oversized_request_is_answered_in_order(watched: Watched, body: bytes, status: int) -> None:
    try:
        got, _, said = watched.ask("POST", REST, body)
    except (BrokenPipeError, ConnectionResetError):
        assert status == 413  # the door was closed while it was still pushing in
        return
    assert got == status and b"Traceback" not in said and b"rasa" not in said


@pytest.mark.parametrize(
    "method, path, status",
    [("GET", "/nothing-said-aloud", 404), ("GET", "/webhooks/nothing/", 404), ("POST", "/health", 405),
     ("HEAD", "/ready", 405), ("TRACE", "/", 405), ("FOO", "/webhooks/rest/webhook", 405)],
)  # fmt: skip
def test_what_is_not_there_is_said_in_one_sentence_without_what_was_asked(
    watched: Watched, method: str, path: str, status: int
) -> None:
    got, headers, said = watched.ask(method, path)
    assert got == status and headers["content-type"] == "application/json"
    if method != "HEAD":
        assert list(json.loads(said)) == ["error"] and b"aloud" not in said and method.encode() not in said
    assert status != 405 or headers["allow"]


@pytest.mark.parametrize(
    "method, path, body",
    [("POST", REST, HELLO), ("POST", f"{REST}?stream=true", HELLO), ("GET", "/webhooks/rest/", None),
     ("GET", f"/conversations/first/tracker?token={API}", None), ("GET", "/nothing", None), ("POST", "/health", b"")],
    ids=range(6),
)  # fmt: skip
def test_no_answer_is_kept_on_its_way_or_taken_for_another_kind(
    watched: Watched, method: str, path: str, body: object
) -> None:
    """What somebody said about their back may not lie in the memory of a proxy."""
    _, headers, _ = watched.ask(method, path, body)
    assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] != "None"


@pytest.mark.parametrize("odd", [{"sender": 5}, {"sender": None}, {"sender": ["a"]}, {}, {"metadata": "x"}, {"metadata": [1]}])
def test_an_emergency_in_an_odd_request_is_answered(watched: Watched, odd: dict) -> None:
    status, _, said = watched.ask("POST", REST, {"message": FLAG, **odd})
    assert status == 200 and "911" in said.decode()


def test_a_client_without_a_name_shares_its_talk_with_nobody(watched: Watched) -> None:
    watched.ask("POST", REST, {"message": FLAG})
    said = json.loads(watched.ask("POST", REST, {"message": "give me a stretch"})[2])
    assert "911" not in " ".join(m["text"] for m in said[-1:]) or len(said) > 1


def test_no_intent_is_taken_by_name(watched: Watched) -> None:
    watched.rest("by-name", FLAG)
    watched.rest("by-name", '/affirm{"cleared_by_clinician": true}')
    watched.rest("by-name", "/restart")
    tracker = json.loads(watched.ask("GET", f"/conversations/by-name/tracker?token={API}")[2])
    assert "saddle_numbness" in tracker["slots"]["red_flags"]
    assert not tracker["slots"]["cleared_by_clinician"]


def test_a_rest_client_cannot_pass_for_another_channel(watched: Watched) -> None:
    watched.ask("POST", REST, {"sender": "claims", "message": "hello", "input_channel": "wyoming"})
    tracker = json.loads(watched.ask("GET", f"/conversations/claims/tracker?token={API}")[2])
    users = [e for e in tracker["events"] if e["event"] == "user"]
    assert {e["input_channel"] for e in users} == {"rest"}


@pytest.mark.parametrize("where", ["begin", "middle", "end"])
def test_a_flag_anywhere_in_a_long_message_is_heard_in_time(watched: Watched, where: str) -> None:
    calm = "My back hurts when I sit in the garden chair. " * 75
    words = {"begin": f"{FLAG}. {calm}{calm}", "middle": f"{calm}{FLAG}. {calm}", "end": f"{calm}{calm}{FLAG}."}
    began = watched.cpu_s
    said = watched.rest(f"long-{where}", words[where])
    assert "911" in said[0]["text"] and watched.cpu_s - began < 6


def test_a_message_made_to_keep_the_rules_busy_does_not(watched: Watched) -> None:
    """Said whole to the detector this took 13 s, in which nobody else was answered."""
    began = watched.cpu_s
    said = watched.rest("busy", "I cannot feel anything between my legs. " * 390)
    assert "911" in said[0]["text"] and watched.cpu_s - began < 6


def flood(watched: Watched, sender: str, address: str, times: int = 13) -> tuple[int, dict[str, str], bytes]:
    for _ in range(times):
        last = watched.ask("POST", REST, {"sender": sender, "message": "hello"}, X_Forwarded_For=address)
        if last[0] == 429:
            return last
    raise AssertionError("never refused")


def test_who_comes_too_often_is_told_when_to_come_again_and_whom_to_call(watched: Watched) -> None:
    status, headers, said = flood(watched, "flood1", ELSEWHERE)
    assert status == 429 and 1 <= int(headers["retry-after"]) <= 60
    [message] = json.loads(said)
    assert message["recipient_id"] == "flood1" and "911" in message["text"] and headers["retry-after"] in message["text"]
    # Somebody else, at another address, is answered.
    assert watched.rest("other", "hello", X_Forwarded_For="203.0.113.8")


@pytest.mark.parametrize(
    "words", [FLAG, "I've lost control of my bladder", "I want to end my life", "I have crushing chest pain",
              ("hm " * 1000) + FLAG],
)  # fmt: skip
def test_an_emergency_is_never_what_is_refused(watched: Watched, words: str) -> None:
    sender = f"flood-{abs(hash(words))}"
    flood(watched, sender, "203.0.113.9", times=70)
    said = watched.rest(sender, words, X_Forwarded_For="203.0.113.9")
    assert "911" in said[0]["text"] or "988" in said[0]["text"]


def test_the_page_says_it_in_words_too(watched: Watched) -> None:
    key = watched.key()
    for _ in range(14):
        status, headers, said = watched.ask(
            "POST", "/page/say", {"text": "hello", "country": "GB"}, X_Page_Key=key, X_Forwarded_For="203.0.113.10"
        )
        if status == 429:
            break
    assert status == 429 and int(headers["retry-after"]) >= 1
    [message] = json.loads(said)["messages"]
    assert message["kind"] == "error" and message["urgent"] and message["calls"][0]["number"] == "999"
    assert "999" in watched.ask(
        "POST", "/page/say", {"text": FLAG, "country": "GB"}, X_Page_Key=key, X_Forwarded_For="203.0.113.10"
    )[2].decode()  # fmt: skip


def test_one_address_with_many_names_is_counted_too(watched: Watched) -> None:
    refused = 0
    for number in range(65):
        body = {"sender": f"many{number}", "message": "hello"}
        refused += watched.ask("POST", REST, body, X_Forwarded_For="203.0.113.11")[0] == 429
    assert refused == 5


def test_a_forged_address_does_not_help(watched: Watched) -> None:
    """Only what the last proxy adds counts, not what the client wrote before it."""
    refused = 0
    for number in range(14):
        forged = f"198.51.100.{number}, 203.0.113.12"
        body = {"sender": "forger", "message": "hello"}
        refused += watched.ask("POST", REST, body, X_Forwarded_For=forged)[0] == 429
    assert refused == 2


def test_this_machine_itself_is_not_counted(watched: Watched) -> None:
    for _ in range(20):
        assert watched.rest("here", "hello")


def test_open_voice_os_is_let_in_with_the_token(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    file = PROJECT / "integrations" / "ovos" / "ovos_skill_unknot" / "client.py"
    spec = importlib.util.spec_from_file_location("ovos_client_with_token", file)
    assert spec is not None and spec.loader is not None
    client = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(client)
    address = f"http://127.0.0.1:{watched.port}"
    assert "9 1 1" in client.UnknotClient(address, 40, token=ACCESS).say("s", FLAG)
    with pytest.raises(client.OutOfReach):
        client.UnknotClient(address, 40).say("s", "hello")

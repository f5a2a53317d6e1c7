"""What the page's routes take and give, without a browser: strangers, other sites, broken requests."""

from __future__ import annotations

import http.client
import json
import secrets
from typing import Any

import pytest

from page.server import Served, ask

WORDS = "zanzibar hurts between my shoulder blades"


def send(
    served: Served, path: str, body: bytes | str = b"{}", method: str = "POST", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of one request, exactly as it is given."""
    connection = http.client.HTTPConnection(served.address.removeprefix("http://"), timeout=20)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        payload = body.encode() if isinstance(body, str) else body
        for name, value in {"Content-Length": str(len(payload)), **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(payload)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def key(served: Served) -> str:
    return str(ask(served, "/page/key")["key"])


def test_keys_are_long_random_and_never_the_same(served: Served) -> None:
    keys = {ask(served, "/page/key")["key"] for _ in range(20)}
    assert len(keys) == 20 and all(len(k) == 43 for k in keys)


@pytest.mark.parametrize("given", [None, "", "short", "a" * 44, "../../etc/passwd" + "a" * 27, "é" * 43, "a" * 42 + " "])
@pytest.mark.parametrize("path", ["/page/say", "/page/last", "/page/diary", "/page/diary.png"])
def test_without_a_key_of_the_right_form_nothing_is_told(served: Served, path: str, given: str | None) -> None:
    headers = {} if given is None else {"X-Page-Key": given.encode().decode("latin-1")}
    status, _, body = send(served, path, json.dumps({"text": "hello"}), **headers)
    assert status == 400 and "key" in json.loads(body)["error"]


def test_a_key_shows_its_own_talk_only(served: Served, key: str) -> None:
    ask(served, "/page/say", {"text": WORDS}, key)
    assert [t["said"] for t in ask(served, "/page/last", {}, key)["turns"]] == [WORDS]
    assert ask(served, "/page/last", {}, secrets.token_urlsafe(32))["turns"] == []


@pytest.mark.parametrize(
    "body, status",
    [
        ("", 400), ("not json", 400), ("[]", 400), ("null", 400), ('{"text": 5}', 400), ('{"text": null}', 400),
        ("[" * 9000, 400), (b"\xff\xfe", 400), ('{"text": "hello", "country": "XX"}', 400),
        ('{"text": "hello", "country": ["US"]}', 400), (json.dumps({"text": "a" * 20000}), 413),
        (b" " * 3_000_000, 413),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_broken_request_gets_one_clear_sentence(served: Served, key: str, body: Any, status: int) -> None:
    try:
        got, _, answer = send(served, "/page/say", body, X_Page_Key=key)
    except (BrokenPipeError, ConnectionResetError):
        assert status == 413  # the door was closed while it was still pushing in
        return
    assert got == status
    told = json.loads(answer)
    assert list(told) == ["error"] and told["error"].endswith(".") and "Traceback" not in told["error"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_s_page_is_refused(served: Served, key: str, site: str) -> None:
    body = json.dumps({"text": "hello"})
    status, headers, _ = send(served, "/page/say", body, X_Page_Key=key, Sec_Fetch_Site=site, Origin="https://example.org")
    assert status == 403 and headers.get("access-control-allow-origin") is None
    assert send(served, "/page/say", body, X_Page_Key=key, Sec_Fetch_Site="same-origin")[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/page/..%2fchannel.py", "/page/../channel.py", "/page/keys.py", "/pictures/..%2f..%2fsettings.py", "/pictures/bridge.9.svg", "/pictures/bridge.9.png", "/pictures/x.svg", "/page/%00", "/pictures/"],
)
def test_only_the_page_s_own_files_are_given(served: Served, path: str) -> None:
    status, _, body = send(served, path, b"", method="GET")
    assert status == 404 and b"import" not in body


@pytest.mark.parametrize(
    "path, kind",
    [("/", "text/html"), ("/page/app.js", "text/javascript"), ("/page/style.css", "text/css"), ("/pictures/bridge.svg", "image/svg+xml"), ("/pictures/bridge.2.svg", "image/svg+xml"), ("/pictures/bridge.png", "image/png"), ("/pictures/bridge.2.png", "image/png")],
)
def test_files_come_with_headers_that_let_nothing_else_in(served: Served, path: str, kind: str) -> None:
    status, headers, body = send(served, path, b"", method="GET")
    assert status == 200 and headers["content-type"].startswith(kind) and body
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe-eval" not in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    if path == "/":
        assert "'unsafe-inline'" not in policy and "frame-ancestors 'none'" in policy
    again, _, rest = send(served, path, b"", method="GET", If_None_Match=headers["etag"])
    assert again == 304 and rest == b""


def test_what_was_said_and_the_key_are_kept_by_no_cache_and_stand_in_no_log(served: Served, key: str) -> None:
    body = json.dumps({"text": WORDS})
    status, headers, _ = send(served, "/page/say", body, X_Page_Key=key)
    assert status == 200 and headers["cache-control"] == "no-store"
    send(served, "/page/say", body[:-3], X_Page_Key=key)
    logged = "".join(f.read_text(encoding="utf-8", errors="replace") for f in served.logs.iterdir())
    assert logged and "zanzibar" not in logged and key not in logged


def test_rest_and_the_other_channels_still_answer(served: Served) -> None:
    answer = ask(served, "/webhooks/rest/webhook", {"sender": "rest1", "message": "hello"})
    assert answer and answer[0]["text"]

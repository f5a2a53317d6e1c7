"""The served skill does over HTTP what docs/openapi.yaml says: schemathesis asks it, rightly and wrongly.

Its checks: no server error, no undescribed status, kind of content, header or body, wrong requests
refused, right ones taken, other methods refused, tokens asked for. How many requests it makes up for
each route beside those that follow from the description: a fifth of `SKILL_FUZZ`.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from own_environment import python_of
from rasa_project.launch import environment
from own_ports import next_port
from rasa_project.settings import PREFIX, PROJECT, settings
from served import start_serving

HERE = Path(__file__).parent
DESCRIPTION = PROJECT / "docs" / "openapi.yaml"
ACCESS, API = "access-secret-of-this-test", "api-secret-of-this-test"
START_S = 300
MOST_S = 240
GUARDED = {
    "ACCESS_TOKEN": ACCESS, "API_TOKEN": API, "METRICS": "1",
    "ALEXA_APPLICATION_ID": "amzn1.ask.skill.5f0e8b8a-0000-4000-8000-000000000000",
}  # fmt: skip
"""With these every route is there and asks for its token; without them few are and none asks."""

OFF = frozenset({"alexa", "metrics", "version", "status", "tracker"})
"""What is not there until a setting asks for it."""

Asked = Counter[tuple[str, str, int]]
"""How often a method and path was answered with a status."""


@dataclass
class Run:
    """What schemathesis made of a served skill."""

    guarded: bool
    passed: bool
    report: str
    asked: Asked
    off: dict[str, int]
    """Status of each route in `OFF`, asked plainly."""

    def statuses(self, method: str, path: str) -> set[int]:
        """The statuses that a described path has given."""
        shape = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "/?")
        exact = {p for m, p, _ in self.asked if p == path}
        return {s for m, p, s in self.asked if m == method.upper() and (p == path if exact else shape.fullmatch(p))}


@pytest.fixture(scope="module")
def tool() -> Path:
    """The Python of an environment with schemathesis."""
    try:
        return python_of("openapi", HERE / "openapi.lock")
    except environment.SetupError as error:
        pytest.skip(f"schemathesis could not be installed: {error}")


@pytest.fixture(scope="module", params=[True, False], ids=["with tokens", "without"])
def run(request: pytest.FixtureRequest, tool: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run against a server of its own, with its tokens or without any."""
    folder = tmp_path_factory.mktemp("described")
    port = next_port()
    given = {
        "RASA_PORT": str(port), "ACTION_PORT": str(next_port()), "WYOMING_PORT": str(next_port()),
        "LOG_DIR": str(folder / "logs"), "DATA_DIR": str(folder / "data"), **(GUARDED if request.param else {}),
    }  # fmt: skip
    process = start_serving({PREFIX + k: v for k, v in given.items()}, START_S)
    off = {path: status_of(port, method, path) for (method, path), one in described().items() if one["operationId"] in OFF}
    har = folder / "asked.har"
    told = folder / "openapi.yaml"
    told.write_text(yaml.safe_dump(as_it_is(guarded=request.param)), encoding="utf-8")
    try:
        done = subprocess.run(
            [str(tool.parent / "schemathesis"), "--no-color", "--config-file", str(HERE / "schemathesis.toml"),
             "run", str(told), "--url", f"http://127.0.0.1:{port}",
             "--max-examples", str(max(settings().fuzz // 5, 1)), "--report", "har", "--report-har-path", str(har)],
            cwd=folder, env={**os.environ, "ACCESS": ACCESS, "API": API}, capture_output=True, text=True,
            timeout=MOST_S * max(settings().fuzz // 25, 1),
        )  # fmt: skip
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    assert har.exists(), done.stdout + done.stderr
    entries = json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]
    asked = Counter(
        (e["request"]["method"], urlsplit(e["request"]["url"]).path, int(e["response"]["status"])) for e in entries
    )
    print(f"\nschemathesis asked {asked.total()} times {'with tokens' if request.param else 'without tokens'}")
    yield Run(request.param, done.returncode == 0, done.stdout + done.stderr, asked, off)


def status_of(port: int, method: str, path: str) -> int:
    """Status of one plain request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
    try:
        connection.request(method.upper(), path.replace("{conversation}", "first"))
        return connection.getresponse().status
    finally:
        connection.close()


def as_it_is(guarded: bool) -> dict:
    """The description of a server with all of `GUARDED`, or of one without any setting."""
    read = dict(yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8")))
    if not guarded:
        for path, methods in list(read["paths"].items()):
            for method, one in list(methods.items()):
                one.pop("security", None)
                if one["operationId"] in OFF:
                    del methods[method]
            if not methods:
                del read["paths"][path]
    return read


def described() -> dict[tuple[str, str], dict]:
    """Method and path of everything that is described."""
    read = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    return {(method, path): one for path, methods in read["paths"].items() for method, one in methods.items()}


def test_the_description_is_openapi(tool: Path) -> None:
    checker = tool.parent / "openapi-spec-validator"
    done = subprocess.run([str(checker), str(DESCRIPTION)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_skill_answers_as_it_is_described(run: Run) -> None:
    assert run.passed, run.report


def test_every_route_was_really_reached(run: Run) -> None:
    """A run that met only closed doors has shown nothing."""
    assert run.asked.total() > 250
    for (method, path), one in described().items():
        got = run.statuses(method, path)
        if not run.guarded and one["operationId"] in OFF:
            assert not got
            continue
        assert (400 if one["operationId"] == "alexa" else 200) in got, (method, path, got)
        closed = run.guarded and one.get("security") and {} not in one["security"]
        assert (401 in got) == bool(closed), (method, path, got)


def test_what_no_setting_asks_for_is_not_there(run: Run) -> None:
    assert len(run.off) == len(OFF)
    assert all((status == 404) != run.guarded for status in run.off.values()), run.off


def test_each_number_of_the_description_is_the_one_in_the_code() -> None:
    from rasa_project.channels.alexa.channel import MOST_BODY
    from rasa_project.channels.page.answers import MOST_TURNS, SHOWN
    from rasa_project.channels.page.requests import MOST_BYTES
    from rasa_project.care.contacts import REGION_OF_COUNTRY
    from rasa_project.settings import read_settings
    from rasa_project.watch.door import MOST_REST_BYTES, MOST_SENDER
    from rasa_project.watch.limits import ADDRESS_TIMES

    text = DESCRIPTION.read_text(encoding="utf-8")
    read = yaml.safe_load(text)
    assert MOST_BYTES == MOST_REST_BYTES == 16 * 1024 and "16 KiB a request" in text
    assert MOST_BODY == 128 * 1024 and "Alexa 128 KiB" in text
    assert MOST_SENDER == 200 and "first 200 characters" in text
    assert read_settings({}).turns_per_minute == 60 and "60 turns a minute" in text
    assert ADDRESS_TIMES == 5 and "five times that an\n    address" in text
    say = described()[("post", "/page/say")]["requestBody"]["content"]["application/json"]["schema"]
    assert {code for code in say["properties"]["country"]["enum"] if code} == set(REGION_OF_COUNTRY)
    last = described()[("post", "/page/last")]["responses"]["200"]["content"]["application/json"]["schema"]
    assert last["properties"]["turns"]["maxItems"] == MOST_TURNS
    assert set(SHOWN) <= set(read["components"]["schemas"]["PageMessage"]["properties"])

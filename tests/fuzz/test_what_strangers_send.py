"""Every reader of what a network brings takes whatever comes: no exception but its own, no hang.

Inputs are made up by Hypothesis from pieces that such readers have stumbled over. How many:
`SKILL_FUZZ=500` for a long look; the seed is fixed, so that a run can be repeated.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rasa_project.care.flags import load_red_flags
from rasa_project.care.long_messages import MOST_CHARACTERS, MOST_WINDOWS, OVERLAP, WINDOW, shortened
from rasa_project.care.normalise import normalise, tokens_of
from rasa_project.care.pain_answers import pain_in, phase_in
from rasa_project.care.red_flags import load_detector
from rasa_project.care.screening import Prompt, read_answer, read_denials
from rasa_project.care.screening.questions import load_screening
from rasa_project.care.setup_answers import conditions_in, position_in
from rasa_project.care.spoken_numbers import digits_words
from rasa_project.channels.alexa.requests import KEY_PREFIX, read_request
from rasa_project.channels.conversations import as_spoken
from rasa_project.channels.page.keys import BadRequest, person_of
from rasa_project.channels.page.requests import body_of, country_in, text_in
from rasa_project.channels.wyoming import country_in as wyoming_country
from rasa_project.channels.wyoming import session_key
from rasa_project.channels.wyoming_reader import MOST_BYTES, NotWyoming, read_event
from rasa_project.settings import settings

SLOWEST_S = 5.0
"""Seconds of this process that one input may take: far above what any does, far below a hang."""

FEW = hypothesis_settings(
    max_examples=settings().fuzz, deadline=None, database=None,
    suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip
tried: Counter[str] = Counter()

WORDS = (
    "no not never isn't can't my her his back leg legs numb numbness between bladder bowel pee fever chest pain "
    "blood weak weakness since yesterday years ago twenty one hundred and point five zero ten seven or eight out "
    "of what if is it was before after but until stop yes nope maybe i we the a 10/10 7.5 1e9 -3 999999999999 ½ ٣ "
    "/inform {\"a\":1} <speak> & % %s {0} \\ \" ' … \u202e \u0000 \ud83d\ude00 ﬁ İ ß"
).split(" ")
said = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
    st.tuples(st.sampled_from(WORDS), st.integers(0, 400)).map(lambda t: f"{t[0]} " * t[1]),
    st.tuples(st.sampled_from("a1-. '\"(é\u0301\u200d"), st.integers(0, 3000)).map(lambda t: t[0] * t[1]),
)
"""What might come for words: any text, sentences of loaded words, one word or sign over and over."""

jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> Iterator[None]:
    """Load content before anything is timed, and say at the end how much was tried."""
    load_detector().detect("hello")
    yield
    print(f"\nmade-up inputs: {sum(tried.values())} for {len(tried)} readers ({settings().fuzz} each at least)")


def in_time(what: str, read: Callable[[], Any]) -> Any:
    """Return what `read` gives, having counted it and looked at the clock of this process."""
    tried[what] += 1
    began = time.process_time()
    try:
        return read()
    finally:
        assert time.process_time() - began < SLOWEST_S, what


@seed(1)
@FEW
@given(said)
def test_the_normaliser(text: str) -> None:
    once = in_time("normaliser", lambda: normalise(text))
    assert isinstance(once, str)
    assert all(token.text for token in tokens_of(text))


@seed(1)
@FEW
@given(said)
def test_the_readers_of_numbers_scores_and_set_up_answers(text: str) -> None:
    score = in_time("pain score", lambda: pain_in(text))
    assert score is None or 0 <= score <= 10
    in_time("phase", lambda: phase_in(text))
    in_time("conditions", lambda: conditions_in(text))
    in_time("position", lambda: position_in(text))
    in_time("digits", lambda: digits_words(text))


CONTENT = load_red_flags()
SCREENING = load_screening(CONTENT.folder)
NODES = sorted(SCREENING.texts)


@seed(1)
@FEW
@given(said, st.sampled_from(NODES), st.sampled_from([None, "deny", "affirm", "out_of_scope", "stop"]))
def test_the_reader_of_screening_answers(text: str, name: str, intent: str | None) -> None:
    node = SCREENING.node(name)
    prompt = Prompt(node.id, SCREENING.texts[node.id], node.group, tuple(node.covers))
    reading = in_time("screening answer", lambda: read_answer(text, intent, prompt, None, CONTENT))
    assert isinstance(reading.kind, str)
    in_time("denials", lambda: read_denials(text, CONTENT))


@seed(1)
@FEW
@given(said)
def test_the_red_flag_rules(text: str) -> None:
    heard = in_time("red flags", lambda: load_detector().detect(as_spoken(text)))
    assert all(finding.flag in CONTENT.flags for finding in heard.all())


@seed(1)
@FEW
@given(said)
def test_what_is_taken_for_speech_is_short_and_no_command(text: str) -> None:
    spoken = in_time("speech", lambda: as_spoken(text))
    assert not spoken.startswith("/") and "\u0000" not in spoken and "\n" not in spoken
    assert len(spoken) <= MOST_CHARACTERS + MOST_WINDOWS * (WINDOW + OVERLAP) + 20
    spoken.encode("utf-8")


@seed(1)
@FEW
@given(st.integers(0, 6000), st.integers(0, 6000), st.sampled_from(["my back hurts when i sit ", "it is sunny. "]))
def test_a_flag_is_heard_wherever_it_stands_in_a_long_message(before: int, after: int, calm: str) -> None:
    flag = "I can't feel anything between my legs."
    # What lies beyond the first and last 4,000 characters is not read.
    start, end = (calm * 300)[: min(before, 3500)], (calm * 300)[: min(after, 3500)]
    short = in_time("long message", lambda: shortened(f"{start}. {flag} {end}"))
    assert "between my legs" in short


@seed(1)
@FEW
@given(jsons | st.fixed_dictionaries({"session": jsons, "request": jsons, "context": jsons}))
def test_the_reader_of_alexa_s_requests(body: Any) -> None:
    if isinstance(body, dict):
        request = in_time("alexa request", lambda: read_request(body))
        assert request.key.startswith(KEY_PREFIX) and len(request.key) == len(KEY_PREFIX) + 32


alexa = st.fixed_dictionaries(
    {
        "session": st.fixed_dictionaries({"sessionId": jsons, "new": jsons}),
        "request": st.fixed_dictionaries(
            {
                "type": st.sampled_from(["LaunchRequest", "IntentRequest", "SessionEndedRequest"]) | jsons,
                "locale": st.sampled_from(["en-GB", "en_US", "de-DE", "x" * 500]) | jsons,
                "intent": st.fixed_dictionaries({"name": jsons, "slots": jsons}) | jsons,
                "reason": jsons, "error": jsons,
            }
        ),
    }
)  # fmt: skip


@seed(1)
@FEW
@given(alexa)
def test_the_reader_of_requests_that_look_like_alexa_s(body: dict[str, Any]) -> None:
    request = in_time("alexa request", lambda: read_request(body, "DE"))
    assert all(isinstance(part, str) for part in (request.kind, request.intent, request.end_reason))


class _Stream:
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def read(self) -> bytes | None:
        return self._pieces.pop(0) if self._pieces else None


class _Request:
    """As much of Sanic's request as the page reads."""

    def __init__(self, pieces: list[bytes], site: str) -> None:
        self.headers, self.stream = {"sec-fetch-site": site}, _Stream(pieces)


def pieces_of(content: bytes, size: int) -> list[bytes]:
    return [content[i : i + size] for i in range(0, len(content), size)]


bodies = st.one_of(
    st.binary(max_size=400),
    jsons.map(lambda j: json.dumps(j).encode()),
    st.fixed_dictionaries({"text": jsons, "country": jsons}).map(lambda j: json.dumps(j).encode()),
    st.integers(0, 20000).map(lambda n: b"[" * n),
    st.integers(0, 4000).map(lambda n: b'{"text":' + b"9" * n + b"}"),
)


@seed(1)
@FEW
@given(bodies, st.integers(1, 5000), st.sampled_from(["", "same-origin", "cross-site", "\x00"]))
def test_the_page_s_requests(content: bytes, size: int, site: str) -> None:
    async def read() -> None:
        body = await body_of(_Request(pieces_of(content, size), site))  # type: ignore[arg-type]
        assert isinstance(text_in(body), str)
        country = country_in(body)
        assert country is None or len(country) == 2

    try:
        in_time("page request", lambda: asyncio.new_event_loop().run_until_complete(read()))
    except BadRequest as refused:
        assert str(refused) and refused.status in (400, 403, 413)


@seed(1)
@FEW
@given(st.none() | st.text(max_size=60) | st.text("abcXYZ019_-", min_size=43, max_size=43))
def test_the_page_s_keys(key: str | None) -> None:
    try:
        person = in_time("page key", lambda: person_of(key))
    except BadRequest:
        return
    assert key is not None and len(key) == 43 and key not in person


events = st.one_of(
    st.binary(max_size=400),
    jsons.map(lambda j: json.dumps(j).encode() + b"\n"),
    st.fixed_dictionaries(
        {"type": st.just("transcript") | jsons, "data": jsons, "data_length": st.integers(-5, 60) | jsons,
         "payload_length": st.integers(-5, 60) | jsons}
    ).flatmap(lambda head: st.binary(max_size=120).map(lambda rest: json.dumps(head).encode() + b"\n" + rest)),
    st.integers(0, 3 * MOST_BYTES).map(lambda n: b"{" * n),
)  # fmt: skip


@seed(1)
@FEW
@given(events, st.booleans())
def test_the_reader_of_wyoming_events(content: bytes, closed: bool) -> None:
    async def read() -> None:
        reader = asyncio.StreamReader(limit=MOST_BYTES)
        reader.feed_data(content)
        if closed:
            reader.feed_eof()
        while True:
            event = await read_event(reader, idle_timeout_s=0.05, event_timeout_s=0.05)
            if event is None:
                return
            assert isinstance(event.type, str) and isinstance(event.data, dict)
            session_key(event.data)
            wyoming_country(event.data)

    try:
        in_time("wyoming event", lambda: asyncio.new_event_loop().run_until_complete(read()))
    except NotWyoming as refused:
        assert str(refused)

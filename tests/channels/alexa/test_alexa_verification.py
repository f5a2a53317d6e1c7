"""Only Alexa, only now, only for this skill: everything else is refused.

Each forgery differs from a good request in exactly one thing.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any, Callable

import pytest

from alexa_authority import (
    APPLICATION_ID,
    CHAIN_URL,
    DAY,
    Amazon,
    Authority,
    Signer,
    as_bytes,
    elliptic_key,
    envelope,
    other_key,
    pem,
    utc_now,
)
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from rasa_project.channels.alexa.certificates import (
    HOST,
    KEEP,
    MOST_BYTES,
    MOST_KEPT,
    certificate_url,
    system_roots,
)
from rasa_project.channels.alexa.refusals import Refused
from rasa_project.channels.alexa.verification import Verifier


def verify(
    run: Callable,
    amazon: Amazon,
    body: bytes,
    headers: dict[str, str],
    times: int = 1,
    **options: Any,
) -> dict[str, Any]:
    """Check a request `times` times in a row with the skill's own code."""

    async def checked() -> dict[str, Any]:
        async with amazon.online():
            verifier = Verifier(APPLICATION_ID, amazon.certificates(**options))
            found: dict[str, Any] = {}
            for _ in range(times):
                found = await verifier.verified(headers, body)
            return found

    return run(checked())


def refused(run: Callable, amazon: Amazon, body: bytes, headers: dict[str, str], **o: Any) -> str:
    """Return why a request is refused."""
    with pytest.raises(Refused) as refusal:
        verify(run, amazon, body, headers, **o)
    return refusal.value.reason


def test_a_signed_request_is_alexas(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    found = verify(run, amazon, body, amazon.signer.headers(body))
    assert found["request"]["type"] == "LaunchRequest"


def test_header_names_count_in_any_case(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    headers = {name.lower(): value for name, value in amazon.signer.headers(body).items()}
    assert verify(run, amazon, body, headers)


def test_the_raw_bytes_are_what_is_signed(run: Callable, amazon: Amazon) -> None:
    body = b'{ "version" : "1.0", ' + as_bytes(envelope())[1:]
    assert verify(run, amazon, body, amazon.signer.headers(body))
    tidied = body.replace(b" : ", b":")
    assert refused(run, amazon, tidied, amazon.signer.headers(body)) == "signature"


def test_a_request_without_session_names_the_skill_in_its_context(
    run: Callable, amazon: Amazon
) -> None:
    request = envelope("AudioPlayer.PlaybackStopped")
    del request["session"]
    body = as_bytes(request)
    assert verify(run, amazon, body, amazon.signer.headers(body))


def test_a_certificate_is_fetched_once(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    verify(run, amazon, body, amazon.signer.headers(body), times=3)
    assert amazon.fetches == ["/echo.api/echo-api-cert-test.pem"]


def test_a_certificate_is_fetched_again_after_a_day(run: Callable, amazon: Amazon) -> None:
    async def two_days() -> None:
        async with amazon.online():
            passed = [timedelta()]
            long = amazon.signer_with(amazon.intermediate.issue(amazon.key, ends=utc_now() + 3 * KEEP))
            root = Authority(amazon.root.name, key=amazon.root.key)
            amazon.serve(long.chain)
            store = amazon.certificates(roots=(root.certificate,), now=lambda: utc_now() + passed[0])
            await store.key(CHAIN_URL)
            passed[0] = KEEP - timedelta(hours=1)
            await store.key(CHAIN_URL)
            assert len(amazon.fetches) == 1
            passed[0] = KEEP + timedelta(minutes=1)
            amazon.status = 503
            # Out of reach, and the old one is still good.
            await store.key(CHAIN_URL)
            assert len(amazon.fetches) == 2
            passed[0] = 4 * KEEP
            with pytest.raises(Refused):
                await store.key(CHAIN_URL)

    run(two_days())


def test_only_a_few_addresses_are_kept(run: Callable, amazon: Amazon) -> None:
    async def many() -> int:
        async with amazon.online():
            store = amazon.certificates()
            for number in range(MOST_KEPT + 3):
                url = f"https://{HOST}/echo.api/cert-{number}.pem"
                amazon.serve(amazon.signer.chain, url)
                await store.key(url)
            return len(store._kept)

    assert run(many()) == MOST_KEPT


# Headers and address


@pytest.mark.parametrize("name", ["SignatureCertChainUrl", "Signature-256"])
@pytest.mark.parametrize("value", [None, ""])
def test_both_headers_are_needed(run: Callable, amazon: Amazon, name: str, value: Any) -> None:
    body = as_bytes(envelope())
    headers = amazon.signer.headers(body)
    headers.pop(name)
    if value is not None:
        headers[name] = value
    assert refused(run, amazon, body, headers) == "headers"


def test_the_old_signature_alone_does_not_do(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    headers = amazon.signer.headers(body)
    headers["Signature"] = headers.pop("Signature-256")
    assert refused(run, amazon, body, headers) == "headers"


@pytest.mark.parametrize(
    "url",
    [
        "http://s3.amazonaws.com/echo.api/cert.pem",
        "https://notamazon.com/echo.api/cert.pem",
        "https://s3.amazonaws.com.evil.example/echo.api/cert.pem",
        "https://evil.example/s3.amazonaws.com/echo.api/cert.pem",
        "https://s3.amazonaws.com@evil.example/echo.api/cert.pem",
        "https://evil.example@s3.amazonaws.com/echo.api/cert.pem",
        "https://s3.amazonaws.com/EcHo.aPi/cert.pem",
        "https://s3.amazonaws.com/invalid.path/cert.pem",
        "https://s3.amazonaws.com/echo.api/../bucket/cert.pem",
        "https://s3.amazonaws.com/echo.api/%2e%2e/bucket/cert.pem",
        "https://s3.amazonaws.com/echo.api/..%2fbucket/cert.pem",
        "https://s3.amazonaws.com/echo.api/..\\bucket\\cert.pem",
        "https://s3.amazonaws.com/echo.api",
        "https://s3.amazonaws.com/echo.apis/cert.pem",
        "https://s3.amazonaws.com:563/echo.api/cert.pem",
        "https://s3.amazonaws.com:x/echo.api/cert.pem",
        "https://s3.amazonaws.com/echo.api/cert.pem?versionId=1",
        "https://[s3.amazonaws.com/echo.api/cert.pem",
        "file:///echo.api/cert.pem",
        "not an address",
    ],
)
def test_no_other_address_is_fetched(run: Callable, amazon: Amazon, url: str) -> None:
    body = as_bytes(envelope())
    assert refused(run, amazon, body, amazon.signer.headers(body, url)) == "certificate_url"
    assert amazon.fetches == []


@pytest.mark.parametrize(
    "url",
    [
        "https://s3.amazonaws.com/echo.api/cert.pem",
        "https://s3.amazonaws.com:443/echo.api/cert.pem",
        "https://s3.amazonaws.com/echo.api/../echo.api/cert.pem",
        "HTTPS://S3.AmazonAWS.com/echo.api/cert.pem",
    ],
)
def test_the_ways_to_write_the_right_address_are_one(url: str) -> None:
    assert certificate_url(url) == "https://s3.amazonaws.com/echo.api/cert.pem"


# The certificate


def forged(amazon: Amazon, kind: str) -> Signer:
    """Return a signer whose certificate is wrong in one thing."""
    issue, key = amazon.intermediate.issue, amazon.key
    stranger = Authority("Somebody else")
    if kind == "another name":
        return amazon.signer_with(issue(key, "echo-api.example.com"))
    if kind == "a name below":
        return amazon.signer_with(issue(key, "x.echo-api.amazon.com"))
    if kind == "expired":
        return amazon.signer_with(issue(key, begins=utc_now() - 3 * DAY, ends=utc_now() - DAY))
    if kind == "not yet valid":
        return amazon.signer_with(issue(key, begins=utc_now() + DAY, ends=utc_now() + 3 * DAY))
    if kind == "another authority":
        return Signer(key, pem(stranger.issue(key), stranger.certificate))
    if kind == "made by itself":
        own = Authority("echo-api.amazon.com", key=key)
        return Signer(key, pem(own.issue(key)))
    if kind == "no intermediate":
        return Signer(key, pem(issue(key)))
    if kind == "an authority itself":
        return amazon.signer_with(issue(key, authority=True))
    if kind == "right chain in front of a stranger":
        return Signer(key, pem(stranger.issue(key)) + amazon.signer.chain)
    assert kind == "signed by a leaf"
    leaf = Authority("echo-api.amazon.com", key=key)
    return Signer(key, pem(leaf.issue(key)) + amazon.signer.chain)


@pytest.mark.parametrize(
    "kind",
    [
        "another name",
        "a name below",
        "expired",
        "not yet valid",
        "another authority",
        "made by itself",
        "no intermediate",
        "an authority itself",
        "right chain in front of a stranger",
        "signed by a leaf",
    ],
)
def test_a_wrong_certificate_proves_nothing(run: Callable, amazon: Amazon, kind: str) -> None:
    signer = forged(amazon, kind)
    amazon.serve(signer.chain)
    body = as_bytes(envelope())
    assert refused(run, amazon, body, signer.headers(body)) == "certificate_chain"


def test_a_key_of_another_kind_is_refused(run: Callable, amazon: Amazon) -> None:
    amazon.serve(amazon.signer_with(amazon.intermediate.issue(elliptic_key())).chain)
    body = as_bytes(envelope())
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "certificate_key"


@pytest.mark.parametrize("served", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_what_is_no_certificate_is_refused(run: Callable, amazon: Amazon, served: bytes) -> None:
    amazon.serve(served)
    body = as_bytes(envelope())
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "certificate_format"


def test_an_endless_certificate_is_not_read_to_its_end(run: Callable, amazon: Amazon) -> None:
    amazon.serve(amazon.signer.chain + b"x" * (2 * MOST_BYTES))
    body = as_bytes(envelope())
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "certificate_size"


def test_a_chain_of_very_many_certificates_is_refused(run: Callable, amazon: Amazon) -> None:
    amazon.serve(amazon.signer.chain * 6)
    body = as_bytes(envelope())
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "certificate_chain"


def test_no_redirect_is_followed(run: Callable, amazon: Amazon) -> None:
    amazon.status = 302
    amazon.headers = {"Location": f"https://{HOST}/bucket/chain.pem"}
    amazon.serve(amazon.signer.chain, f"https://{HOST}/bucket/chain.pem")
    body = as_bytes(envelope())
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "certificate_fetch"
    assert amazon.fetches == ["/echo.api/echo-api-cert-test.pem"]


def test_a_certificate_server_that_hangs_costs_a_short_time(run: Callable, amazon: Amazon) -> None:
    amazon.delay_s = 1
    body = as_bytes(envelope())
    headers = amazon.signer.headers(body)
    assert refused(run, amazon, body, headers, timeout_s=0.2) == "certificate_fetch"


def test_a_certificate_server_nobody_trusts_is_not_believed(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    headers = amazon.signer.headers(body)
    assert refused(run, amazon, body, headers, trust=None) == "certificate_fetch"


def test_a_system_without_authorities_trusts_nobody(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    headers = amazon.signer.headers(body)
    assert refused(run, amazon, body, headers, roots=()) == "certificate_chain"


def test_the_systems_own_authorities_are_found() -> None:
    names = {root.subject.rfc4514_string() for root in system_roots()}
    if not names:
        pytest.skip("this system has no certificate authorities (package ca-certificates)")
    # The two that Amazon's certificates end at.
    assert any("Amazon Root CA 1" in name for name in names)
    assert any("Starfield" in name for name in names)


# Signature, time, skill


def test_another_key_signs_for_nobody(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    headers = Signer(other_key(), b"").headers(body)
    assert refused(run, amazon, body, headers) == "signature"


def test_one_changed_byte_is_noticed(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    headers = amazon.signer.headers(body)
    changed = body.replace(b"TESTUSER", b"TESTUSES")
    assert refused(run, amazon, changed, headers) == "signature"


@pytest.mark.parametrize("signature", ["!!!", "abc", base64.b64encode(b"short").decode(), "ü"])
def test_what_is_no_signature_is_refused(run: Callable, amazon: Amazon, signature: str) -> None:
    body = as_bytes(envelope())
    headers = {**amazon.signer.headers(body), "Signature-256": signature}
    assert refused(run, amazon, body, headers) == "signature"


def test_another_way_to_sign_is_refused(run: Callable, amazon: Amazon) -> None:
    body = as_bytes(envelope())
    headers = amazon.signer.headers(body)
    weak = amazon.key.sign(body, padding.PKCS1v15(), hashes.SHA1())
    assert refused(run, amazon, body, {**headers, "Signature-256": base64.b64encode(weak).decode()})
    modern = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
    signed = base64.b64encode(amazon.key.sign(body, modern, hashes.SHA256())).decode()
    assert refused(run, amazon, body, {**headers, "Signature-256": signed}) == "signature"


@pytest.mark.parametrize("seconds", [-155, 155, -86400])
def test_an_old_or_early_request_is_refused(run: Callable, amazon: Amazon, seconds: int) -> None:
    at = utc_now() + timedelta(seconds=seconds)
    body = as_bytes(envelope(timestamp=at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "timestamp"


@pytest.mark.parametrize("seconds", [-140, 140])
def test_clocks_may_differ_a_little(run: Callable, amazon: Amazon, seconds: int) -> None:
    at = utc_now() + timedelta(seconds=seconds)
    for written in (at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.isoformat(timespec="milliseconds")):
        body = as_bytes(envelope(timestamp=written))
        assert verify(run, amazon, body, amazon.signer.headers(body))


@pytest.mark.parametrize("stamp", [None, "", "yesterday", 1700000000, [], {}])
def test_what_is_no_time_is_refused(run: Callable, amazon: Amazon, stamp: Any) -> None:
    body = as_bytes(envelope(timestamp=stamp))
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "timestamp"


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_signed_body_that_is_no_request_is_refused(
    run: Callable, amazon: Amazon, body: bytes
) -> None:
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "format"


@pytest.mark.parametrize("places", [("session",), ("context",), ("session", "context")])
def test_a_request_for_another_skill_is_refused(
    run: Callable, amazon: Amazon, places: tuple[str, ...]
) -> None:
    request = envelope()
    other = {"applicationId": APPLICATION_ID.replace("1", "9")}
    if "session" in places:
        request["session"]["application"] = other
    if "context" in places:
        request["context"]["System"]["application"] = other
    body = as_bytes(request)
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "application"


@pytest.mark.parametrize("broken", [None, "text", [], {"application": "x"}])
def test_a_request_for_no_skill_is_refused(run: Callable, amazon: Amazon, broken: Any) -> None:
    request = {**envelope(), "session": broken, "context": broken}
    body = as_bytes(request)
    assert refused(run, amazon, body, amazon.signer.headers(body)) == "application"

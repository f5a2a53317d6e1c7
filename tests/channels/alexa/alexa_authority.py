"""A certificate authority of our own, and a server at the place of Amazon's.

Requests in these tests are signed for real and certificates fetched over TLS for real; only
who is trusted and where Amazon's host is differ.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, AsyncIterator

from aiohttp import web
from aiohttp.abc import AbstractResolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rasa_project.channels.alexa.certificates import HOST, SIGNER, Certificates

DAY = timedelta(days=1)
CHAIN_URL = f"https://{HOST}/echo.api/echo-api-cert-test.pem"
APPLICATION_ID = "amzn1.ask.skill.11111111-2222-3333-4444-555555555555"

USAGE = dict.fromkeys(
    (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    ).split(),
    False,
)


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


@dataclass
class Authority:
    """A root or an intermediate authority."""

    name: str
    issuer: "Authority | None" = None
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    def __post_init__(self) -> None:
        usage = x509.KeyUsage(**{**USAGE, "key_cert_sign": True, "crl_sign": True})
        self.certificate = self._build(
            self.name, self.key.public_key(), self.issuer or self, authority=True, usage=usage
        )

    def issue(
        self,
        key: Any,
        name: str = SIGNER,
        begins: datetime | None = None,
        ends: datetime | None = None,
        authority: bool = False,
    ) -> x509.Certificate:
        """Return a certificate for `key` made out for the DNS name `name`."""
        usage = x509.KeyUsage(**{**USAGE, "digital_signature": True})
        return self._build(name, key.public_key(), self, authority, usage, name, begins, ends)

    @staticmethod
    def _build(
        common_name: str,
        public_key: Any,
        issuer: "Authority",
        authority: bool,
        usage: x509.KeyUsage,
        dns: str | None = None,
        begins: datetime | None = None,
        ends: datetime | None = None,
    ) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        builder = (
            x509.CertificateBuilder()
            .subject_name(named(common_name))
            .issuer_name(named(issuer.name))
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins or utc_now() - DAY)
            .not_valid_after(ends or utc_now() + DAY)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
                critical=False,
            )
        )
        if dns:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False
            ).add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
            )
        return builder.sign(issuer.key, hashes.SHA256())


@dataclass
class Signer:
    """Whoever signs requests: Amazon, or somebody who pretends to be."""

    key: Any
    chain: bytes

    def signature(self, body: bytes) -> str:
        """Return the value of `Signature-256` for `body`."""
        signed = self.key.sign(body, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(signed).decode()

    def headers(self, body: bytes, url: str = CHAIN_URL) -> dict[str, str]:
        """Return the headers Alexa sends with `body`."""
        return {
            "Content-Type": "application/json; charset=utf-8",
            "SignatureCertChainUrl": url,
            "Signature-256": self.signature(body),
        }


class Everywhere(AbstractResolver):
    """Finds every host at one port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[Any]:
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": self.port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]

    async def close(self) -> None:
        pass


@dataclass
class Amazon:
    """The authority, the signing key, and what the certificate server answers."""

    root: Authority = field(default_factory=lambda: Authority("Root of these tests"))
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fetches: list[str] = field(default_factory=list)
    delay_s: float = 0.0
    pages: dict[str, bytes] = field(default_factory=dict)
    port: int = 0

    def __post_init__(self) -> None:
        self.intermediate = Authority("Intermediate of these tests", self.root)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signer = self.signer_with(self.intermediate.issue(self.key))
        self.serve(self.signer.chain)

    def signer_with(self, leaf: x509.Certificate, key: Any = None) -> Signer:
        """Return a signer whose chain begins with `leaf`."""
        return Signer(key or self.key, pem(leaf, self.intermediate.certificate))

    def serve(self, chain: bytes, url: str = CHAIN_URL) -> None:
        """Answer `url` with `chain` from now on."""
        self.pages[url.removeprefix(f"https://{HOST}")] = chain

    def certificates(self, **options: Any) -> Certificates:
        """Return the skill's own fetching and checking, trusting this authority."""
        trust = ssl.create_default_context(cadata=pem(self.root.certificate).decode())
        given = {
            "roots": (self.root.certificate,),
            "trust": trust,
            "resolver": Everywhere(self.port),
            **options,
        }
        return Certificates(**given)

    async def _answer(self, request: web.Request) -> web.Response:
        self.fetches.append(request.path)
        await asyncio.sleep(self.delay_s)
        body = self.pages.get(request.path)
        status = self.status if body is not None else 404
        return web.Response(status=status, body=body or b"", headers=self.headers)

    @asynccontextmanager
    async def online(self) -> AsyncIterator["Amazon"]:
        """Serve certificates over TLS while the block runs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "server.pem"
            private = self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            leaf = self.intermediate.issue(self.key, HOST)
            file.write_bytes(private + pem(leaf, self.intermediate.certificate))
            context.load_cert_chain(file)
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context, shutdown_timeout=0.1)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await asyncio.sleep(self.delay_s)  # whatever still waits may end
            await runner.cleanup()


def other_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def envelope(kind: str = "LaunchRequest", **changes: Any) -> dict[str, Any]:
    """Return a request of Alexa's shape; `changes` are fields of its `request` part."""
    application = {"applicationId": APPLICATION_ID}
    user = {"userId": "amzn1.ask.account.TESTUSER"}
    return {
        "version": "1.0",
        "session": {
            "new": kind == "LaunchRequest",
            "sessionId": "amzn1.echo-api.session.0001",
            "application": application,
            "attributes": {},
            "user": user,
        },
        "context": {
            "System": {
                "application": application,
                "user": user,
                "device": {"deviceId": "amzn1.ask.device.TESTDEVICE", "supportedInterfaces": {}},
                "apiEndpoint": "https://api.amazonalexa.com",
                "apiAccessToken": "token-of-this-test",
            }
        },
        "request": {
            "type": kind,
            "requestId": "amzn1.echo-api.request.0001",
            "timestamp": utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "locale": "en-US",
            **changes,
        },
    }


def as_bytes(request: Any) -> bytes:
    return json.dumps(request, separators=(",", ":")).encode()

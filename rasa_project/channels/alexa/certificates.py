"""Amazon's signing certificate: from which address, by whose authority, for how long.

Rules: Amazon, "Host a Custom Skill as a Web Service", section on verifying that a request
was sent by Alexa.
"""

from __future__ import annotations

import asyncio
import logging
import posixpath
import re
import ssl
import warnings
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Callable, Optional
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from rasa_project.channels.alexa.refusals import Refused

logger = logging.getLogger(__name__)

HOST = "s3.amazonaws.com"
FOLDER = "/echo.api/"
PORT = 443
SIGNER = "echo-api.amazon.com"
"""Name that the signing certificate must be made out for."""

FETCH_TIMEOUT_S = 1.5
"""Amazon waits 8 s for the whole answer, and a turn may take 6."""
MOST_BYTES = 64 * 1024
"""A chain of four certificates is about 8 kB."""
MOST_CERTIFICATES = 8
KEEP = timedelta(hours=24)
"""How long a chain is used without fetching it again; never beyond its own validity."""
MOST_KEPT = 8
"""Addresses whose certificates are kept: Amazon uses one or two at a time."""

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, UTC."""
    return datetime.now(timezone.utc)


def certificate_url(url: str) -> str:
    """Return the address a certificate may be fetched from, in normal form.

    Raises:
        Refused: the address is not one of Amazon's.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("certificate_url") from None
    # What is escaped could be read in two ways, here and by the server.
    path = posixpath.normpath(parts.path) if _PLAIN_PATH.fullmatch(parts.path) else ""
    genuine = (
        parts.scheme.lower() == "https"
        and (parts.hostname or "").lower() == HOST
        and port in (None, PORT)
        and parts.username is None
        and not parts.query
        and not parts.fragment
        and path.startswith(FOLDER)
    )
    if not genuine:
        raise Refused("certificate_url")
    return f"https://{HOST}{path}"


@lru_cache(maxsize=1)
def system_roots() -> tuple[x509.Certificate, ...]:
    """Return the authorities this system trusts; SSL_CERT_FILE and SSL_CERT_DIR count."""
    found = ssl.create_default_context().get_ca_certs(binary_form=True)
    roots = [root for der in found for root in _parsed(der, x509.load_der_x509_certificate)]
    folder = ssl.get_default_verify_paths().capath
    if not roots and folder:
        # OpenSSL reads a folder only when it meets a certificate, so its list is empty until then.
        for file in sorted(Path(folder).glob("*")):
            if file.is_file():
                roots += _parsed(file.read_bytes(), x509.load_pem_x509_certificate)
    if not roots:
        logger.error("alexa has no trusted authorities; install ca-certificates or set SSL_CERT_FILE")
    return tuple(roots)


def _parsed(data: bytes, parse: Callable[[bytes], x509.Certificate]) -> list[x509.Certificate]:
    try:
        with warnings.catch_warnings():
            # Some old authorities carry a serial number of 0.
            warnings.simplefilter("ignore")
            return [parse(data)]
    except ValueError:  # one odd authority is no reason to trust none
        return []


@dataclass
class Certificates:
    """Signing keys by address, fetched and checked once a day.

    `resolver`, `trust` and `roots` are for tests: where Amazon's host is, whom TLS trusts,
    and which authorities a chain may end at.
    """

    roots: Optional[tuple[x509.Certificate, ...]] = None
    trust: Optional[ssl.SSLContext] = None
    resolver: Optional[AbstractResolver] = None
    now: Clock = utc_now
    timeout_s: float = FETCH_TIMEOUT_S

    _kept: dict[str, tuple[datetime, x509.Certificate]] = field(default_factory=dict, init=False)

    async def key(self, url: str) -> RSAPublicKey:
        """Return the key that requests naming the address `url` are signed with.

        Raises:
            Refused: the address, the chain, its validity or the name in it is wrong, or it
                could not be fetched.
        """
        address = certificate_url(url)
        leaf = await self._leaf(address)
        key = leaf.public_key()
        if not isinstance(key, RSAPublicKey):
            raise Refused("certificate_key")
        return key

    async def _leaf(self, address: str) -> x509.Certificate:
        fresh_until, leaf = self._kept.get(address, (None, None))
        now = self.now()
        if leaf is not None and not _valid_at(leaf, now):
            self._kept.pop(address)
            leaf = None
        if leaf is not None and fresh_until is not None and now < fresh_until:
            return leaf
        try:
            checked = self._checked(await self._fetched(address))
        except Refused as refusal:
            # A server that is out of reach does not make a checked certificate worse.
            if leaf is not None and refusal.reason == "certificate_fetch":
                return leaf
            raise
        while len(self._kept) >= MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[address] = (now + KEEP, checked)
        return checked

    async def _fetched(self, address: str) -> bytes:
        connector = aiohttp.TCPConnector(ssl=self.trust or True, resolver=self.resolver)
        timeout = aiohttp.ClientTimeout(total=self.timeout_s)
        try:
            async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
                async with session.get(address, allow_redirects=False) as response:
                    if response.status != 200:
                        raise Refused("certificate_fetch")
                    data = bytearray()
                    async for piece in response.content.iter_any():
                        data += piece
                        if len(data) > MOST_BYTES:
                            raise Refused("certificate_size")
                    return bytes(data)
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            raise Refused("certificate_fetch") from None

    def _checked(self, pem: bytes) -> x509.Certificate:
        """Return the leaf of a chain that ends at a trusted authority, valid now, for Alexa."""
        roots = system_roots() if self.roots is None else self.roots
        try:
            chain = x509.load_pem_x509_certificates(pem)
        except ValueError:
            raise Refused("certificate_format") from None
        if not roots or len(chain) > MOST_CERTIFICATES:
            raise Refused("certificate_chain")
        verifier = (
            PolicyBuilder()
            .store(Store(list(roots)))
            .time(self.now())
            .build_server_verifier(x509.DNSName(SIGNER))
        )
        try:
            verifier.verify(chain[0], chain[1:])
        except (VerificationError, ValueError):
            raise Refused("certificate_chain") from None
        return chain[0]


def _valid_at(leaf: x509.Certificate, now: datetime) -> bool:
    return leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc

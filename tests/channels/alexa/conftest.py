"""Amazon as these tests see it."""

from __future__ import annotations

import pytest

from alexa_authority import Amazon


@pytest.fixture(scope="session")
def amazon_keys() -> Amazon:
    """Authority and keys, made once: making them takes a second."""
    return Amazon()


@pytest.fixture
def amazon(amazon_keys: Amazon) -> Amazon:
    """Amazon as it should be, whatever an earlier test has changed."""
    amazon_keys.status, amazon_keys.delay_s = 200, 0.0
    amazon_keys.headers, amazon_keys.pages = {}, {}
    amazon_keys.fetches.clear()
    amazon_keys.serve(amazon_keys.signer.chain)
    return amazon_keys

"""No secret survives in any text or log record."""

import io
import logging

import pytest

from gateway.redaction import RedactingFilter, Redactor

SECRET = "s3cr+t/key="


@pytest.fixture
def redact() -> Redactor:
    redactor = Redactor()
    redactor.learn(SECRET)
    return redactor


@pytest.mark.parametrize(
    "text",
    [
        f"key {SECRET} used",
        "key s3cr%2Bt%2Fkey%3D used",
        "wss://x/hubs/market?id=1&access_token=abc.def&x=2",
        "Authorization: Bearer abc.def",
        "{'Authorization': 'Bearer abc.def'}",
        '{"userName":"demo","apiKey":"abc.def"}',
        "{'token': 'abc.def', 'success': True}",
        r'"{\"newToken\":\"abc.def\"}"',
        "plain eyJhbGci.abc.def in text",
        "auth function result eyJhbGci.eyJzdWIi.abc.def",
    ],
)
def test_masks_learnt_secrets_and_whatever_looks_like_one(redact: Redactor, text: str) -> None:
    masked = redact(text)
    assert "abc" not in masked
    assert "s3cr" not in masked
    assert "***" in masked


def test_leaves_other_text_alone(redact: Redactor) -> None:
    text = "order 7700124501 f-1 accepted; token renewed; api_key missing; ?id=1&x=2"
    assert redact(text) == text


def test_too_short_a_secret_does_not_blot_out_words(redact: Redactor) -> None:
    redact.learn("demo")
    assert redact("demo account") == "demo account"


def test_the_filter_covers_arguments_and_tracebacks(redact: Redactor) -> None:
    out = io.StringIO()
    logger = logging.Logger("library")
    logger.addHandler(logging.StreamHandler(out))
    logger.addFilter(RedactingFilter(redact))
    logger.debug("url %s", f"wss://x?access_token={SECRET}")
    try:
        raise ValueError(f"bad {SECRET}")
    except ValueError:
        logger.exception("failed with %r", {"Authorization": f"Bearer {SECRET}"})
    assert "s3cr" not in out.getvalue()
    assert out.getvalue().count("***") >= 3
    assert "ValueError" in out.getvalue()

"""The emergency lane where something else answers for the venue: it goes on until its deadline,
says why it failed, and never says flat.
"""

import time

import pytest

from gateway.emergency import Lane
from tests.gateway.anybody import Anybody

pytestmark = pytest.mark.slow

OK = b"HTTP/1.1 200 OK\r\n"


def flattened(anybody: Anybody, deadline_s: float, timeout_s: float) -> str:
    """Why it has failed, or nothing."""
    url = f"http://127.0.0.1:{anybody.port}"
    return Lane(url, 1, lambda: "token-1", timeout_s).flatten(deadline_s)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome to Wi-Fi",
        b'{"success":true,"positions":["one"],"orders":[]}',
        b'{"success":true,"positions":[{"contractId":["MES"]}],"orders":[]}',
        b'{"success":true,"positions":[],"orders":["one"]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: body[:50].decode(),
)
def test_no_answer_ends_it_before_its_deadline(anybody: Anybody, body: bytes) -> None:
    anybody.answer = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
    why = flattened(anybody, 2.0, 5.0)
    assert why
    assert "token-1" not in why
    assert len(anybody.heads) > 1, "it goes on"


def test_an_answer_that_trickles_in_does_not_hold_it_up(anybody: Anybody) -> None:
    anybody.answer, anybody.pause = OK + b"X: " + b"0" * 600, 0.1
    began = time.monotonic()
    assert "TimeoutError" in flattened(anybody, 1.0, 3.0)
    assert time.monotonic() - began < 30, "of more than 60 s"

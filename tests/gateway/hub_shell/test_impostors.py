"""Hubs where something else answers for the venue: one loss, in time, and nothing of the token."""

import time
from collections.abc import Iterator
from queue import SimpleQueue

import pytest
from msgspec.structs import replace

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.hub_shell import HubPort
from messages.base import SECOND, Message
from messages.hub import Hub, HubLost, Loss, OpenHub
from tests.gateway.anybody import Anybody
from tests.gateway.hub_shell.bench import LIMITS, PATIENCE_S, TOKEN

pytestmark = pytest.mark.slow

HASTE_S = 1.0
IMPATIENT = replace(LIMITS, handshake=3 * SECOND)
"""Two of those who answer never come to it."""
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


@pytest.fixture
def connect_timeout() -> float:
    """What `port` is given; a test parametrizes it for another."""
    return PATIENCE_S


@pytest.fixture
def port(
    anybody: Anybody,
    said: SimpleQueue[Message],
    access: Access,
    instruments: Instruments,
    connect_timeout: float,
) -> Iterator[HubPort]:
    url = f"http://127.0.0.1:{anybody.port}/hubs/x"
    emit = dict.fromkeys(Hub, said.put)
    opened = HubPort(
        dict.fromkeys(Hub, url),
        access,
        instruments,
        7,
        time.time_ns,
        emit,
        connect_timeout,
        IMPATIENT,
    )
    yield opened
    opened.close()


def lost(port: HubPort, said: SimpleQueue[Message]) -> HubLost:
    """What became of an opening that no venue answered."""
    port.handle(OpenHub(Hub.MARKET))
    told = said.get_nowait()
    assert isinstance(told, HubLost)
    assert told.number == 0
    assert TOKEN not in told.reason
    assert "\n" not in told.reason
    assert said.empty()
    return told


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "refused: HTTP/1.1 200 OK"),
        (b"HTTP/1.1 407 Proxy Authentication\r\n\r\n", "refused: HTTP/1.1 407"),
        (b"\x16\x03\x01" + b"0" * 70_000, "no answer to the upgrade"),
        (UPGRADED + b"<html>Welcome to Wi-Fi" * 9, "reserved bits"),
        (UPGRADED + b"\x81\x7f" + b"\xff" * 8, "a frame of 18446744073709551615 bytes"),
        (UPGRADED + b"\x81\x06<html>", "handshake"),
        (UPGRADED + b"\x88\x02\x03\xf0", "closed the socket (1008)"),
        (UPGRADED, "no answer to the handshake"),
    ],
)
def test_whatever_answers_an_opening_is_a_loss(
    port: HubPort, anybody: Anybody, said: SimpleQueue[Message], answer: bytes, words: str
) -> None:
    anybody.answer = answer
    assert words in lost(port, said).reason


@pytest.mark.parametrize("connect_timeout", [HASTE_S])
def test_an_answer_that_trickles_in_ends_with_the_time_out(
    port: HubPort, anybody: Anybody, said: SimpleQueue[Message]
) -> None:
    anybody.answer, anybody.pause = b"HTTP/1.1 101 X\r\nX: " + b"0" * 600, 0.1
    began = time.monotonic()
    assert "no whole answer to the upgrade within 1 s" in lost(port, said).reason
    assert time.monotonic() - began < 20, "of more than 60 s"


def test_the_token_does_not_follow_where_an_answer_leads(
    port: HubPort, anybody: Anybody, said: SimpleQueue[Message]
) -> None:
    elsewhere = Anybody()
    elsewhere.start()
    try:
        where = b"Location: http://127.0.0.1:%d/hubs/market" % elsewhere.port
        anybody.answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + where + b"\r\n\r\n"
        assert lost(port, said).loss is Loss.ENDED
        assert elsewhere.heads == []
    finally:
        elsewhere.close()

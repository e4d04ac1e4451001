"""REST where something else answers for the venue, or the venue breaks HTTP: every request ends, in
time and without raising, and nothing is claimed that is not known.
"""

import gzip
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.rest import RestCore
from gateway.rest_shell import Carrier, RestPort
from gateway.token import Token
from messages.order import CloseContract, CloseResult, Outcome, QueryFailed
from messages.position import PositionsFound, QueryPositions
from tests.gateway.anybody import Anybody

MES = "CON.F.US.MES.Z26"
LONGEST = 100_000
DAY = 86_400 * 10**9
EMPTY = b'{"positions":[],"success":true,"errorCode":0,"errorMessage":null}'


def answer(body: bytes = EMPTY, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, length, *headers, b"", body])


def packed(body: bytes) -> bytes:
    return answer(gzip.compress(body, 1), b"Content-Encoding: gzip")


def leads(to: bytes) -> bytes:
    return answer(b"", b"Location: " + to, status=b"302 Found")


Opening = Callable[[float], RestPort]


@pytest.fixture
def opening(
    anybody: Anybody, instruments: Instruments, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opening]:
    """Make a port with a time-out for answers."""
    monkeypatch.setattr("gateway.http_session.LONGEST", LONGEST)
    carriers: list[Carrier] = []

    def opened(read_timeout: float) -> RestPort:
        access = Access("demo", "key-7f3a", threading.Lock())
        access.token = Token("token-1", time.time_ns(), time.time_ns() + DAY)
        url = f"http://127.0.0.1:{anybody.port}"
        carriers.append(Carrier(url, time.time_ns, 5.0, read_timeout, attempts=2))
        return RestPort(carriers[-1], RestCore(access, instruments, 48120077))

    yield opened
    for carrier in carriers:
        carrier.close()


@pytest.fixture
def port(opening: Opening) -> RestPort:
    return opening(10.0)


def read(port: RestPort) -> QueryFailed:
    (found,) = port.handle(QueryPositions())
    assert isinstance(found, QueryFailed)
    return found


def close(port: RestPort) -> CloseResult:
    (found,) = port.handle(CloseContract(MES))
    assert isinstance(found, CloseResult)
    return found


@pytest.mark.parametrize(
    ("bytes_", "code", "words"),
    [
        pytest.param(
            answer(b"<html>Welcome to Wi-Fi"), "unreadable", "a web page in place", id="login page"
        ),
        pytest.param(answer(EMPTY[:-1]), "unreadable", "truncated", id="too short"),
        pytest.param(answer(b"[" * 100_000), "unreadable", "Expected `object`", id="nested lists"),
        pytest.param(answer(b'{"a":' * 15_000), "unreadable", "recursion", id="nested objects"),
        pytest.param(leads(b"http://127.0.0.1:1/x"), "http_302", "not followed", id="redirect"),
        pytest.param(leads(b"http://[::1"), "http_302", "not followed", id="redirect nowhere"),
        pytest.param(leads(b"http://\xff/"), "http_302", "not followed", id="redirect to no text"),
        pytest.param(
            answer(b"", b"Retry-After: " + b"9" * 5_000, status=b"429 Slow"), "http_429", "",
            id="endless retry-after",
        ),
        pytest.param(
            answer(gzip.compress(EMPTY)[:-20], b"Content-Encoding: gzip"), "unreadable",
            "truncated", id="gzip without its end",
        ),
        pytest.param(
            answer(EMPTY, b"Content-Encoding: gzip"), "connection_lost", "", id="gzip that is none"
        ),
        pytest.param(
            answer(EMPTY, b"Content-Length: 5"), "connection_lost", "", id="two lengths"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", "connection_lost", "",
            id="a negative chunk",
        ),
        pytest.param(b"HTTP/1.1 000 ?\r\n\r\n", "connection_lost", "", id="status 000"),
        pytest.param(b"SSH-2.0-OpenSSH_9\r\n", "connection_lost", "", id="another protocol"),
        pytest.param(
            packed(b"0" * (LONGEST + 1)), "connection_lost", "more than 100000 b", id="gzip bomb"
        ),
        pytest.param(
            answer(b"0" * (LONGEST + 1)), "connection_lost", "more than 100000 b", id="too long"
        ),
    ],
)  # fmt: skip
def test_whatever_answers_a_read_fails_and_a_close_is_unknown(
    port: RestPort, anybody: Anybody, bytes_: bytes, code: str, words: str
) -> None:
    anybody.answer = bytes_
    failed = read(port)
    assert failed.code == code
    assert words in failed.message
    asked = len(anybody.heads)
    result = close(port)
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, code)
    assert len(anybody.heads) == asked + 1, "a close is sent once"
    anybody.answer = answer()
    (found,) = port.handle(QueryPositions())
    assert isinstance(found, PositionsFound), "and the next answer is read as ever"


@pytest.mark.parametrize("pause", [0, 0.1])
@pytest.mark.parametrize(
    "begun", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"]
)
def test_an_answer_that_trickles_in_ends_with_the_time_out(
    opening: Opening, anybody: Anybody, begun: bytes, pause: float
) -> None:
    anybody.answer, anybody.pause = begun + b"0" * 600, pause
    began = time.monotonic()
    result = close(opening(0.5))
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, "timed_out")
    assert time.monotonic() - began < 20, "of more than 60 s"


@pytest.mark.parametrize("shape", [answer, lambda: packed(EMPTY)], ids=["plain", "gzip"])
def test_an_answer_may_come_packed(
    port: RestPort, anybody: Anybody, shape: Callable[[], bytes]
) -> None:
    anybody.answer = shape()
    (found,) = port.handle(QueryPositions())
    assert isinstance(found, PositionsFound)


def test_the_token_does_not_follow_where_an_answer_leads(port: RestPort, anybody: Anybody) -> None:
    elsewhere = Anybody()
    elsewhere.start()
    try:
        for status in (b"301 Moved", b"302 Found", b"307 Temporary", b"308 Permanent"):
            where = b"Location: http://127.0.0.1:%d/api/Position/searchOpen" % elsewhere.port
            anybody.answer = answer(b"", where, status=status)
            read(port)
            close(port)
        assert elsewhere.heads == []
    finally:
        elsewhere.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 70 + ".invalid"])
def test_a_host_without_an_address_proves_that_nothing_was_sent(
    instruments: Instruments, host: str
) -> None:
    access = Access("demo", "key-7f3a")
    carrier = Carrier(f"http://{host}", time.time_ns, 5.0, 5.0, attempts=1)
    result = close(RestPort(carrier, RestCore(access, instruments, 48120077)))
    assert (result.outcome, result.code) == (Outcome.REFUSED, "not_sent")
    assert result.message == f"no connection to http://{host}"

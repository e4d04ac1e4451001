"""REST over real sockets: what is repeated, what is not, and what a failure proves."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.rest import RestCore
from gateway.rest_shell import Carrier, RestPort
from gateway.token import Token
from messages.market import Side
from messages.order import (
    CancelOrder,
    CancelResult,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
    QueryFailed,
)
from messages.position import PositionsFound, QueryPositions

MES = "CON.F.US.MES.Z26"
DAY = 86_400 * 10**9
EMPTY: tuple[int, object] = (200, {"positions": [], "success": True, "errorCode": 0})
ENTRY = PlaceOrder(MES, "f-1", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 1)

Answer = Callable[["Venue", str], tuple[int, object] | None]


class Venue(ThreadingHTTPServer):
    """Answers what it is told to; None hangs up without an answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Answer = lambda venue, path: EMPTY
        self.asked: list[tuple[str, str | None]] = []
        self.connections: set[tuple[str, int]] = set()
        self.hold = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Venue

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        self.server.connections.add(self.client_address)
        given = self.server.answer(self.server, self.path)
        if given is None:
            self.close_connection = True
            return
        status, body = given
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Quiet."""


@pytest.fixture
def venue() -> Iterator[Venue]:
    server = Venue()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.hold.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def access() -> Access:
    given = Access("demo", "key-7f3a", threading.Lock())
    given.token = Token("token-1", time.time_ns(), time.time_ns() + DAY)
    return given


@pytest.fixture
def port(venue: Venue, access: Access, instruments: Instruments) -> Iterator[RestPort]:
    carrier = Carrier(venue.url, time.time_ns, connect_timeout=2.0, read_timeout=0.3)
    served = RestPort(carrier, RestCore(access, instruments, 48120077))
    yield served
    served.close()


def test_one_connection_serves_many_requests(port: RestPort, venue: Venue) -> None:
    before = time.time_ns()
    for _ in range(3):
        (found,) = port.handle(QueryPositions())
        assert isinstance(found, PositionsFound)
        assert before <= found.asked <= time.time_ns()
    assert len(venue.connections) == 1
    assert venue.asked[0] == ("/api/Position/searchOpen", "Bearer token-1")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_read_is_repeated_until_it_succeeds(port: RestPort, venue: Venue, status: int) -> None:
    venue.answer = lambda venue, path: EMPTY if len(venue.asked) == 3 else (status, b"")
    assert isinstance(next(iter(port.handle(QueryPositions()))), PositionsFound)
    assert len(venue.asked) == 3


def test_a_read_that_keeps_failing_says_so(port: RestPort, venue: Venue) -> None:
    venue.answer = lambda venue, path: None
    (failed,) = port.handle(QueryPositions())
    assert isinstance(failed, QueryFailed)
    assert (failed.code, len(venue.asked)) == ("connection_lost", 3)


def test_a_definite_answer_is_not_asked_for_again(port: RestPort, venue: Venue) -> None:
    venue.answer = lambda venue, path: (200, {"success": False, "errorCode": 1})
    (failed,) = port.handle(QueryPositions())
    assert isinstance(failed, QueryFailed)
    assert (failed.code, len(venue.asked)) == ("account_not_found", 1)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda venue, path: None, "connection_lost"),
        (lambda venue, path: (500, b""), "http_500"),
        (lambda venue, path: (429, b""), "http_429"),
        (lambda venue, path: (401, b""), "http_401"),
        (lambda venue, path: (307, b""), "http_307"),
        (lambda venue, path: venue.hold.wait(5) and None, "timed_out"),
    ],
)
def test_a_mutation_is_never_sent_twice(
    port: RestPort, venue: Venue, answer: Answer, code: str
) -> None:
    venue.answer = answer
    (result,) = port.handle(ENTRY)
    assert isinstance(result, PlaceResult)
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, code)
    assert len(venue.asked) == 1


def test_a_mutation_on_a_connection_that_the_venue_closed_meanwhile(
    port: RestPort, venue: Venue
) -> None:
    port.handle(QueryPositions())
    venue.answer = lambda venue, path: None
    (result,) = port.handle(CancelOrder(MES, 1))
    assert isinstance(result, CancelResult)
    assert result.outcome is Outcome.UNKNOWN


def test_a_closed_port_proves_that_nothing_was_sent(
    access: Access, instruments: Instruments
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        port = RestPort(Carrier(url, time.time_ns), RestCore(access, instruments, 1))
        (result,) = port.handle(ENTRY)
    assert isinstance(result, PlaceResult)
    assert (result.outcome, result.code) == (Outcome.REFUSED, "not_sent")
    assert url in result.message


def test_many_threads_with_a_stale_token_renew_it_once(
    port: RestPort, venue: Venue, access: Access
) -> None:
    everyone = threading.Barrier(4)

    def answer(venue: Venue, path: str) -> tuple[int, object]:
        bearer = venue.asked[-1][1]
        if path.endswith("validate"):
            return 200, {"newToken": "token-2", "success": True, "errorCode": 0}
        if bearer == "Bearer token-1" or access.token is None or access.token.text == "token-1":
            everyone.wait(5)
            return 401, b""
        return EMPTY

    venue.answer = answer
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.extend(port.handle(QueryPositions())))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [type(answer) for answer in found] == [PositionsFound] * 4
    assert [path for path, _ in venue.asked].count("/api/Auth/validate") == 1


def test_a_spent_budget_refuses_entries_at_once_and_still_lets_exits_through(
    port: RestPort, venue: Venue
) -> None:
    venue.answer = lambda venue, path: (200, {"orderId": 1, "success": True, "errorCode": 0})
    results = [next(iter(port.handle(ENTRY))) for _ in range(141)]
    last = results[-1]
    assert isinstance(last, PlaceResult)
    assert (last.outcome, last.code) == (Outcome.REFUSED, "no_budget")
    assert len(venue.asked) == 140
    (cancelled,) = port.handle(CancelOrder(MES, 1))
    assert isinstance(cancelled, CancelResult)
    assert cancelled.outcome is Outcome.ACCEPTED


def test_closing_ends_a_pause_between_tries(port: RestPort, venue: Venue) -> None:
    def answer(venue: Venue, path: str) -> tuple[int, object]:
        port.close()
        return 500, b""

    venue.answer = answer
    (failed,) = port.handle(QueryPositions())
    assert isinstance(failed, QueryFailed)
    assert len(venue.asked) == 1

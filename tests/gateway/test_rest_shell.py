"""REST over real sockets: what is repeated, what is not, and what a failure proves."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.emergency import Lane
from gateway.exchange import (
    FailureKind,
    HttpReply,
    TransportFailure,
    passing,
    pause_s,
    retry_after_s,
)
from gateway.modification import Modification, modifying
from gateway.reduction import reducing
from gateway.rest import RestCore
from gateway.rest_shell import Carrier, RestPort
from gateway.token import Token
from messages.base import Message
from messages.market import QueryBars, Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
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
MUTATIONS = (ENTRY, CancelOrder(MES, 1), CloseContract(MES))
PATIENCE_S = 20.0
"""No answer that is on its way takes so long, on a busy machine either."""
HASTE_S = 0.3

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
        self.retry_after = ""
        """The header of every answer that is none of 200."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def hears(self, count: int) -> bool:
        """Whether so many requests arrive: the client may give one up before it is read here."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.asked) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return len(self.asked) >= count


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
        if status != 200 and self.server.retry_after:
            self.send_header("Retry-After", self.server.retry_after)
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
def read_timeout() -> float:
    """What `carrier` is given; a test parametrizes it for another."""
    return PATIENCE_S


@pytest.fixture
def carrier(venue: Venue, read_timeout: float) -> Iterator[Carrier]:
    opened = Carrier(venue.url, time.time_ns, PATIENCE_S, read_timeout)
    yield opened
    opened.close()


@pytest.fixture
def port(carrier: Carrier, access: Access, instruments: Instruments) -> RestPort:
    return RestPort(carrier, RestCore(access, instruments, 48120077), at_once=2)


def test_one_connection_serves_many_requests(port: RestPort, venue: Venue) -> None:
    before = time.time_ns()
    for _ in range(3):
        (found,) = port.handle(QueryPositions())
        assert isinstance(found, PositionsFound)
        assert before <= found.asked <= time.time_ns()
    assert len(venue.connections) == 1
    assert venue.asked[0] == ("/api/Position/searchOpen", "Bearer token-1")


def test_a_login_kept_on_the_machine_does_not_take_the_token_s_place(
    port: RestPort, venue: Venue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "netrc"
    kept.write_text("machine 127.0.0.1 login somebody password else\n", "utf-8")
    kept.chmod(0o600)
    monkeypatch.setenv("NETRC", str(kept))
    port.handle(QueryPositions())
    assert venue.asked == [("/api/Position/searchOpen", "Bearer token-1")]


def test_what_the_budget_has_held_back_is_not_tried_again() -> None:
    kinds = [kind for kind in FailureKind if passing(TransportFailure(kind, "why", 0))]
    assert kinds == [kind for kind in FailureKind if kind is not FailureKind.NO_BUDGET]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_read_is_repeated_until_it_succeeds(port: RestPort, venue: Venue, status: int) -> None:
    venue.answer = lambda venue, path: EMPTY if len(venue.asked) == 3 else (status, b"")
    assert isinstance(next(iter(port.handle(QueryPositions()))), PositionsFound)
    assert len(venue.asked) == 3


def test_a_read_that_came_too_often_waits_as_long_as_the_venue_asks(
    carrier: Carrier, port: RestPort, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    pauses: list[float] = []
    pause = carrier._pause

    def watched(seconds: float) -> None:
        pauses.append(seconds)
        pause(seconds)

    monkeypatch.setattr(carrier, "_pause", watched)

    def answer(venue: Venue, path: str) -> tuple[int, object]:
        asked.append(time.monotonic())
        return (429, b"") if len(asked) == 1 else EMPTY

    venue.answer, venue.retry_after = answer, "1"
    assert isinstance(next(iter(port.handle(QueryPositions()))), PositionsFound)
    first, second = asked
    assert second - first >= 1.0
    assert pauses == [1.0]


@pytest.mark.parametrize(
    ("header", "seconds"), [("1", 1.0), ("2", 2.0), ("3600", 2.0), ("", 0.2), ("soon", 0.2)]
)
def test_what_is_asked_for_is_bounded_and_nonsense_is_no_wish(header: str, seconds: float) -> None:
    reply = HttpReply(429, b"", 0, 0, retry_after_s(header or None))
    assert pause_s(1, reply) == seconds


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
    ("answer", "code", "read_timeout"),
    [
        (lambda venue, path: None, "connection_lost", PATIENCE_S),
        (lambda venue, path: (500, b""), "http_500", PATIENCE_S),
        (lambda venue, path: (429, b""), "http_429", PATIENCE_S),
        (lambda venue, path: (401, b""), "http_401", PATIENCE_S),
        (lambda venue, path: (307, b""), "http_307", PATIENCE_S),
        (lambda venue, path: venue.hold.wait(PATIENCE_S) and None, "timed_out", HASTE_S),
    ],
)
@pytest.mark.parametrize("request_", MUTATIONS, ids=lambda request: type(request).__name__)
def test_a_mutation_is_never_sent_twice(
    port: RestPort, venue: Venue, request_: Message, answer: Answer, code: str
) -> None:
    venue.answer = answer
    (result,) = port.handle(request_)
    assert isinstance(result, PlaceResult | CancelResult | CloseResult)
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, code)
    assert venue.hears(1)
    assert len(venue.asked) == 1


@pytest.mark.parametrize("status", [401, 429, 500])
def test_nor_is_a_change_or_a_partial_close(
    carrier: Carrier, venue: Venue, access: Access, instruments: Instruments, status: int
) -> None:
    venue.answer = lambda venue, path: (status, b"")
    plans = (
        modifying(access, 1, instruments[MES], Modification(1, size=1)),
        reducing(access, 1, MES, 1),
    )
    for number, plan in enumerate(plans, 1):
        assert carrier.carry(plan).outcome is Outcome.UNKNOWN
        assert len(venue.asked) == number


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
            everyone.wait(PATIENCE_S)
            return 401, b""
        return EMPTY

    venue.answer = answer
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.extend(port.handle(QueryPositions(urgent=True))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
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


def test_a_routine_read_without_room_fails_at_once_and_an_urgent_one_finds_its_own(
    port: RestPort, venue: Venue
) -> None:
    for _ in range(100):
        port.handle(QueryPositions())
    began = time.monotonic()
    (last,) = port.handle(QueryPositions())
    assert isinstance(last, QueryFailed)
    assert (last.code, last.urgent, len(venue.asked)) == ("no_budget", False, 100)
    (found,) = port.handle(QueryPositions(urgent=True))
    assert isinstance(found, PositionsFound)
    assert time.monotonic() - began < 10, "it has waited for room, which is a minute away"


def test_routine_reads_that_the_venue_keeps_waiting_leave_the_way_free_for_urgent_ones(
    carrier: Carrier, port: RestPort, venue: Venue
) -> None:
    waiting = threading.Semaphore(0)

    def answer(venue: Venue, path: str) -> tuple[int, object]:
        if path.endswith("retrieveBars"):
            waiting.release()
            venue.hold.wait(PATIENCE_S)
        return EMPTY

    venue.answer = answer
    bars = QueryBars(MES, 1, 0, 0, 1)
    threads = [threading.Thread(target=port.handle, args=(bars,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert all(waiting.acquire(timeout=PATIENCE_S) for _ in threads)
    (failed,) = port.handle(QueryPositions())
    assert isinstance(failed, QueryFailed)
    assert failed.code == "busy"
    (found,) = port.handle(QueryPositions(urgent=True))
    assert isinstance(found, PositionsFound)
    venue.hold.set()
    carrier.close()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert isinstance(next(iter(port.handle(QueryPositions()))), QueryFailed), "closed by now"


def test_threads_share_warm_connections(port: RestPort, venue: Venue) -> None:
    for _ in range(5):
        thread = threading.Thread(target=port.handle, args=(QueryPositions(urgent=True),))
        thread.start()
        thread.join(PATIENCE_S)
    assert len(venue.connections) == 1


def test_requests_of_the_emergency_lane_use_the_same_budget(
    carrier: Carrier, port: RestPort, venue: Venue
) -> None:
    lane = Lane(venue.url, 1, lambda: "token-1", record=carrier.record)
    venue.answer = lambda venue, path: (200, {"success": True, "positions": [], "orders": []})
    for _ in range(50):
        assert lane.flatten(PATIENCE_S) == ""
    assert len(venue.asked) == 100
    assert isinstance(next(iter(port.handle(QueryPositions()))), QueryFailed)
    assert len(venue.asked) == 100


def test_closing_ends_a_pause_between_tries(port: RestPort, venue: Venue) -> None:
    def answer(venue: Venue, path: str) -> tuple[int, object]:
        port.close()
        return 500, b""

    venue.answer = answer
    (failed,) = port.handle(QueryPositions())
    assert isinstance(failed, QueryFailed)
    assert len(venue.asked) == 1

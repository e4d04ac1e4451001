"""REST over real sockets: carries plans with requests, and is the runtime's port for them."""

import threading
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import Protocol, TypeVar

import requests
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt
from urllib3.exceptions import (
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ReadTimeoutError,
)

from gateway.exchange import (
    FailureKind,
    HttpReply,
    HttpRequest,
    Outcome,
    Plan,
    TransportFailure,
    passing,
    pause_s,
    retry_after_s,
)
from gateway.http_session import TooLong, VenueAdapter, VenueSession, whole
from gateway.limiter import Limiter
from gateway.rest import RestCore, routine
from messages.base import SECOND, Message, Nanos
from messages.order import QueryFailed

T = TypeVar("T")

CONNECTIONS = 16
"""Kept open between requests, at most."""

QUERY_WORKERS = 16
"""Threads for reads. A read that the venue leaves without an answer holds one for 15 s."""

ORDER_WORKERS = 6
"""Threads for orders, cancels and closes: one that is not answered (5 s) must not hold up a way
out.
"""

ROUTINE_AT_ONCE = 12


class Carrier:
    """Carries the exchanges of plans, for any number of threads, within one rate budget.

    `clock` is ns UTC. A whole answer has to be here within `read_timeout`. Repeatable requests are
    tried `attempts` times with growing pauses. A read waits `patience` for room in the budget; a
    mutation never does (gateway.md 12.10).
    """

    def __init__(
        self,
        base_url: str,
        clock: Callable[[], Nanos],
        connect_timeout: float = 3.0,
        read_timeout: float = 5.0,
        attempts: int = 3,
        patience: Nanos = 0,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._clock = clock
        self._timeouts = (connect_timeout, read_timeout)
        self._attempts = attempts
        self._patience = patience
        self._limiter = Limiter()
        self._counting = threading.Lock()
        self._closing = threading.Event()
        self._threads = threading.local()
        # Shared by all threads, the newest first: an urgent request finds a warm connection.
        self._connections = VenueAdapter(pool_maxsize=CONNECTIONS)

    def carry(self, plan: Plan[T]) -> T:
        """Run a plan to its end; raises what the plan raises."""
        try:
            request = next(plan)
            while True:
                request = plan.send(self._exchange(request))
        except StopIteration as end:
            answer: T = end.value
            return answer

    def record(self) -> None:
        """Count a request that leaves on another way. It never waits for long: who sends it must
        not hang with the engine.
        """
        if self._counting.acquire(timeout=0.05):
            self._limiter.record(self._clock())
            self._counting.release()

    def close(self) -> None:
        """End all waiting: nothing is sent any more."""
        self._closing.set()

    def _exchange(self, request: HttpRequest) -> Outcome:
        if not request.repeatable:
            return self._send(request, patience=0)
        retrying = Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=lambda state: pause_s(state.attempt_number, _last(state)),
            retry=retry_if_result(passing),
            retry_error_callback=_last,
            sleep=self._pause,
        )
        outcome: Outcome = retrying(self._send, request, self._patience)
        return outcome

    def _send(self, request: HttpRequest, patience: Nanos) -> Outcome:
        if not self._admitted(request, patience):
            words = "the rate budget is used up" if not self._closing.is_set() else "closed"
            return TransportFailure(FailureKind.NO_BUDGET, words, self._clock())
        sent = self._clock()
        try:
            response = self._session().request(
                request.method,
                self._base + request.path,
                data=request.body,
                headers=request.headers(),
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            )
            body = whole(response)
        except _BROKEN as problem:
            return self._failed(problem, sent)
        wanted = retry_after_s(response.headers.get("Retry-After"))
        return HttpReply(response.status_code, body, sent, self._clock(), wanted)

    def _failed(self, problem: Exception, sent: Nanos) -> TransportFailure:
        """What a failed attempt proves: only a connection that never came about sent nothing."""
        if _late(problem):
            words = f"no answer within {self._timeouts[1]:g} s"
            return TransportFailure(FailureKind.TIMED_OUT, words, sent)
        if isinstance(problem, requests.ConnectTimeout) or _never_connected(problem):
            return TransportFailure(FailureKind.NOT_SENT, f"no connection to {self._base}", sent)
        words = str(problem) if isinstance(problem, TooLong) else type(problem).__name__
        return TransportFailure(FailureKind.CONNECTION_LOST, words, sent)

    def _admitted(self, request: HttpRequest, patience: Nanos) -> bool:
        deadline = self._clock() + patience
        while not self._closing.is_set():
            with self._counting:
                wait = self._limiter.permit(request.lane, self._clock())
            if not wait:
                return True
            if self._clock() + wait > deadline:
                return False
            self._pause(wait / SECOND)
        return False

    def _pause(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def _session(self) -> requests.Session:
        """This thread's own: a requests session is not made for sharing."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = VenueSession()
            session.mount(self._base, self._connections)
        return session


class RestPort:
    """The runtime's port for REST: worker threads hand in a request and get its answer.

    Serves every message type of RestCore.requests, RenewToken included. It never raises for what
    the venue does. At most `at_once` routine reads are under way together, so that urgent requests
    find a worker while the venue is slow; one more fails at once.
    """

    def __init__(self, carrier: Carrier, core: RestCore, at_once: int = ROUTINE_AT_ONCE) -> None:
        self._carrier = carrier
        self._core = core
        self._slots = threading.BoundedSemaphore(at_once)

    def handle(self, message: Message) -> Iterable[Message]:
        if not routine(message):
            return (self._carry(message),)
        if not self._slots.acquire(blocking=False):
            words = "as many reads as may be are waiting for the venue"
            return (QueryFailed(type(message).__name__, "busy", words),)
        try:
            return (self._carry(message),)
        finally:
            self._slots.release()

    def _carry(self, message: Message) -> Message:
        return self._carrier.carry(self._core.plan(message))

    def close(self) -> None:
        self._carrier.close()


class _Ended(Protocol):
    def result(self) -> Outcome: ...


def _last(state: RetryCallState) -> Outcome:
    ended: _Ended | None = state.outcome
    if ended is None:
        raise RuntimeError("a retry ended without an attempt")
    return ended.result()


_BROKEN = (requests.RequestException, HTTPError, HTTPException, ValueError)
"""What an answer that breaks the rules of HTTP may provoke; requests lets some of it through."""


def _late(problem: Exception) -> bool:
    """Whether the answer, or the rest of it, did not come in time."""
    cause = problem.args[0] if problem.args else None
    return isinstance(problem, requests.ReadTimeout) or isinstance(cause, ReadTimeoutError)


def _never_connected(problem: Exception) -> bool:
    """Nobody there, or no address that there could be anybody at."""
    cause = problem.args[0] if problem.args else None
    nobody = isinstance(getattr(cause, "reason", None), NewConnectionError)
    return nobody or isinstance(problem, LocationValueError)

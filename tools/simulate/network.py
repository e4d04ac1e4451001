"""The network between engine and venue, in virtual time: the client's cores on one side, the
venue's on the other. The hubs have a file of their own.
"""

from collections import deque
from collections.abc import Callable
from random import Random

import msgspec

from actors.runtime.ports import Answer
from actors.runtime.virtual import VirtualRuntime
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
from gateway.limiter import Limiter
from gateway.rest import RestCore
from gateway.session import Session
from messages.base import MILLISECOND, SECOND, Message, Nanos
from tools.simulator.venue import Venue

REST_DELAY = 2 * MILLISECOND
JITTER = 3 * MILLISECOND


class VenueWorld:
    """The venue as the virtual runtime's world: time passes for it, and what it sends is carried
    over.
    """

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.arrive: Callable[[int, bytes | None, Nanos], None] = lambda connection, data, at: None

    def next_time(self) -> Nanos | None:
        return self.venue.next_time()

    def advance(self, now: Nanos) -> None:
        self.venue.advance(now)
        self.collect()

    def collect(self) -> None:
        for sent in self.venue.outgoing():
            self.arrive(sent.connection, sent.data, sent.at)


def establish(venue: Venue, plan: Plan[Session], limiter: Limiter, now: Nanos) -> Session:
    """Run the start of a session against the venue at one instant."""
    try:
        request = next(plan)
        while True:
            limiter.permit(request.lane, now)
            answer = venue.request(
                now, request.method, request.path, request.headers(), request.body
            )
            request = plan.send(HttpReply(answer.status, answer.body, now, now))
    except StopIteration as end:
        session: Session = end.value
        return session


class Line(msgspec.Struct, frozen=True):
    """How a live session's requests travel: `timeout` bounds an exchange, `attempts` are the tries
    of a read, `workers` how many requests of a port are under way at once.
    """

    timeout: Nanos
    attempts: int
    workers: int


class VirtualRest:
    """The port for REST: carries a plan's exchanges over the virtual network, with the request
    budget, the time-outs, the retries and the number of workers of a live session.
    """

    def __init__(
        self,
        core: RestCore,
        world: VenueWorld,
        runtime: VirtualRuntime,
        limiter: Limiter,
        line: Line,
        rng: Random,
    ) -> None:
        self._core = core
        self._limiter = limiter
        self._world = world
        self._runtime = runtime
        self._line = line
        self._rng = rng
        self._busy = 0
        self._waiting: deque[tuple[Message, Answer]] = deque()

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        if self._busy == self._line.workers:
            self._waiting.append((message, answer))
            return
        self._busy += 1
        plan = self._core.plan(message)
        self._send(plan, next(plan), answer)

    def _send(
        self, plan: Plan[Message], request: HttpRequest, answer: Answer, attempt: int = 1
    ) -> None:
        sent = self._runtime.clock.now
        if self._limiter.permit(request.lane, sent):
            words = "the rate budget is used up"
            self._go_on(plan, TransportFailure(FailureKind.NO_BUDGET, words, sent), answer)
            return

        def arrive() -> None:
            now = self._runtime.clock.now
            reply = self._world.venue.request(
                now, request.method, request.path, request.headers(), request.body
            )
            self._world.collect()
            at = max(reply.at, now) + self._delay()
            if at - sent > self._line.timeout:
                words = f"no answer within {self._line.timeout / SECOND:g} s"
                back(
                    TransportFailure(FailureKind.TIMED_OUT, words, sent), sent + self._line.timeout
                )
            else:
                wanted = retry_after_s(reply.headers.get("retry-after"))
                back(HttpReply(reply.status, reply.body, sent, at, wanted), at)

        def back(outcome: Outcome, at: Nanos) -> None:
            if request.repeatable and attempt < self._line.attempts and passing(outcome):
                again = at + int(pause_s(attempt, outcome) * SECOND)
                self._runtime.at(again, lambda: self._send(plan, request, answer, attempt + 1))
            else:
                self._runtime.at(at, lambda: self._go_on(plan, outcome, answer))

        self._runtime.at(sent + self._delay(), arrive)

    def _go_on(self, plan: Plan[Message], outcome: Outcome, answer: Answer) -> None:
        try:
            following = plan.send(outcome)
        except StopIteration as end:
            answer(self._runtime.clock.now, end.value)
            self._free()
        else:
            self._send(plan, following, answer)

    def _free(self) -> None:
        self._busy -= 1
        if self._waiting:
            message, answer = self._waiting.popleft()
            self.handle(message, self._runtime.clock.now, answer)

    def _delay(self) -> Nanos:
        return REST_DELAY + self._rng.randrange(JITTER)

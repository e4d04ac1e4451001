"""One HTTP exchange as values, and the plan: a generator that yields requests and is sent their
replies.

The same plan runs over real sockets (rest_shell.RestPort) and in virtual time, where a harness
carries each yielded HttpRequest to a venue in process and sends the reply in when it arrives:

    step = next(plan)              # an HttpRequest, or StopIteration at once
    step = plan.send(reply)        # HttpReply or TransportFailure in, next HttpRequest out
    ...                            # StopIteration.value is the answer
"""

from collections.abc import Generator
from enum import StrEnum
from typing import TypeAlias, TypeVar

import msgspec

from gateway.limiter import Lane
from gateway.token import Token
from messages import order
from messages.base import Nanos

T = TypeVar("T")


class HttpRequest(msgspec.Struct, frozen=True):
    """`repeatable` marks what may be sent again: reads and logins, never a mutation."""

    path: str
    body: bytes
    lane: Lane
    repeatable: bool
    token: Token | None = None
    method: str = "POST"

    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "text/plain, application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token.text}"
        return headers

    def __repr__(self) -> str:
        """Without the body, which may hold an api key."""
        return f"HttpRequest({self.method} {self.path})"


class HttpReply(msgspec.Struct, frozen=True):
    """`sent` is when the request left, `received` when the whole answer was here."""

    status: int
    body: bytes
    sent: Nanos
    received: Nanos
    retry_after_s: int = 0
    """How long the venue wants to be left alone, where it says so."""


class FailureKind(StrEnum):
    NOT_SENT = "not_sent"
    """No connection came about: provably nothing left."""
    NO_BUDGET = order.NO_BUDGET
    """Held back by our own rate limit: nothing left."""
    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"

    @property
    def harmless(self) -> bool:
        """Whether the venue certainly never saw the request."""
        return self in (FailureKind.NOT_SENT, FailureKind.NO_BUDGET)


class TransportFailure(msgspec.Struct, frozen=True):
    """No readable reply. `sent` as in HttpReply (the time of the attempt)."""

    kind: FailureKind
    words: str
    sent: Nanos


Outcome: TypeAlias = HttpReply | TransportFailure
Plan: TypeAlias = Generator[HttpRequest, Outcome, T]


def passing(outcome: Outcome) -> bool:
    """Whether another try of a repeatable request may do better."""
    if isinstance(outcome, TransportFailure):
        return outcome.kind is not FailureKind.NO_BUDGET
    return outcome.status == 429 or outcome.status >= 500


LONGEST_PAUSE_S = 2.0
"""A way out has a deadline of three seconds: it cannot wait for as long as the venue may ask."""


def pause_s(attempt: int, outcome: Outcome) -> float:
    """Seconds from the end of a try (the first is 1), and its outcome, to the next."""
    asked = outcome.retry_after_s if isinstance(outcome, HttpReply) else 0
    return min(max(0.2 * 2.0 ** (attempt - 1), asked), LONGEST_PAUSE_S)


def retry_after_s(header: str | None) -> int:
    """Retry-After in whole seconds (gateway.md 13); 0 for none, or for anything else."""
    stated = header is not None and header.isascii() and header.isdigit() and len(header) < 10
    return int(header or 0) if stated else 0

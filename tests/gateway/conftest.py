"""What the gateway's tests share: one instrument, one account, and a way to play a plan by hand."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.exchange import HttpReply, HttpRequest, Outcome, Plan
from gateway.rest import RestCore
from gateway.token import Token
from messages.base import SECOND
from messages.market import Instrument
from tests.gateway.anybody import Anybody
from tests.gateway.changing import Change

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48120077
NOON = 1_795_176_000 * SECOND  # 2026-11-20T12:00:00Z


class Play(Protocol):
    def __call__(
        self, plan: Plan[Any], *replies: Outcome | tuple[int, object]
    ) -> tuple[Any, list[HttpRequest]]: ...


@pytest.fixture
def instruments() -> Instruments:
    return Instruments([Instrument(MES, "MES", "MESZ6", "0.25", 12_500)])


@pytest.fixture
def access() -> Access:
    given = Access("demo", "key-7f3a")
    given.token = Token("token-1", NOON, NOON + 86_400 * SECOND)
    return given


@pytest.fixture
def core(access: Access, instruments: Instruments) -> RestCore:
    return RestCore(access, instruments, ACCOUNT)


@pytest.fixture
def play() -> Play:
    """Run a plan against replies in order; its answer, and the requests it made.

    A reply may be (status, body to be written as JSON); the nth request leaves at NOON + n ms.
    """

    def run(
        plan: Plan[Any], *replies: Outcome | tuple[int, object]
    ) -> tuple[Any, list[HttpRequest]]:
        asked: list[HttpRequest] = []
        waiting = list(replies)
        try:
            asked.append(next(plan))
            while True:
                asked.append(plan.send(_reply(waiting.pop(0), len(asked))))
        except StopIteration as end:
            assert not waiting, f"{len(waiting)} replies were never asked for"
            return end.value, asked

    return run


def _reply(given: Outcome | tuple[int, object], number: int) -> Outcome:
    if not isinstance(given, tuple):
        return given
    status, body = given
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = NOON + number * 1_000_000
    return HttpReply(status, data, sent, sent + 500_000)


@pytest.fixture
def ok() -> Callable[..., tuple[int, object]]:
    """A successful envelope with a payload."""

    def envelope(**payload: object) -> tuple[int, object]:
        return 200, {**payload, "success": True, "errorCode": 0, "errorMessage": None}

    return envelope


@pytest.fixture
def refusal() -> Callable[..., tuple[int, object]]:
    def envelope(code: int, message: str | None = None, **payload: object) -> tuple[int, object]:
        return 200, {**payload, "success": False, "errorCode": code, "errorMessage": message}

    return envelope


@pytest.fixture
def change() -> Change:
    return Change()


@pytest.fixture
def anybody() -> Iterator[Anybody]:
    started = Anybody()
    started.start()
    yield started
    started.close()

"""The emergency lane's own thrift: it sends beside the limiter, out of the same minute's budget."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway import emergency
from gateway.emergency import Lane
from gateway.limiter import CEILINGS
from gateway.limiter import Lane as Purpose

ACCOUNT = 48120077


class Sleepless:
    """The lane's clock: time passes in its pauses only."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def monotonic_ns(self) -> int:
        return int(self.now * 1e9)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Unhelped(Lane):
    """In front of a venue that answers as told, without a socket; it counts what was asked."""

    def __init__(self, answer: Callable[[str], tuple[int, dict[str, Any]]]) -> None:
        super().__init__("http://venue", ACCOUNT, lambda: "token", lambda message: None)
        self.asked: list[str] = []
        self._answer = answer

    def _post(self, path: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        return self._answer(path)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Sleepless:
    made = Sleepless()
    monkeypatch.setattr(emergency, "time", made)
    return made


def test_a_venue_that_refuses_everything_is_asked_ever_more_rarely() -> None:
    lane = Unhelped(lambda path: (429, {}))
    assert "HTTP 429" in lane.flatten(10)
    assert 8 <= len(lane.asked) <= 14


def test_a_position_behind_a_bracket_is_left_within_what_the_limiter_leaves_to_the_lane() -> None:
    position = [{"contractId": "MES"}]
    orders = [
        {"id": 2, "type": 4, "contractId": "MES"},
        {"id": 3, "type": 1, "contractId": "MES"},
    ]

    def answer(path: str) -> tuple[int, dict[str, Any]]:
        if path == "Position/closeContract":
            position.clear()
        if path == "Order/cancel":
            orders.pop()
        listed = {"positions": list(position), "orders": list(orders)}
        return 200, {"success": True, **listed}

    lane = Unhelped(answer)
    assert lane.flatten(10) == ""
    assert len(lane.asked) <= 200 - CEILINGS[Purpose.EXIT]

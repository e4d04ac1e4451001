"""The strategy of --trade-once: when it asks for its entry, and that it never asks again."""

import pytest

from actors.signal.once import Once
from actors.signal.strategy import View
from messages.decision import NoSignal, Signal, SignalKind, SignalRefusal
from messages.market import Side
from tests.signal.bench import MES, bar, nothing


def view(size: int = 0, busy: str = "", allowed: bool = True, degraded: bool = False) -> View:
    return View(MES.id, bar(), nothing(), size, busy, allowed, degraded)


@pytest.mark.parametrize(
    ("side", "kind"), [(Side.BUY, SignalKind.LONG_ENTRY), (Side.SELL, SignalKind.SHORT_ENTRY)]
)
def test_it_asks_for_one_entry_without_any_prediction(side: Side, kind: SignalKind) -> None:
    strategy = Once(side)(MES)
    answer = strategy.decide(view())
    assert isinstance(answer, Signal)
    assert answer.kind is kind
    assert isinstance(strategy.decide(view()), NoSignal)


def test_neither_a_restarted_room_nor_another_contract_asks_again() -> None:
    once = Once(Side.BUY)
    assert isinstance(once(MES).decide(view()), Signal)
    assert isinstance(once(MES).decide(view()), NoSignal)


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (view(size=1), SignalRefusal.HOLDING),
        (view(busy="exiting"), SignalRefusal.BUSY),
        (view(allowed=False), SignalRefusal.NOT_ALLOWED),
        (view(degraded=True), SignalRefusal.DEGRADED),
    ],
)
def test_it_waits_while_something_is_in_the_way(seen: View, code: SignalRefusal) -> None:
    strategy = Once(Side.BUY)(MES)
    answer = strategy.decide(seen)
    assert isinstance(answer, NoSignal)
    assert answer.code is code
    assert isinstance(strategy.decide(view()), Signal), "it has given up"

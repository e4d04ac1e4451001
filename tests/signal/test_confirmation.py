"""Order-flow confirmation: each limit, either side, and what is not known."""

import pytest
from msgspec.structs import replace

from actors.signal.confirmation import objection
from actors.signal.desk import Desk
from actors.signal.strategy import RECENT, View
from config.schema import Signal as Rules
from messages.base import SECOND
from messages.decision import NoSignal, Signal, SignalKind, SignalRefusal
from messages.market import Bar, Side
from messages.order import Phase
from tests.signal.bench import MES, NOW, PRICE, ask, nothing
from tests.signal.bench import bar as plain

BUY, SELL = Side.BUY, Side.SELL
BOOK = Rules(confirm_flow=True, opposing_imbalance=0.2, opposing_momentum=1)
NEITHER = Rules(confirm_flow=True, opposing_imbalance=1, opposing_momentum=1)
TAPE = Rules(confirm_flow=True, opposing_imbalance=1, opposing_momentum=0.2, momentum_bars=3)


def book(bids: int, asks: int) -> Bar:
    return replace(plain(), bid_depth=bids, ask_depth=asks)


def tape(bought: int, sold: int, number: int = 0) -> Bar:
    volume = bought + sold
    return replace(plain(number), volume=volume, buy_volume=bought, sell_volume=sold)


@pytest.mark.parametrize(
    ("side", "bids", "asks", "words"),
    [
        (BUY, 40, 60, ""),  # -0.2: at the limit
        (BUY, 399, 601, "imbalance -0.20, limit 0.2"),
        (BUY, 90, 10, ""),
        (SELL, 60, 40, ""),
        (SELL, 601, 399, "imbalance +0.20, limit 0.2"),
        (SELL, 10, 90, ""),
        (BUY, 3, 7, "imbalance -0.40, limit 0.2"),
    ],
)
def test_the_book_may_lean_against_an_entry_as_far_as_its_limit(
    side: Side, bids: int, asks: int, words: str
) -> None:
    assert objection([book(bids, asks)], side, BOOK) == words


@pytest.mark.parametrize(
    ("side", "flow", "words"),
    [
        (BUY, [(10, 20), (10, 10), (20, 30)], ""),  # 40 bought, 60 sold: at the limit
        (BUY, [(10, 20), (10, 10), (20, 31)], "momentum -0.21, limit 0.2"),
        (SELL, [(20, 10), (10, 10), (30, 20)], ""),
        (SELL, [(20, 10), (10, 10), (31, 20)], "momentum +0.21, limit 0.2"),
        (SELL, [(0, 9), (0, 9), (0, 9)], ""),
        (BUY, [(0, 0), (0, 0), (0, 0)], ""),  # a quiet tape speaks against nobody
        (BUY, [(0, 900), (9, 0), (9, 0), (9, 0)], ""),  # older than the window
    ],
)
def test_the_tape_may_run_against_an_entry_as_far_as_its_limit(
    side: Side, flow: list[tuple[int, int]], words: str
) -> None:
    bars = [tape(*one, number) for number, one in enumerate(flow)]
    assert objection(bars, side, TAPE) == words


@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_book_that_is_not_known_confirms_nothing(side: Side) -> None:
    for one in (book(0, 0), book(0, 50), book(50, 0)):
        assert objection([one], side, BOOK) == "the book is not known"
        assert objection([one], side, NEITHER) == ""


@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_tape_that_is_not_known_confirms_nothing(side: Side) -> None:
    told = [plain(0), tape(5, 5, 1), tape(5, 5, 2)]  # the first is the venue's
    assert objection(told, side, TAPE) == "the tape of 2 of 3 bars is known"
    assert objection(told[1:], side, TAPE) == "the tape of 2 of 3 bars is known"
    assert objection([*told, tape(5, 5, 3)], side, TAPE) == ""
    assert objection(told, side, BOOK) == "the book is not known"


def test_a_view_holds_as_many_bars_as_may_be_asked_for() -> None:
    assert Rules(momentum_bars=RECENT).momentum_bars == RECENT


class Wishes:
    def __init__(self, kind: SignalKind) -> None:
        self.kind = kind

    def decide(self, view: View) -> Signal | NoSignal:
        return view.signal(self.kind, "wished")


def answer(kind: SignalKind, size: int, rules: Rules) -> Signal | NoSignal:
    """At the close of a bar whose book leans far to the sellers."""
    at = Desk(MES.id, Wishes(kind), rules)
    at.size = size
    at.moved(Phase.PROTECTED if size else Phase.FLAT)
    at.closed(book(10, 90), True)
    (found,) = at.predicted(nothing(), True)
    return found


def test_an_entry_against_the_flow_is_refused_with_its_code_and_figures() -> None:
    words = "LONG_ENTRY imbalance -0.80, limit 0.2"
    expected = NoSignal(MES.id, NOW, SignalRefusal.FLOW_DISAGREES, words)
    assert answer(SignalKind.LONG_ENTRY, 0, BOOK) == expected
    assert isinstance(answer(SignalKind.SHORT_ENTRY, 0, BOOK), Signal)


def test_a_reversal_against_the_flow_becomes_its_exit() -> None:
    words = "wished; REVERSE_TO_LONG not: flow_disagrees imbalance -0.80, limit 0.2"
    expected = Signal(MES.id, NOW, SignalKind.EXIT_SHORT, 1.0, PRICE, words)
    assert answer(SignalKind.REVERSE_TO_LONG, -1, BOOK) == expected
    with_it = answer(SignalKind.REVERSE_TO_SHORT, 1, BOOK)
    assert isinstance(with_it, Signal)
    assert with_it.kind is SignalKind.REVERSE_TO_SHORT


@pytest.mark.parametrize(
    ("kind", "size"),
    [(SignalKind.EXIT_SHORT, -1), (SignalKind.EXIT_LONG, 1), (SignalKind.FLATTEN, -1)],
)
def test_no_way_out_needs_the_flow(kind: SignalKind, size: int) -> None:
    assert isinstance(answer(kind, size, BOOK), Signal)


def test_it_is_off_unless_it_is_asked_for() -> None:
    assert isinstance(answer(SignalKind.LONG_ENTRY, 0, Rules()), Signal)


def test_the_window_is_that_of_the_bars_the_desk_has_seen() -> None:
    at = Desk(MES.id, Wishes(SignalKind.LONG_ENTRY), TAPE)
    at.size = 0
    at.moved(Phase.FLAT)
    at.past([tape(5, 5, number) for number in (-2, -1)])
    assert at.closed(tape(5, 5), True) == []
    (found,) = at.predicted(nothing(), True)
    assert isinstance(found, Signal)
    late = ask(at, nothing(1), 1)  # a bar of the venue's: its flow is not known
    assert isinstance(late, NoSignal)
    assert late.bar_end == NOW + SECOND
    assert late.code is SignalRefusal.FLOW_DISAGREES

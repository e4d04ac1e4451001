"""The market in one message: each figure is that of its call, and unknown where nothing came."""

from math import isfinite

import msgspec

from actors.bar.splice import Splice
from actors.bar.telling import picture
from config.calendar import exchange
from config.timeframe import parse
from messages.base import MILLISECOND, SECOND, Nanos
from messages.hub import Stream
from messages.market import Bar, Depth, Print, Quote, Side, Tape
from messages.picture import Marked, MarketPicture, Shown
from tests.bar.analytics.bench import BUY, MES, SELL, Feed, T, whole
from tests.benchmarks.markets import simulated

DELAY = 20 * MILLISECOND


def told(splice: Splice, now: Nanos, newest: Bar | None = None) -> MarketPicture:
    return picture(MES, splice, newest, now, exchange)


def small() -> Splice:
    splice = Splice(True, MES, (parse("1min"),))
    splice.hear(Quote(MES, T, T + DELAY, bid=100, ask=101))
    splice.hear(Depth(MES, T + DELAY, whole(T, {100: 150, 99: 5}, {101: 50, 102: 5})))
    prints = (Print(T + 1, 101, 3, Side.BUY), Print(T + 2, 100, 1, Side.SELL))
    splice.hear(Tape(MES, T + 2 + DELAY, prints))
    return splice


def test_it_tells_book_and_tape() -> None:
    found = told(small(), T + SECOND)
    assert found.at == T + 2
    assert found.book.bids == (Shown(100, 150), Shown(99, 5))
    assert found.book.imbalance == (155 - 55) / (155 + 55)
    assert found.liquidity == (Marked(Side.BUY, 100, 100, 1, 150),)
    assert (found.tape.buy_volume, found.tape.sell_volume, found.tape.prints) == (3, 1, 2)
    assert (found.tape.momentum, found.tape.largest) == (0.5, 3)
    assert (found.tape.point_of_control, found.tape.session_volume) == (101, 4)
    assert found.tape.vwap == found.tape.session_vwap == 403 / 4


def test_it_tells_how_the_data_does() -> None:
    data = told(small(), T + 10 * SECOND).data
    assert [(one.stream, one.stale) for one in data.streams] == [(s, True) for s in Stream]
    assert data.streams[0].silence == 10 * SECOND - DELAY
    assert (data.stale, data.timeliness) == (True, "real-time")
    assert data.words == "silent for 10.0 s; real-time: 20 ms old when it came"
    assert not told(small(), T + SECOND).data.stale


def test_it_tells_whether_the_bars_are_behind() -> None:
    bar = Bar(T, T + SECOND, 1, 1, 1, 1, 1)
    assert not told(small(), T + 30 * SECOND, bar).data.bars_stale
    late = told(small(), T + 90 * SECOND, bar).data
    assert (late.bars_stale, late.bars_behind) == (True, 89 * SECOND - DELAY)


def test_it_counts_late_prints_and_what_they_corrected() -> None:
    splice = small()
    splice.hear(Tape(MES, T + 61 * SECOND, (Print(T + 61 * SECOND, 101, 1, Side.BUY),)))
    splice.hear(Tape(MES, T + 61 * SECOND, (Print(T + 5, 101, 1, Side.BUY),)))
    data = told(splice, T + 61 * SECOND).data
    assert (data.late_prints, data.corrections, data.strays) == (1, 1, 0)


class Hand(Feed):
    """A market fed by hand, that is a splice's."""

    def __init__(self) -> None:
        self.splice = Splice(True)
        self.market = self.splice.market


def test_patterns_stand_out_with_how_often_how_much_and_how_sure() -> None:
    feed = Hand()
    feed.book(0, {100 - k: 20 for k in range(10)}, {101 + k: 20 for k in range(10)})
    for k in range(40):
        feed.level(15 * k + 1, BUY, 95, 140)
        feed.level(15 * k + 2, BUY, 95, 20)
    for k in range(6):
        feed.trade(600 + k, 101, 12, BUY)
        feed.level(600 + k, SELL, 101, 20)
    for price in (103, 104, 105):
        feed.level(607, SELL, price, 60)
    found = told(feed.splice, feed.market.now)
    (spoofed,), (iceberg,) = feed.market.spoofing(), feed.market.icebergs()
    assert found.spoofing == (Marked(BUY, 95, 95, spoofed.placements, 120, spoofed.confidence),)
    assert found.icebergs == (Marked(SELL, 101, 101, 6, 72, iceberg.confidence),)
    assert found.clusters == (Marked(SELL, 103, 105, 3, 180),)


def test_of_nothing_it_tells_that_nothing_is_known() -> None:
    found = told(Splice(True), T)
    assert (found.at, found.book.bids, found.book.imbalance) == (0, (), None)
    assert (found.tape.vwap, found.tape.point_of_control) == (None, None)
    assert (found.data.stale, found.data.timeliness) == (True, "unknown")


def test_of_a_market_it_can_be_written_and_read_back() -> None:
    splice = Splice(True)
    for message in simulated(300):
        splice.hear(message)
    found = told(splice, splice.market.received)
    assert found.support_resistance
    assert found.tape.volatility > 0
    assert isfinite(found.tape.volatility)
    assert msgspec.json.decode(msgspec.json.encode(found), type=MarketPicture) == found

"""On recorded markets: the book equals the recorded quotes, and nothing that traded is lost."""

from bisect import bisect_left, bisect_right

import pytest

from actors.bar.analytics.market import Market
from actors.bar.analytics.windows import HOUR, MINUTE
from actors.bar.ladder import NEVER, Ladder, Touch
from messages.base import MILLISECOND, Nanos
from messages.market import Depth, Side
from tests.bar.analytics.recorded import depth, messages, tables, tape

ES = "esh4_20231225"
BTCUSDT = "btcusdt_perp_20240808_5min"
BTCUSD = "btcusd_perp_20240808_5min"


def quotes(name: str) -> tuple[list[Nanos], list[Touch]]:
    table = tables(name)["quotes"]
    columns = (table[column].tolist() for column in ("bid", "ask", "bid_size", "ask_size"))
    return table["ts"].tolist(), [Touch(*row) for row in zip(*columns, strict=True)]


def shown(records: list[Depth]) -> list[tuple[Nanos, Touch | None]]:
    """The touch that each recorded update leaves."""
    book, found = Ladder(), []
    for record in records:
        book.apply(record.rows, 0, NEVER)
        found.append((record.received, book.touch()))
    return found


def test_replayed_depth_of_es_gives_the_recorded_quote_of_every_stamp_with_its_sizes() -> None:
    """Of several quotes of one stamp the last: the others show one update in the making."""
    stamps, recorded = quotes(ES)
    last, replayed = dict(zip(stamps, recorded, strict=True)), dict(shown(depth(ES)))
    assert len(last) == 23_666
    assert {stamp: replayed[stamp] for stamp in last} == last


@pytest.mark.parametrize(("name", "sized", "priced"), [(BTCUSDT, 100, 10), (BTCUSD, 0, 0)])
def test_replayed_depth_of_a_perpetual_is_always_a_quote_recorded_at_about_that_time(
    name: str, sized: int, priced: int
) -> None:
    """Its streams are not ordered with each other, and depth comes once for several quotes: so
    every replayed touch is looked for among the quotes within so many ms of it (and the one that
    stood before), with its sizes and by price alone.
    """
    stamps, recorded = quotes(name)
    for stamp, touch in shown(depth(name)):
        assert touch is not None
        assert touch in near(stamps, recorded, stamp, sized)
        assert touch[:2] in {quote[:2] for quote in near(stamps, recorded, stamp, priced)}


def near(stamps: list[Nanos], recorded: list[Touch], at: Nanos, ms: int) -> list[Touch]:
    first = bisect_left(stamps, at - ms * MILLISECOND)
    return recorded[max(0, first - 1) : bisect_right(stamps, at + ms * MILLISECOND)]


def test_the_crossed_book_before_the_open_is_shown_crossed_and_counted() -> None:
    name = "esh4_20231225_preopen"
    stamps, recorded = quotes(name)
    replayed = dict(shown(depth(name)))
    assert [replayed[stamp] for stamp in stamps] == recorded
    assert sum(quote.spread < 0 for quote in recorded) == 15

    market = Market()
    for record in depth(name):
        market.on_depth(record)
    statistics, spread = market.statistics(), market.spread_analysis(HOUR)
    assert statistics.crossed == sum(
        touch is not None and touch.spread < 0 for touch in replayed.values()
    )
    assert statistics.crossed == 891
    assert spread.crossed // MINUTE == 20
    assert spread.current == recorded[-1].spread


@pytest.mark.parametrize("name", [ES, BTCUSDT])
def test_no_print_is_lost_and_the_measures_add_up(name: str) -> None:
    market = Market()
    for message in messages(name):
        if isinstance(message, Depth):
            market.on_depth(message)
        else:
            market.on_tape(message)
    prints = [one for record in tape(name) for one in record.prints]
    bought = sum(one.size for one in prints if one.side is Side.BUY)
    volume = sum(one.size for one in prints)
    flow, session = market.trade_flow(4 * HOUR), market.session_profile()
    assert market.cumulative_delta(4 * HOUR) == (bought, volume - bought, 2 * bought - volume)
    assert flow.buy_prints + flow.sell_prints == len(prints) == market.statistics().prints
    assert session is not None
    assert session.volume == sum(one.volume for one in session.bins) == volume
    assert session.vwap == flow.vwap == sum(one.price * one.size for one in prints) / volume
    assert session.value_area.volume >= 0.7 * volume
    assert session.value_area.low <= session.point_of_control <= session.value_area.high
    assert market.microstructure(HOUR).impact is not None

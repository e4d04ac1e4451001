"""Book and analytics beside the least that plain Python can do with the same market: a dict and a
sorted list of prices a side; a dict of volume by price with running sums.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from time import process_time

import psutil

from actors.bar.analytics.market import Market
from actors.bar.ladder import NEVER, Ladder
from messages.base import Nanos
from messages.market import Depth, DepthKind, DepthRow, Print, Side, Tape
from tests.bar.analytics.recorded import Message
from tests.benchmarks.bar_room import Room
from tests.benchmarks.markets import markets, simulated

MEBIBYTE = 2**20


def depths(market: Sequence[Message]) -> list[Depth]:
    return [message for message in market if isinstance(message, Depth)]


def tapes(market: Sequence[Message]) -> list[Tape]:
    return [message for message in market if isinstance(message, Tape)]


def events(market: Sequence[Message]) -> int:
    """Rows and prints."""
    return sum(
        len(message.rows) if isinstance(message, Depth) else len(message.prints)
        for message in market
    )


def floor_of_rows(records: Sequence[Depth]) -> None:
    """A dict of sizes and a sorted list of prices a side."""
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    bid_prices: list[int] = []
    ask_prices: list[int] = []
    for record in records:
        for row in record.rows:
            if row.kind is DepthKind.BID:
                sizes, prices = bids, bid_prices
            else:
                sizes, prices = asks, ask_prices
            price = row.price
            if row.size:
                if price not in sizes:
                    insort(prices, price)
                sizes[price] = row.size
            elif price in sizes:
                del sizes[price]
                del prices[bisect_left(prices, price)]


def floor_of_prints(records: Sequence[Tape]) -> None:
    """Volume by price, bought, sold and turnover."""
    volumes: dict[int, int] = {}
    bought = sold = turnover = 0
    for record in records:
        for one in record.prints:
            price, size = one.price, one.size
            volumes[price] = volumes.get(price, 0) + size
            turnover += price * size
            if one.side is Side.BUY:
                bought += size
            else:
                sold += size


def bare_rows(records: Sequence[Depth]) -> None:
    """The ordered book alone."""
    book = Ladder()
    for record in records:
        book.apply(record.rows, 0, NEVER)


def analysed_rows(records: Sequence[Depth]) -> None:
    """The book with every analytic behind it."""
    market = Market()
    for record in records:
        market.on_depth(record)


def analysed_prints(records: Sequence[Tape]) -> None:
    """The tape with every analytic behind it."""
    market = Market()
    for record in records:
        market.on_tape(record)


def show_questions() -> None:
    """What one answer costs when the windows are full of the simulated market."""
    market = Market()
    for record in simulated():
        market.on_depth(record) if isinstance(record, Depth) else market.on_tape(record)
    questions: tuple[Callable[[], object], ...] = (
        *(market.snapshot, market.imbalance, market.liquidity_levels, market.order_clusters),
        *(market.cumulative_delta, market.trade_flow, market.momentum, market.vwap),
        *(market.volume_profile, market.session_profile, market.spread_analysis),
        *(market.microstructure, market.support_resistance, market.icebergs, market.spoofing),
        market.statistics,
    )
    print("one question, in microseconds, after 30 min of the simulated market:")
    for question in questions:
        best = float("inf")
        for _ in range(20):
            begin = process_time()
            question()
            best = min(best, process_time() - begin)
        print(f"  {getattr(question, '__name__', ''):<20}{best * 1e6:>8,.0f}")


def show_memory(least: int) -> None:
    """Resident memory as the busiest market at hand is played over and over through one BarActor,
    time going on.
    """
    name, records = list(markets())[-1]
    span = records[-1].received - records[0].received
    room, process, seen, lap = Room(records[0].received), psutil.Process(), 0, 0
    print(f"memory over {least:,} events of {name} through BarActor, {span / 1e9:,.0f} s a lap:")
    while seen < least:
        room.hear(shifted(record, lap * span) for record in records)
        seen += events(records)
        lap += 1
        if lap % 4 == 1 or seen >= least:
            print(f"  {seen:>12,} events  {process.memory_info().rss / MEBIBYTE:>7.1f} MiB")


def shifted(record: Message, by: Nanos) -> Message:
    """The same message, later."""
    if isinstance(record, Depth):
        rows = (DepthRow(row.stamp + by, row.kind, row.price, row.size) for row in record.rows)
        return Depth(record.contract, record.received + by, tuple(rows))
    prints = (Print(one.stamp + by, one.price, one.size, one.side) for one in record.prints)
    return Tape(record.contract, record.received + by, tuple(prints))

"""How fast book and analytics take in a market, beside plain Python measured in the same run.

    python -m tests.benchmarks.market_picture             speeds, and what a question costs
    python -m tests.benchmarks.market_picture --memory    and memory over thirty million events

Each figure is the best of ROUNDS, in processor time, as the machine may have other work. The floor
is the least that Python can do with the same rows or prints: a dict and a sorted list of prices a
side; a dict of volume by price with running sums.
"""

import argparse
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from time import process_time

import psutil

from actors.bar.analytics.market import Market
from actors.bar.ladder import NEVER, Ladder
from actors.bar.picture import Picture
from messages.base import Nanos
from messages.market import Depth, DepthKind, DepthRow, Print, Side, Tape
from tests.bar.analytics.recorded import Message
from tests.benchmarks.markets import SIMULATED, markets, simulated

ROUNDS = 5
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


def everything(records: Sequence[Message]) -> None:
    """Rows and prints as they came, through bars and every analytic, which share one book."""
    picture, market = Picture(), Market()
    picture.book = market.book
    for record in records:
        if isinstance(record, Depth):
            market.expect(record)
            picture.on_depth(record.rows, record.received)
        else:
            picture.on_tape(record.prints, record.received)
            market.on_tape(record)


def speeds(market: Sequence[Message], rounds: int = ROUNDS) -> dict[str, float]:
    """Events a second of each way; rounds of all ways take turns, so that all see the same
    machine.
    """
    rows, prints = depths(market), tapes(market)
    ways: dict[str, tuple[Callable[[], None], int]] = {
        "floor of rows": (lambda: floor_of_rows(rows), events(rows)),
        "book": (lambda: bare_rows(rows), events(rows)),
        "book, all analytics": (lambda: analysed_rows(rows), events(rows)),
        "floor of prints": (lambda: floor_of_prints(prints), events(prints)),
        "tape, all analytics": (lambda: analysed_prints(prints), events(prints)),
        "everything, bars too": (lambda: everything(market), events(market)),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, (way, _) in ways.items():
            begin = process_time()
            way()
            best[name] = min(best[name], process_time() - begin)
    return {name: count / best[name] for name, (_, count) in ways.items()}


COMPARED = (
    ("book", "floor of rows", 600_000, 0.30),
    ("book, all analytics", "floor of rows", 150_000, 0.07),
    ("tape, all analytics", "floor of prints", 400_000, 0.26),
    ("everything, bars too", "floor of rows", 150_000, 0.05),
)
"""What is measured against which floor, its budget in events a second, and its ratio to the floor
on the simulated market as committed.
"""


def show_speeds() -> None:
    for name, market in markets():
        print(f"{name}: {events(market):,} rows and prints in {len(market):,} messages")
        found = speeds(market)
        for way, floor, budget, committed in COMPARED:
            ratio = f"ratio {found[way] / found[floor]:.2f}"
            kept = f"   committed {committed:.2f}" if name == SIMULATED else ""
            print(
                f"  {way:<21}{found[way] / 1e3:>7,.0f}k/s   budget {budget // 1_000}k/s"
                f"   {floor} {found[floor] / 1e3:,.0f}k/s   {ratio}{kept}"
            )


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


def show_memory(least: int = 30_000_000) -> None:
    """Resident memory as the busiest market at hand is played over and over, time going on."""
    name, records = list(markets())[-1]
    span = records[-1].received - records[0].received
    market, process, seen, lap = Market(), psutil.Process(), 0, 0
    print(f"memory over {least:,} events of {name}, {span / 1e9:,.0f} s a lap:")
    while seen < least:
        for record in records:
            later = shifted(record, lap * span)
            market.on_depth(later) if isinstance(later, Depth) else market.on_tape(later)
        seen += events(records)
        lap += 1
        if lap % 8 == 1 or seen >= least:
            print(f"  {seen:>12,} events  {process.memory_info().rss / MEBIBYTE:>7.1f} MiB")


def shifted(record: Message, by: Nanos) -> Message:
    """The same message, later."""
    if isinstance(record, Depth):
        rows = (DepthRow(row.stamp + by, row.kind, row.price, row.size) for row in record.rows)
        return Depth(record.contract, record.received + by, tuple(rows))
    prints = (Print(one.stamp + by, one.price, one.size, one.side) for one in record.prints)
    return Tape(record.contract, record.received + by, tuple(prints))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--memory", action="store_true", help="memory over thirty million events")
    if parser.parse_args().memory:
        show_memory()
    else:
        show_speeds()
        show_questions()


if __name__ == "__main__":
    main()

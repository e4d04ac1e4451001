"""How fast trades go into bars of three timeframes, beside plain Python measured in the same run.

    python -m tests.benchmarks.timeframes

Each figure is the best of ROUNDS, in processor time, as the machine may have other work. The floor
is the least that Python can do with the same prints: one list of sums for each timeframe, begun
anew at each boundary, nothing late, no bar told.
"""

from collections.abc import Callable, Sequence
from functools import partial
from time import process_time

from actors.bar.timeframes.frames import Frames
from config.timeframe import parse
from messages.base import SECOND
from messages.market import Side, Tape
from tests.benchmarks.markets import SIMULATED, markets

ROUNDS = 5
BUDGET = 400_000
WAYS = {
    "1min, 5min, 1hr": ("1min", "5min", "1hr"),
    "1s, 1min, 1day": ("1s", "1min", "1day"),
    "1min, 100tick, 500vol": ("1min", "100tick", "500vol"),
}
COMMITTED = {"1min, 5min, 1hr": 0.66, "1s, 1min, 1day": 0.40, "1min, 100tick, 500vol": 0.54}
"""Ratios to the floor on the simulated market."""


def tapes(market: Sequence[object]) -> list[Tape]:
    return [message for message in market if isinstance(message, Tape)]


def prints(records: Sequence[Tape]) -> int:
    return sum(len(record.prints) for record in records)


def floor(records: Sequence[Tape]) -> None:
    """Bars of 1 min, 5 min and 1 hr from prints in order: end, open, high, low, close, volume,
    bought, trades, turnover.
    """
    widths = (60 * SECOND, 300 * SECOND, 3_600 * SECOND)
    bars = [[0] * 9 for _ in widths]
    for record in records:
        for one in record.prints:
            stamp, price, size = one.stamp, one.price, one.size
            bought = size if one.side is Side.BUY else 0
            for number, bar in enumerate(bars):
                if stamp >= bar[0]:
                    width = widths[number]
                    end = stamp - stamp % width + width
                    bars[number] = [end, price, price, price, price, size, bought, 1, price * size]
                    continue
                if price > bar[2]:
                    bar[2] = price
                elif price < bar[3]:
                    bar[3] = price
                bar[4] = price
                bar[5] += size
                bar[6] += bought
                bar[7] += 1
                bar[8] += price * size


def framed(records: Sequence[Tape], names: Sequence[str]) -> None:
    frames = Frames(map(parse, names))
    for record in records:
        frames.on_tape(record)


def speeds(records: Sequence[Tape], rounds: int = ROUNDS) -> dict[str, float]:
    """Prints a second of each way, and of the floor; the ways take turns in each round, so that all
    see the same machine.
    """
    ways: dict[str, Callable[[], None]] = {"floor": lambda: floor(records)}
    for title, names in WAYS.items():
        ways[title] = partial(framed, records, names)
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            begin = process_time()
            way()
            best[name] = min(best[name], process_time() - begin)
    return {name: prints(records) / spent for name, spent in best.items()}


def main() -> None:
    for name, market in markets():
        records = tapes(market)
        print(f"{name}: {prints(records):,} prints in {len(records):,} messages")
        found = speeds(records)
        for way in WAYS:
            ratio = f"ratio {found[way] / found['floor']:.2f}"
            kept = f"   committed {COMMITTED[way]:.2f}" if name == SIMULATED else ""
            print(
                f"  {way:<23}{found[way] / 1e3:>7,.0f}k/s   budget {BUDGET // 1_000}k/s"
                f"   floor {found['floor'] / 1e3:,.0f}k/s   {ratio}{kept}"
            )


if __name__ == "__main__":
    main()

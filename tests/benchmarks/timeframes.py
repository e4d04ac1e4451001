"""Bars of three timeframes, beside the least that plain Python can do with the same prints: one
list of sums for each timeframe, begun anew at each boundary, nothing late, no bar told.
"""

from collections.abc import Sequence

from actors.bar.timeframes.frames import Frames
from config.timeframe import parse
from messages.base import SECOND
from messages.market import Side, Tape


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

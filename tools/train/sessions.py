"""Closed bars of a simulated or recorded market, cut by the engine's own bar room."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from actors.bar.picture import Picture
from messages.base import SECOND, Nanos
from messages.market import Bar, DepthKind, DepthRow, Print, Side
from tools.simulator.generator import Generator
from tools.simulator.market import Level, MarketEvent, MarketSource, Snapshot
from tools.simulator.market import Print as Traded
from tools.simulator.replay import Replay

EPOCH: Nanos = 1_790_000_000 * SECOND
"""Where every session starts; the market does not depend on it."""
TICK_SIZE = Decimal("0.25")
SIDES = {1: Side.BUY, -1: Side.SELL}
KINDS = {1: DepthKind.BID, -1: DepthKind.ASK}


def simulated(seed: int, seconds: int) -> list[Bar]:
    """The bars of the simulator's market of one seed over its first `seconds`."""
    source = Generator(seed)
    source.start(EPOCH)
    return cut(source, seconds)


def recorded(prefix: Path) -> list[Bar]:
    """The bars of an ES or MES recording (tools/simulator/replay.py); RecordingError if it is
    none.
    """
    source = Replay(prefix, TICK_SIZE)
    source.start(EPOCH)
    return cut(source, source.duration // SECOND)


def cut(source: MarketSource, seconds: int) -> list[Bar]:
    """Drive a Picture as the hub would, without delay: prints of an instant, then its levels."""
    picture = Picture()
    bars: list[Bar] = []
    for second in range(1, seconds + 1):
        now = EPOCH + second * SECOND
        for at, update in groupby(source.take(now - 1), key=attrgetter("at")):
            bars += _apply(picture, at, list(update))
        bars += picture.on_time(now)
    return bars


def _apply(picture: Picture, at: Nanos, update: list[MarketEvent]) -> list[Bar]:
    prints = tuple(
        Print(at, event.price, event.size, SIDES[event.side])
        for event in update
        if isinstance(event, Traded)
    )
    rows = tuple(row for event in update for row in _rows(event))
    closed = picture.on_tape(prints, at) if prints else []
    return closed + picture.on_depth(rows, at) if rows else closed


def _rows(event: MarketEvent) -> Iterator[DepthRow]:
    if isinstance(event, Level):
        yield DepthRow(event.at, KINDS[event.side], event.price, event.size)
    elif isinstance(event, Snapshot):
        yield DepthRow(event.at, DepthKind.RESET, 0, 0)
        for price, size in event.bids:
            yield DepthRow(event.at, DepthKind.BID, price, size)
        for price, size in event.asks:
            yield DepthRow(event.at, DepthKind.ASK, price, size)

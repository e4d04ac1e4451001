"""Markets to measure on, as the messages of the bar room: simulated, and recorded where present."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from messages.base import SECOND
from messages.market import Depth, DepthKind, DepthRow, Print, Side, Tape
from tests.bar.analytics.recorded import CONTRACT, DATA, Message, messages
from tools.simulator.generator import Generator
from tools.simulator.market import Level, MarketEvent, Snapshot
from tools.simulator.market import Print as Traded

EPOCH = 1_790_000_000 * SECOND
SIMULATED = "simulated, 30 min"
RECORDED = ("esh4_20231225", "btcusd_perp_20240808_5min", "btcusdt_perp_20240808_5min")
SIDES = {1: Side.BUY, -1: Side.SELL}
KINDS = {1: DepthKind.BID, -1: DepthKind.ASK}


def simulated(seconds: int = 1_800, seed: int = 0) -> list[Message]:
    """The simulator's market: the prints of an instant in one message, its levels in another."""
    source = Generator(seed)
    source.start(EPOCH)
    found: list[Message] = []
    for stamp, group in groupby(source.take(EPOCH + seconds * SECOND), key=attrgetter("at")):
        events = list(group)
        prints = [
            Print(stamp, event.price, event.size, SIDES[event.side])
            for event in events
            if isinstance(event, Traded)
        ]
        rows = [row for event in events for row in _rows(event)]
        if prints:
            found.append(Tape(CONTRACT, stamp, tuple(prints)))
        if rows:
            found.append(Depth(CONTRACT, stamp, tuple(rows)))
    return found


def markets() -> Iterator[tuple[str, list[Message]]]:
    """By name; the recorded ones only where they are."""
    yield SIMULATED, simulated()
    for name in RECORDED:
        if (DATA / f"{name}_depth.parquet").is_file():
            yield name, messages(name)


def _rows(event: MarketEvent) -> Iterator[DepthRow]:
    if isinstance(event, Level):
        yield DepthRow(event.at, KINDS[event.side], event.price, event.size)
    elif isinstance(event, Snapshot):
        yield DepthRow(event.at, DepthKind.RESET, 0, 0)
        for price, size in event.bids:
            yield DepthRow(event.at, DepthKind.BID, price, size)
        for price, size in event.asks:
            yield DepthRow(event.at, DepthKind.ASK, price, size)

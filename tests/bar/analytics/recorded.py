"""Recorded markets as the messages of the bar room."""

from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest

from messages.market import Depth, DepthKind, DepthRow, Print, Side, Tape
from tools.simulator.recording import Table, read

DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
TICK = {"es": "0.25", "bt": "0.1"}
CONTRACT = "recorded"
Message = Depth | Tape


@cache
def tables(name: str) -> dict[str, Table]:
    """The columns of a recording; skips the test where it is absent."""
    if not (DATA / f"{name}_depth.parquet").is_file():
        pytest.skip(f"no recording {name} in {DATA}")
    return read(DATA / name, Decimal(TICK[name[:2]]))


def depth(name: str) -> list[Depth]:
    """One message for every stamp; a reset comes before the snapshot."""
    table = tables(name)["depth"]
    kinds = {1: DepthKind.BID, -1: DepthKind.ASK}
    columns = (table[column].tolist() for column in ("ts", "side", "price", "size"))
    levels = [
        DepthRow(ts, kinds[side], price, size)
        for ts, side, price, size in zip(*columns, strict=True)
    ]
    first = levels[0].stamp
    levels.insert(0, DepthRow(first, DepthKind.RESET, 0, 0))
    return [
        Depth(CONTRACT, stamp, tuple(group))
        for stamp, group in groupby(levels, key=attrgetter("stamp"))
    ]


def tape(name: str) -> list[Tape]:
    """One message for every stamp; prints without size left out, those without side bought."""
    table = tables(name)["trades"]
    columns = (table[column].tolist() for column in ("ts", "price", "size", "side"))
    prints = [
        Print(ts, price, size, Side.SELL if side < 0 else Side.BUY)
        for ts, price, size, side in zip(*columns, strict=True)
        if size
    ]
    return [
        Tape(CONTRACT, stamp, tuple(group))
        for stamp, group in groupby(prints, key=attrgetter("stamp"))
    ]


def messages(name: str) -> list[Message]:
    """Both in order of time; of one stamp the prints first, as on the exchange's feed."""
    every: list[Message] = [*tape(name), *depth(name)]
    return sorted(every, key=attrgetter("received"))

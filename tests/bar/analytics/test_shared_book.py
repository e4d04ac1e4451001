"""Bars and analytics on one book: the same bars, the same answers, rows applied once."""

from collections.abc import Sequence

import pytest

from actors.bar.analytics.market import Market
from actors.bar.picture import Picture
from actors.bar.splice import Splice
from messages.market import Bar, Depth
from tests.bar.analytics.recorded import Message, messages
from tests.benchmarks.markets import simulated


def apart(records: Sequence[Message]) -> tuple[list[Bar], Market]:
    """Picture and Market each with a book of its own."""
    picture, market, bars = Picture(), Market(), list[Bar]()
    for record in records:
        if isinstance(record, Depth):
            bars += picture.on_depth(record.rows, record.received)
            market.on_depth(record)
        else:
            bars += picture.on_tape(record.prints, record.received)
            market.on_tape(record)
    return bars, market


def together(records: Sequence[Message]) -> tuple[list[Bar], Market]:
    """As the room does it: the Market's book is also the Picture's, which applies the rows."""
    splice = Splice(True)
    closed = [one for record in records for one in splice.hear(record)]
    return [one.bar for one in closed], splice.market


@pytest.mark.parametrize("name", ["simulated", "esh4_20231225"])
def test_one_book_gives_the_bars_and_the_answers_of_two(name: str) -> None:
    records = simulated(120) if name == "simulated" else messages(name)
    bars, market = apart(records)
    same_bars, same = together(records)
    assert same_bars == bars
    assert len(bars) > 100
    assert same.statistics() == market.statistics()
    assert same.microstructure() == market.microstructure()
    assert same.spread_analysis() == market.spread_analysis()
    assert same.icebergs(1, 1) == market.icebergs(1, 1)
    assert same.volume_profile() == market.volume_profile()

"""The venue's bars of a timeframe are those that our tape makes, over weekends and both clock
changes; where they are not, a Series refuses them.
"""

import json
from datetime import datetime

import pytest

from actors.bar.history.series import Series
from actors.bar.timeframes.frames import Frames
from config.calendar import CHICAGO, exchange
from config.timeframe import Timeframe, parse
from messages.base import SECOND, Nanos
from messages.market import Bar, MarketStatus, Print, QueryBars, Side, Tape
from tests.gateway.bench import MES, Client

MINUTE = 60 * SECOND
WEEKS = {
    "clocks forward": ("2026-03-01 17:00", "2026-03-15 17:00"),
    "clocks back": ("2026-10-25 17:00", "2026-11-08 17:00"),
}
"""Two trading weeks, the change between them."""


class Fortnight:
    """A print in each minute in which the exchange was open, at the venue and on our tape."""

    def __init__(self, begin: str, end: str) -> None:
        self.begin, self.end = _chicago(begin), _chicago(end)
        opened = (
            at for at in range(self.begin, self.end, MINUTE) if exchange(at) is MarketStatus.OPEN
        )
        self.prints = [
            Print(at, 25_600 + i % 53, 1 + i % 3, Side.BUY) for i, at in enumerate(opened)
        ]
        self.client = Client(self.end + 120 * MINUTE, self.prints)

    def question(self, timeframe: Timeframe) -> QueryBars:
        return QueryBars(MES.id, timeframe.seconds, self.begin, self.end - 1, 20_000)

    def ours(self, timeframe: Timeframe) -> list[Bar]:
        frames = Frames([timeframe])
        told = [
            one for each in self.prints for one in frames.on_tape(Tape(MES.id, each.stamp, (each,)))
        ]
        return [one.bar for one in told + frames.end()]


def _chicago(text: str) -> Nanos:
    return int(datetime.fromisoformat(text).replace(tzinfo=CHICAGO).timestamp()) * SECOND


@pytest.fixture(scope="module", params=WEEKS)
def fortnight(request: pytest.FixtureRequest) -> Fortnight:
    return Fortnight(*WEEKS[request.param])


@pytest.mark.parametrize(
    ("name", "unit", "number"),
    [("1min", 2, 1), ("5min", 2, 5), ("1hr", 3, 1), ("1day", 4, 1), ("1week", 5, 1)],
)
def test_the_venues_bars_are_ours(fortnight: Fortnight, name: str, unit: int, number: int) -> None:
    timeframe = parse(name)
    series, question = Series(timeframe), fortnight.question(timeframe)
    series.found(question, fortnight.client.bars(question))
    body = json.loads(fortnight.client.asked[0].body)
    assert (body["unit"], body["unitNumber"]) == (unit, number)
    assert len(series.bars) > 1
    assert [_told(bar) for bar in series.bars] == [_told(b) for b in fortnight.ours(timeframe)]
    assert series.missing(fortnight.begin, fortnight.end, exchange) == []


def _told(bar: Bar) -> tuple[int, ...]:
    """What the venue says of a bar, and where it ends."""
    return (bar.start, bar.end, bar.open, bar.high, bar.low, bar.close, bar.volume)


def test_bars_that_the_venue_cuts_elsewhere_are_refused(fortnight: Fortnight) -> None:
    """Four hours counted from 1970, not from the beginning of the trade date."""
    question = fortnight.question(parse("4hr"))
    series = Series(parse("4hr"))
    with pytest.raises(ValueError, match="begins inside ours"):
        series.found(question, fortnight.client.bars(question))
    assert series.bars == ()

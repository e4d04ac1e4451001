"""Recorded markets through the bar room itself: its book is the venue's, its bars hold the tape."""

from collections import Counter
from operator import attrgetter

import pytest

from actors.bar.actor import BarActor
from actors.bar.ladder import Touch
from actors.runtime.clock import VirtualClock
from actors.runtime.delivery import Published, Record
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from config.timeframe import parse
from messages.base import SECOND, Nanos
from messages.control import SessionEnded
from messages.market import BarClosed, Depth, FrameClosed, Quote, Tape
from messages.picture import MarketPicture
from tests.bar.analytics.recorded import CONTRACT, depth, messages, tables, tape
from tests.benchmarks.bar_room import INSTRUMENT, PLACE, ROUTES, always

ES, BTCUSDT = "esh4_20231225", "btcusdt_perp_20240808_5min"
PREOPEN = "esh4_20231225_preopen"
NAMES = ("5s", "1min", "5min", "1hr", "1day", "100tick", "500vol")
WIRING = Wiring({**ROUTES, SessionEnded: ("bar",)}, frozenset(), {}, (CONTRACT,))


class Room(VirtualRuntime):
    """A BarActor of every timeframe whose timers fire at the recording's own time."""

    def __init__(self, start: Nanos) -> None:
        self.records: list[Record] = []
        super().__init__(WIRING, VirtualClock(start), self.records.append, seed=1)
        frames = tuple(map(parse, NAMES))
        given = (INSTRUMENT, 300, 1, True, frames, always, 60 * SECOND)
        self.spawn(PLACE, BarActor, *given)
        self._send = self.emitter("hub")

    def hear(self, message: Quote | Tape | Depth | SessionEnded, at: Nanos) -> None:
        self.run(at)
        self._send(message)
        self.run(at)

    @property
    def touch(self) -> Touch | None:
        actor = self._behaviours[PLACE]
        assert isinstance(actor, BarActor)
        return actor.splice.market.touch

    def said(self) -> list[object]:
        return [record.message for record in self.records if isinstance(record, Published)]


@pytest.mark.slow
@pytest.mark.parametrize("name", [ES, BTCUSDT])
def test_the_volume_of_its_bars_is_the_volume_of_the_tape_in_every_timeframe(name: str) -> None:
    every = messages(name)
    room = Room(every[0].received)
    for message in every:
        room.hear(message, message.received)
    room.hear(SessionEnded(), every[-1].received)
    volumes: Counter[str] = Counter()
    standing: dict[tuple[str, Nanos], int] = {}
    for said in room.said():
        if isinstance(said, BarClosed):
            volumes["1s"] += said.bar.volume
        elif isinstance(said, FrameClosed) and parse(said.timeframe).timed:
            standing[said.timeframe, said.bar.start] = said.bar.volume
        elif isinstance(said, FrameClosed):
            volumes[said.timeframe] += said.bar.volume
    for (timeframe, _), volume in standing.items():
        volumes[timeframe] += volume
    traded = sum(one.size for record in tape(name) for one in record.prints)
    assert volumes == dict.fromkeys(("1s", *NAMES), traded)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "quotes"), [(ES, 23_666), (PREOPEN, 15)])
def test_its_book_shows_the_recorded_quote_of_every_stamp_crossed_ones_too(
    name: str, quotes: int
) -> None:
    table = tables(name)["quotes"]
    columns = (table[column].tolist() for column in ("bid", "ask", "bid_size", "ask_size"))
    recorded = dict(
        zip(table["ts"].tolist(), (Touch(*row) for row in zip(*columns, strict=True)), strict=True)
    )
    every = sorted(depth(name), key=attrgetter("received"))
    room, shown = Room(every[0].received), dict[Nanos, Touch | None]()
    for message in every:
        room.hear(message, message.received)
        shown[message.received] = room.touch
    assert len(recorded) >= quotes
    assert {stamp: shown[stamp] for stamp in recorded} == recorded


@pytest.mark.slow
def test_a_book_crossed_before_the_open_is_told_crossed() -> None:
    every = depth(PREOPEN)
    room = Room(every[0].received)
    room.hear(Quote(CONTRACT, every[0].received, every[0].received, last=19_000), every[0].received)
    for message in every:
        room.hear(message, message.received)
    bars = [said.bar for said in room.said() if isinstance(said, BarClosed)]
    pictures = [said for said in room.said() if isinstance(said, MarketPicture)]
    assert any(bar.bid > bar.ask > 0 for bar in bars)
    assert pictures[-1].book.crossed > 700

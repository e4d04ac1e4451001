"""The recording in tests/data is the simulator's market, print for print and level for level."""

from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from messages.base import SECOND
from tests.record.bench import TICK_SIZE, recorded
from tools.simulator.book import Book
from tools.simulator.generator import Generator
from tools.simulator.market import Level, MarketEvent, MarketSource, Print, Snapshot
from tools.simulator.recording import read
from tools.simulator.replay import Replay
from tools.simulator.venue import PREROLL

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "mes_seed7"
SEED = 7
EPOCH = int(datetime(2026, 11, 20, 15, tzinfo=UTC).timestamp()) * SECOND
WIRE = 100
"""ns: a hub's stamps have seven digits."""

Shown = tuple[dict[int, int], dict[int, int]]


def told(events: list[MarketEvent], book: Book) -> list[tuple[int, int, int, int]]:
    """Apply an instant's levels to a book; its prints, with the wire's stamps."""
    prints = []
    for event in events:
        match event:
            case Print(at, price, size, side):
                prints.append((at // WIRE * WIRE, price, size, side))
            case Level():
                book.set_level(event)
            case Snapshot():
                book.replace(event)
    return prints


def watched(source: MarketSource, first: int, last: int) -> tuple[list[object], dict[int, Shown]]:
    """The prints of a source in [first, last], and its book after each stamp of the wire."""
    book, prints, shown = Book(), list[object](), dict[int, Shown]()
    for at, instant in groupby(source.take(last + WIRE - 1), key=attrgetter("at")):
        new = told(list(instant), book)
        if at >= first:
            prints += new
            shown[at // WIRE * WIRE] = dict(book.bids), dict(book.asks)
    return prints, shown


def test_it_is_what_the_generator_did() -> None:
    """Its book begins where it was subscribed to, between two instants of the market."""
    tables = read(SAMPLE, TICK_SIZE)
    ends = [
        (int(tables[kind]["ts"][0]), int(tables[kind]["ts"][-1])) for kind in ("depth", "trades")
    ]
    (opened, _), (traded, _) = ends
    begin, last = min(opened, traded), max(end for _, end in ends)
    market, replay = Generator(SEED), Replay(SAMPLE, TICK_SIZE)
    market.start(EPOCH - PREROLL)
    replay.start(begin)
    prints, books = watched(market, begin, last)
    again, shown = watched(replay, begin, last)
    assert len(again) > 1000
    assert again == prints
    assert shown.keys() - books.keys() <= {opened}
    assert [at for at in books if at >= opened and shown[at] != books[at]] == []


def test_its_quotes_are_the_best_of_its_book() -> None:
    tables = read(SAMPLE, TICK_SIZE)
    begin = int(tables["depth"]["ts"][0])
    replay = Replay(SAMPLE, TICK_SIZE)
    replay.start(min(begin, int(tables["trades"]["ts"][0])))
    _, shown = watched(replay, begin, int(tables["depth"]["ts"][-1]))
    columns = (tables["quotes"][name].tolist() for name in ("ts", "bid", "ask"))
    told = {at: (bid, ask) for at, bid, ask in zip(*columns, strict=True) if at in shown}
    assert len(told) > 100
    assert told == {at: (max(shown[at][0]), min(shown[at][1])) for at in told}


def test_its_bars_hold_the_volume_of_its_tape() -> None:
    volume = int(read(SAMPLE, TICK_SIZE)["trades"]["size"].sum())
    bars = recorded(SAMPLE)
    assert sum(bar[5] for bar in bars) == volume
    assert sum(bar[6] + bar[7] for bar in bars) == volume
    assert all(bar[3] <= min(bar[1], bar[4]) <= max(bar[1], bar[4]) <= bar[2] for bar in bars)

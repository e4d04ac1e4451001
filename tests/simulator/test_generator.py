"""The seeded market: deterministic, a sound book, MES-like figures, an honest weak edge."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, replace
from itertools import groupby
from pathlib import Path
from random import Random

import pytest

from tools.simulator.generator import CALM_PRESSURE, CENTRE, LEASH, TAKES, Generator, Pressure
from tools.simulator.market import BUY, SELL, Level, MarketEvent, Print, Snapshot

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND
ROOT = Path(__file__).resolve().parents[2]


def market(seed: int, seconds: int, start: int = START) -> list[MarketEvent]:
    source = Generator(seed)
    source.start(start)
    return source.take(start + seconds * SECOND)


@pytest.fixture(scope="module")
def half_hour() -> list[MarketEvent]:
    return market(seed=7, seconds=1_800)


@dataclass
class Book:
    """What a client that applies every event would display: size by price, by side."""

    sides: dict[int, dict[int, int]] = field(default_factory=lambda: {BUY: {}, SELL: {}})

    def apply(self, event: MarketEvent) -> None:
        match event:
            case Snapshot(bids=bids, asks=asks):
                self.sides = {BUY: dict(bids), SELL: dict(asks)}
            case Level(side=side, price=price, size=0):
                del self.sides[side][price]
            case Level(side=side, price=price, size=size):
                self.sides[side][price] = size
            case Print():
                pass

    @property
    def bid(self) -> int:
        return max(self.sides[BUY])

    @property
    def ask(self) -> int:
        return min(self.sides[SELL])


def books(events: list[MarketEvent]) -> Iterator[tuple[int, Book, list[MarketEvent]]]:
    """(stamp, book after the update, the update's events); the book is one and changes."""
    book = Book()
    for at, update in groupby(events, key=lambda event: event.at):
        rows = list(update)
        for event in rows:
            book.apply(event)
        yield at, book, rows


def digest(events: list[MarketEvent]) -> str:
    text = "\n".join(f"{type(event).__name__}{astuple(event)}" for event in events)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_seed_and_start_give_the_same_events_in_any_process() -> None:
    program = (
        "from tests.simulator.test_generator import digest, market; print(digest(market(3, 60)))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert answers == {digest(market(3, 60))}


def test_another_seed_gives_another_market() -> None:
    assert digest(market(3, 60)) != digest(market(4, 60))


def test_another_start_shifts_the_stamps_and_nothing_else() -> None:
    later = market(3, 60, start=START + 12_345)
    assert [replace(event, at=event.at - 12_345) for event in later] == market(3, 60)


def test_how_often_events_are_taken_does_not_matter() -> None:
    source = Generator(3)
    source.start(START)
    pieces: list[MarketEvent] = []
    while (following := source.next_time()) <= START + 60 * SECOND:
        update = source.take(following)
        assert update
        assert {event.at for event in update} == {following}
        pieces += update
    assert pieces == market(3, 60)


def test_the_first_event_is_the_whole_book_at_the_start() -> None:
    first = market(3, 0)[0]
    assert isinstance(first, Snapshot)
    assert first.at == START
    assert len(first.bids) == len(first.asks) == 10


def test_events_hold_integers_only(half_hour: list[MarketEvent]) -> None:
    for event in half_hour[1:]:
        assert all(type(value) is int for value in astuple(event))


def test_the_book_keeps_ten_levels_a_side_and_never_crosses(half_hour: list[MarketEvent]) -> None:
    for _, book, _ in books(half_hour):
        assert book.bid < book.ask
        for prices in book.sides.values():
            assert len(prices) == 10
            assert max(prices) - min(prices) == 9
            assert min(prices.values()) > 0


def test_the_spread_is_one_tick_almost_always(half_hour: list[MarketEvent]) -> None:
    wide = 0
    last = START
    spread = 1
    for at, book, _ in books(half_hour):
        wide += (at - last) * (spread > 1)
        last, spread = at, book.ask - book.bid
        assert spread <= 2
    assert 0 < wide < 1_800 * SECOND // 100


def test_prints_take_what_the_book_displayed(half_hour: list[MarketEvent]) -> None:
    displayed: dict[int, dict[int, int]] = {BUY: {}, SELL: {}}
    for _, book, rows in books(half_hour):
        for event in rows:
            if isinstance(event, Print):
                assert displayed[-event.side][event.price] >= event.size > 0
        assert sum(event.size for event in rows if isinstance(event, Print)) <= max(TAKES)
        displayed = {side: dict(prices) for side, prices in book.sides.items()}


def test_rates_are_moderate_and_bursts_reach_hundreds(half_hour: list[MarketEvent]) -> None:
    counts = [0] * 1_801
    for event in half_hour:
        counts[(event.at - START) // SECOND] += 1
    assert 40 < len(half_hour) / 1_800 < 90
    assert 20 < sorted(counts)[900] < 70
    assert 300 < max(counts) < 2_000


def second_closes(events: list[MarketEvent], seconds: int) -> tuple[list[int], list[int]]:
    """Twice the mid in ticks, and signed volume, at the end of each second."""
    mids = [0] * seconds
    flow = [0] * seconds
    for at, book, rows in books(events):
        second = (at - START) // SECOND
        if second < seconds:
            mids[second] = book.bid + book.ask
            flow[second] += sum(e.side * e.size for e in rows if isinstance(e, Print))
    for second in range(1, seconds):
        mids[second] = mids[second] or mids[second - 1]
    return mids, flow


def test_ten_seconds_move_the_mid_a_few_ticks(half_hour: list[MarketEvent]) -> None:
    mids, _ = second_closes(half_hour, 1_800)
    moves = sorted(abs(later - mid) / 2 for mid, later in zip(mids, mids[10:], strict=False))
    assert 2 <= moves[len(moves) // 2] <= 6
    assert moves[-1] < 80


def test_signed_volume_predicts_the_next_ten_seconds_a_little() -> None:
    hits = misses = 0
    for seed in range(100, 106):
        mids, flow = second_closes(market(seed, 1_800), 1_800)
        for t in range(5, 1_790):
            product = sum(flow[t - 4 : t + 1]) * (mids[t + 10] - mids[t])
            hits += product > 0
            misses += product < 0
    assert 0.57 < hits / (hits + misses) < 0.72


def test_flow_leans_hard_both_ways_in_every_four_minutes() -> None:
    _, flow = second_closes(market(8, 1_800), 1_800)
    sums = [sum(flow[t - 8 : t]) for t in range(8, 1_800)]
    for begin in range(0, len(sums) - 240, 10):
        window = sums[begin : begin + 240]
        assert max(window) > 110
        assert min(window) < -110


def test_the_price_stays_near_its_centre_for_hours() -> None:
    source = Generator(11)
    source.start(START)
    book = Book()
    for second in range(600, 6 * 3_600 + 1, 600):
        for event in source.take(START + second * SECOND):
            book.apply(event)
        assert abs(book.bid - CENTRE) < LEASH + 400


@pytest.mark.parametrize("side", [BUY, SELL])
def test_pressure_points_home_beyond_the_leash(side: int) -> None:
    pressure = Pressure(Random(1))
    values = []
    for _ in range(20_000):
        pressure.beat(offset=side * (LEASH + 1))
        values.append(pressure.value * -side)
    assert max(values) > 800_000
    assert min(values) >= -CALM_PRESSURE


def test_generation_is_fast_enough_for_a_preroll() -> None:
    source = Generator(5)
    source.start(START)
    begun = time.process_time()
    events = source.take(START + 1_200 * SECOND)
    assert len(events) / (time.process_time() - begun) > 100_000

"""What is kept up event by event equals what a recomputation from the whole past gives."""

from collections import Counter, defaultdict
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar.analytics.icebergs import Icebergs
from actors.bar.analytics.levels import REVERSAL, Turns
from actors.bar.analytics.market import Market
from actors.bar.analytics.pressure import contribution
from actors.bar.analytics.profile import point_of_control, value_area
from actors.bar.analytics.spoofing import Placements
from actors.bar.ladder import Touch
from messages.base import SECOND, Nanos
from messages.market import Depth, DepthKind, DepthRow, Print, Side, Tape
from tests.bar.analytics.bench import BUY, MES, SELL, T, whole

Row = tuple[DepthKind, int, int]
Trade = tuple[int, int, Side]
Step = tuple[Nanos, list[Row] | Trade]

waits = st.one_of(st.just(0), st.integers(1, 900_000_000), st.integers(SECOND, 4 * SECOND))
kinds = st.sampled_from([DepthKind.BID, DepthKind.ASK])
rows = st.lists(st.tuples(kinds, st.integers(97, 104), st.integers(0, 5)), min_size=1, max_size=4)
trades = st.tuples(st.integers(90, 112), st.integers(1, 9), st.sampled_from(Side))
steps = st.lists(st.tuples(waits, st.one_of(rows, trades)), max_size=40)
windows = st.integers(1, 30).map(lambda seconds: seconds * SECOND)


class Past(NamedTuple):
    """Everything that happened: prints, and the touch that each update left."""

    market: Market
    prints: list[Print]
    touches: list[tuple[Nanos, Touch | None]]


def lived(events: list[Step]) -> Past:
    market, now = Market(), T
    market.on_depth(Depth(MES, now, whole(now, {100: 3}, {101: 3})))
    prints: list[Print] = []
    touches: list[tuple[Nanos, Touch | None]] = [(now, Touch(100, 101, 3, 3))]
    for wait, event in events:
        now += wait
        if isinstance(event, list):
            market.on_depth(Depth(MES, now, tuple(DepthRow(now, *row) for row in event)))
            touches.append((now, touch(market)))
        else:
            prints.append(Print(now, *event))
            market.on_tape(Tape(MES, now, (prints[-1],)))
    return Past(market, prints, touches)


def touch(market: Market) -> Touch | None:
    bids, asks = market.book.bids, market.book.asks
    if not bids or not asks:
        return None
    return Touch(max(bids), min(asks), bids[max(bids)], asks[min(asks)])


def within(stamp: Nanos, now: Nanos, window: Nanos, slot: Nanos = SECOND) -> bool:
    return stamp // slot > now // slot + window // -slot


def of_window(past: Past, window: Nanos, slot: Nanos = SECOND) -> list[Print]:
    return [one for one in past.prints if within(one.stamp, past.market.now, window, slot)]


@settings(deadline=None)
@given(steps, windows)
def test_the_tape(events: list[Step], window: Nanos) -> None:
    past = lived(events)
    prints = of_window(past, window)
    bought = sum(one.size for one in prints if one.side is BUY)
    sold = sum(one.size for one in prints if one.side is SELL)
    flow = past.market.trade_flow(window)
    assert past.market.cumulative_delta(window) == (bought, sold, bought - sold)
    assert flow[:3] == (bought, sold, bought - sold)
    assert flow.buy_prints + flow.sell_prints == len(prints)
    assert flow.largest == max((one.size for one in prints), default=0)
    if prints:
        turnover = sum(one.price * one.size for one in prints)
        assert flow.vwap == past.market.vwap(window) == turnover / (bought + sold)
        assert past.market.momentum(window).ratio == (bought - sold) / (bought + sold)
        assert flow.mean_size == (bought + sold) / len(prints)


@settings(deadline=None)
@given(steps, windows, st.integers(1, 25))
def test_the_profile(events: list[Step], window: Nanos, bins: int) -> None:
    past = lived(events)
    for prints, profile in (
        (of_window(past, window, 10 * SECOND), past.market.volume_profile(window, bins)),
        (past.prints, past.market.session_profile(bins)),
    ):
        volumes = Counter[int]()
        for one in prints:
            volumes[one.price] += one.size
        if profile is None:
            assert not volumes
            continue
        assert len(profile.bins) <= bins
        assert profile.point_of_control == point_of_control(volumes)
        assert profile.value_area == value_area(volumes)
        assert profile.volume == volumes.total()
        for low, high, bought, sold in profile.bins:
            inside = [one for one in prints if low <= one.price <= high]
            assert bought == sum(one.size for one in inside if one.side is BUY)
            assert sold == sum(one.size for one in inside if one.side is SELL)


@settings(deadline=None)
@given(steps, windows)
def test_the_spread(events: list[Step], window: Nanos) -> None:
    past = lived(events)
    now = past.market.now
    begin = (now // SECOND + window // -SECOND + 1) * SECOND
    held: dict[int, Nanos] = defaultdict(int)
    for (since, best), (until, _) in pairwise([*past.touches, (now, None)]):
        if best is not None and until > max(since, begin):
            held[best.spread] += until - max(since, begin)
    found = past.market.spread_analysis(window)
    assert dict(found.held) == {spread: ns for spread, ns in held.items() if spread > 0}
    assert found.locked == held[0]
    assert found.crossed == sum(ns for spread, ns in held.items() if spread < 0)
    assert found.unknown == now - begin - sum(held.values())


@settings(deadline=None)
@given(steps, windows)
def test_order_flow(events: list[Step], window: Nanos) -> None:
    past = lived(events)
    expected = sum(
        contribution(old, new)
        for (_, old), (stamp, new) in pairwise(past.touches)
        if old and new and within(stamp, past.market.now, window)
    )
    assert past.market.order_flow_imbalance(window) == expected


@settings(deadline=None)
@given(steps, windows)
def test_the_answer_of_price_to_volume(events: list[Step], window: Nanos) -> None:
    past = lived(events)
    now = past.market.now
    mids, moves = [], []
    for second in range(T // SECOND, now // SECOND):
        end = (second + 1) * SECOND
        best = [one for stamp, one in past.touches if stamp < end][-1]
        delta = sum(one.size * one.side for one in past.prints if one.stamp // SECOND == second)
        mids.append(best and best.mid)
        if len(mids) > 1 and mids[-1] is not None and mids[-2] is not None:
            move = mids[-1] - mids[-2]
            if (delta or move) and within(end - 1, now, window):
                moves.append((delta, move))
    found = past.market.microstructure(window)
    assert found.volatility == pytest.approx(sqrt(sum(move * move for _, move in moves)))
    mean = sum(q for q, _ in moves) / max(1, len(moves))
    variance = sum((q - mean) ** 2 for q, _ in moves)
    if found.impact is None:
        assert variance == pytest.approx(0)
    else:
        covariance = sum((q - mean) * move for q, move in moves)
        assert found.impact == pytest.approx(covariance / variance)


@settings(deadline=None)
@given(steps, windows)
def test_icebergs(events: list[Step], window: Nanos) -> None:
    past = lived(events)
    rowed: dict[tuple[DepthKind, int], tuple[int, int]] = {}
    traded: dict[tuple[DepthKind, int], list[tuple[Nanos, int]]] = defaultdict(list)
    rowed[DepthKind.BID, 100] = rowed[DepthKind.ASK, 101] = (0, 3)
    refills = Counter[tuple[DepthKind, int, int]]()
    now = T
    for wait, event in events:
        now += wait
        if not isinstance(event, list):
            price, size, side = event
            kind = DepthKind.ASK if side is BUY else DepthKind.BID
            traded[kind, price].append((now, size))
            continue
        for kind, price, size in event:
            recent = [
                s for at, s in traded.pop((kind, price), []) if now // SECOND - at // SECOND < 2
            ]
            before = rowed.get((kind, price), (0, 0))[1]
            refill = size - max(0, before - sum(recent))
            if recent and refill > 0 and within(now, past.market.now, window, 10 * SECOND):
                refills[kind, price, refill] += 1
            rowed[kind, price] = (now, size)
    found = past.market.icebergs(1, 0, window)
    best = {
        (kind, price): max(count for (k, p, _), count in refills.items() if (k, p) == (kind, price))
        for kind, price, _ in refills
    }
    kinds_of = {BUY: DepthKind.BID, SELL: DepthKind.ASK}
    assert {(kinds_of[one.side], one.price): one.refreshes for one in found} == best


moves = st.lists(
    st.tuples(
        waits, st.sampled_from([95, 96]), st.booleans(), st.integers(1, 4), st.integers(0, 6)
    ),
    max_size=40,
)


@settings(deadline=None)
@given(moves, windows)
def test_spoofing(events: list[tuple[Nanos, int, bool, int, int]], window: Nanos) -> None:
    placements, now = Placements(), T
    standing: dict[int, list[tuple[Nanos, int]]] = {95: [], 96: []}
    placed: list[tuple[Nanos, int]] = []
    pulled: list[tuple[Nanos, int, Nanos]] = []
    for wait, price, rises, size, after in events:
        now += wait
        orders = standing[price]
        if rises:
            placements.placed(now, BUY, price, size, 5)
            placed.append((now, price))
            orders.append((now, size))
            del orders[:-16]
        else:
            placements.fell(now, BUY, price, size, after)
            left = size
            for index in reversed(range(len(orders))):
                if (order := orders[index])[1] <= left:
                    left -= order[1]
                    del orders[index]
                    pulled.append((now, price, now - order[0]))
            standing[price] = [order for order in orders if order[1] <= after]
    found = placements.found(now, window, 0.0, 0.0, 10**15, 0, 0.0)
    for price in (95, 96):
        count = sum(p == price and within(at, now, window, 10 * SECOND) for at, p in placed)
        lives = [
            life for at, p, life in pulled if p == price and within(at, now, window, 10 * SECOND)
        ]
        signs = [sign for sign in found if sign.price == price]
        if count and lives:
            (sign,) = signs
            assert sign.placements == count
            assert sign.time_to_cancel == pytest.approx(sum(lives) / len(lives) / SECOND)
            assert sign.cancellation_rate == min(1.0, len(lives) / count)
        else:
            assert not signs


@settings(deadline=None)
@given(st.lists(st.integers(80, 120), max_size=60))
def test_turns(prices: list[int]) -> None:
    """Turns alternate, lie a reversal apart, and nothing between two of them lies beyond them."""
    turns = Turns()
    for stamp, price in enumerate(prices):
        turns.add(stamp, price)
    for one, two in pairwise(turns.turns):
        assert one.side is two.side.opposite
        assert (one.price - two.price) * two.side >= REVERSAL
        between = prices[one.stamp : two.stamp + 1]
        assert {one.price, two.price} == {min(between), max(between)}
    for turn in turns.turns:
        assert prices[turn.stamp] == turn.price
        came_back = [
            price for price in prices[turn.stamp :] if (price - turn.price) * turn.side > 0
        ]
        assert any((price - turn.price) * turn.side >= REVERSAL for price in came_back)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(waits, st.integers(1, 3)), max_size=30))
def test_no_answer_depends_on_being_asked_before(events: list[tuple[Nanos, int]]) -> None:
    asked, silent, now = Market(), Market(), T
    for wait, size in events:
        now += wait
        for market in (asked, silent):
            market.on_depth(Depth(MES, now, whole(now, {99 + size: size}, {103: 4})))
            market.on_tape(Tape(MES, now, (Print(now, 99 + size, size, SELL),)))
        asked.microstructure()
        asked.volume_profile()
        asked.spread_analysis()
        asked.icebergs(1, 1)
    assert asked.microstructure() == silent.microstructure()
    assert asked.volume_profile() == silent.volume_profile()
    assert asked.spread_analysis() == silent.spread_analysis()
    assert asked.icebergs(1, 1) == silent.icebergs(1, 1)
    assert asked.statistics() == silent.statistics()


def test_icebergs_of_levels_that_never_traded_are_none() -> None:
    assert Icebergs().found(T) == ()

"""Features: known values by hand, one bar at a time equal to all at once, no look-ahead."""

from math import log, sqrt
from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from messages.base import SECOND
from messages.market import Bar
from models.batch import table
from models.features import FEATURES, LIVE, NAMES, PAST, known, values

T = 1_790_000_000 * SECOND


def bar(second: int, close: int = 100, **fields: int) -> Bar:
    start = T + second * SECOND
    book = {"bid": close, "ask": close + 1, "bid_size": 5, "ask_size": 5}
    depth = {"bid_depth": 25, "ask_depth": 25}
    plain = Bar(start, start + SECOND, close, close, close, close, 0)
    return replace(plain, **{**book, **depth, **fields})


def session(seconds: int, seed: int = 1) -> list[Bar]:
    """A random walk with random flow and book, silent seconds among them."""
    rng = Random(seed)
    close, bars = 100, []
    for second in range(seconds):
        close += rng.choice((-2, -1, 0, 0, 1, 2))
        bought, sold = (rng.randrange(40) * rng.randrange(2) for _ in "bs")
        sizes = {
            name: rng.randrange(1, 200)
            for name in ("bid_size", "ask_size", "bid_depth", "ask_depth")
        }
        flow = {"volume": bought + sold, "buy_volume": bought, "sell_volume": sold}
        bars.append(bar(second, close, **flow, **sizes, ask=close + rng.randrange(1, 3)))
    return bars


def of(bars: list[Bar]) -> dict[str, float]:
    return dict(zip(NAMES, values(bars), strict=True))


def test_a_silent_balanced_market_is_all_zeros() -> None:
    assert values([bar(k) for k in range(PAST)]) == (0.0,) * len(FEATURES)


def test_flow_is_signed_volume_over_volume_of_its_span() -> None:
    bars = [bar(k) for k in range(PAST)]
    bars[-1] = bar(PAST - 1, volume=10, buy_volume=9, sell_volume=1)
    bars[-4] = bar(PAST - 4, volume=30, buy_volume=0, sell_volume=30)
    bars[-6] = bar(PAST - 6, volume=4, buy_volume=3, sell_volume=1)
    bars[-16] = bar(PAST - 16, volume=6, buy_volume=6)
    found = of(bars)
    assert [found[f"flow_{k}"] for k in (2, 4, 8, 16)] == [0.8, -22 / 40, -20 / 44, -14 / 50]
    assert found["flow_4_8"] == 0.5
    assert found["flow_8_16"] == 1.0
    assert found["burst"] == log(161 / 51)


def test_book_features_are_the_balance_of_displayed_sizes() -> None:
    bars = [bar(k, bid_depth=30, ask_depth=10) for k in range(PAST)]
    bars[-1] = bar(PAST - 1, bid_depth=10, ask_depth=30, bid_size=1, ask_size=3)
    found = of(bars)
    assert found["depth"] == -0.5
    assert found["depth_4"] == 0.25
    assert found["depth_16"] == pytest.approx(0.5 - 1 / 16)
    assert found["touch"] == -0.5


def test_moves_are_in_units_of_volatility() -> None:
    bars = [bar(k, 100 + 3 * k) for k in range(PAST)]
    found = of(bars)
    assert found["volatility"] == 3.0
    assert [found[f"move_{k}"] for k in (1, 4, 16)] == pytest.approx([1.0, 2.0, 4.0])


def test_a_dead_market_does_not_blow_up_its_first_move() -> None:
    bars = [bar(k) for k in range(PAST - 1)] + [bar(PAST - 1, 101)]
    assert of(bars)["volatility"] == pytest.approx(sqrt(1 / 32))
    assert of(bars)["move_1"] == pytest.approx(4.0)


def test_one_bar_at_a_time_equals_all_at_once() -> None:
    bars = session(400)
    rows, usable = table(bars)
    assert usable.tolist() == [False] * (PAST - 1) + [True] * (len(bars) - PAST + 1)
    for last in range(PAST - 1, len(bars)):
        one = values(bars[last - PAST + 1 : last + 1])
        assert np.abs(rows[last] - one).max() < 1e-9


def test_the_future_changes_nothing() -> None:
    bars = session(200)
    whole, _ = table(bars)
    part, _ = table(bars[:120])
    assert np.array_equal(whole[:120], part)
    other, _ = table(bars[:120] + [replace(b, close=b.close + 50) for b in bars[120:]])
    assert np.array_equal(whole[:120], other[:120])


def test_a_gap_in_the_bars_makes_its_window_unusable() -> None:
    bars = session(200)
    del bars[100]
    _, usable = table(bars)
    assert np.flatnonzero(~usable).tolist() == [*range(PAST - 1), *range(100, 100 + PAST - 1)]


def test_a_bar_without_a_book_makes_the_live_window_unusable() -> None:
    bars = session(200)
    bars[100] = replace(bars[100], bid_size=0)
    rows, usable = table(bars)
    assert np.flatnonzero(~usable).tolist() == [*range(PAST - 1), *range(100, 100 + LIVE)]
    assert not rows[~usable].any()
    assert rows[usable].any(axis=1).all()


def test_history_and_crossed_bars_are_not_known() -> None:
    assert known(bar(0))
    assert not known(Bar(T, T + SECOND, 9, 9, 9, 9, 5))
    assert not known(bar(0, ask=100))


def test_a_session_too_short_for_one_window_has_no_usable_row() -> None:
    for length in (0, 1, PAST - 1):
        rows, usable = table(session(length))
        assert rows.shape == (length, len(FEATURES))
        assert not usable.any()

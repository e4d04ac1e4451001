"""Size, stop and target of a trade."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.risk.account import unknown_account
from actors.risk.sizing import allowed_risk, contracts, money, stop_cost
from actors.risk.stops import TrueRanges, farthest, stop_ticks, target_ticks
from config.schema import Risk
from messages.base import DOLLAR, SECOND
from messages.decision import Approved
from messages.market import Bar, BarClosed
from tests.risk.bench import MES, NOW, Desk, bar, bars, risk


def ranges(*widths: int, window: int = 10) -> TrueRanges:
    made = TrueRanges(window)
    made.add(bar(NOW, 0))
    for number, width in enumerate(widths, 1):
        made.add(bar(NOW + number * SECOND, width))
    return made


def test_the_risk_of_a_trade_is_its_share_of_the_capital_rounded_down() -> None:
    assert allowed_risk(Decimal(1000), Decimal("0.025")) == 25 * DOLLAR
    assert allowed_risk(Decimal("0.0001"), Decimal("0.9999")) == 0
    assert money(Decimal("0.0001")) == 1


def test_the_user_s_account_affords_one_mes_at_16_ticks_and_two_at_8() -> None:
    allowed = allowed_risk(Decimal(1000), Decimal("0.025"))
    assert contracts(allowed, stop_cost(16, MES.tick_value)) == 1
    assert contracts(allowed, stop_cost(8, MES.tick_value)) == 2
    assert contracts(allowed, stop_cost(20, MES.tick_value)) == 1
    assert contracts(allowed, stop_cost(21, MES.tick_value)) == 0


@given(
    capital=st.decimals(1, 1_000_000, places=2),
    share=st.decimals("0.0001", 1, places=4),
    most=st.integers(1, 50),
    widths=st.lists(st.integers(0, 40), min_size=11, max_size=11),
)
def test_an_approved_entry_never_risks_more_than_is_allowed(
    capital: Decimal, share: Decimal, most: int, widths: list[int]
) -> None:
    settings = risk(
        starting_capital=capital,
        max_daily_loss=capital,
        max_risk_per_trade=share,
        max_contracts=most,
    )
    desk = Desk(settings)
    for number, width in enumerate(widths, 2):
        desk.account.closed(BarClosed(MES.id, bar(NOW + number * SECOND, width)))
    verdict = desk.judge()
    if isinstance(verdict, Approved):
        assert 1 <= verdict.size <= most
        assert verdict.risk == verdict.size * verdict.stop_ticks * MES.tick_value
        assert verdict.risk <= capital * share * DOLLAR
        one_more = (verdict.size + 1) * verdict.stop_ticks * MES.tick_value
        assert verdict.size == most or one_more > capital * share * DOLLAR


@given(
    widths=st.lists(st.integers(0, 1_000), min_size=1, max_size=30),
    multiple=st.decimals("0.01", 100, places=2),
    least=st.integers(1, 50),
    more=st.integers(0, 50),
)
def test_a_stop_is_within_its_bounds_and_never_nearer_than_the_venue_allows(
    widths: list[int], multiple: Decimal, least: int, more: int
) -> None:
    settings = risk(atr_multiple=multiple, min_stop_ticks=least, max_stop_ticks=least + more)
    stop = stop_ticks(ranges(*widths, window=5), settings)
    assert max(least, 4) <= stop <= max(least + more, 4)


@given(stop=st.integers(4, 10_000), ratio=st.decimals("0.1", 100, places=2))
def test_a_target_is_the_nearest_whole_tick_that_keeps_the_ratio(stop: int, ratio: Decimal) -> None:
    target = target_ticks(stop, ratio)
    assert target >= stop * ratio
    assert target >= 4
    assert target == 4 or target - 1 < stop * ratio


@pytest.mark.parametrize(("total", "expected"), [(16, 10), (17, 10), (18, 11)])
def test_the_stop_is_rounded_to_the_nearest_tick(total: int, expected: int) -> None:
    # ten true ranges, six times their mean: 9.6, 10.2, 10.8 ticks
    widths = [1] * (20 - total) + [2] * (total - 10)
    assert stop_ticks(ranges(*widths), risk(min_stop_ticks=4, max_stop_ticks=100)) == expected


def test_half_a_tick_is_rounded_up() -> None:
    settings = risk(atr_multiple=Decimal("2.5"), min_stop_ticks=4, max_stop_ticks=100)
    assert stop_ticks(ranges(*[3] * 10), settings) == 8  # 7.5


def test_the_true_range_counts_the_gap_from_the_close_before() -> None:
    made = TrueRanges(10)
    made.add(Bar(0, SECOND, 100, 103, 100, 103, 1))
    made.add(Bar(SECOND, 2 * SECOND, 110, 111, 109, 110, 1))
    made.add(Bar(2 * SECOND, 3 * SECOND, 100, 101, 99, 100, 1))
    assert made.total() == (111 - 103) + (110 - 99)


def test_only_the_newest_window_counts() -> None:
    made = ranges(*[9] * 30, *[1] * 10)
    assert (made.known, made.total()) == (10, 10)


def test_history_goes_before_what_was_seen_live_and_is_not_counted_twice() -> None:
    made = TrueRanges(60)
    made.add(bar(NOW, 5))
    made.add(bar(NOW + SECOND, 7))
    made.fill(bars(20, 3, end=NOW))
    assert (made.known, made.total()) == (20, 18 * 3 + 5 + 7)
    made.fill(bars(20, 3, end=NOW))
    assert made.known == 20


def test_a_bar_told_again_is_counted_once() -> None:
    made = ranges(1, 2)
    made.add(bar(NOW + 2 * SECOND, 50))
    assert (made.known, made.total()) == (2, 3)


def test_the_farthest_stop_stands_in_while_ranges_are_few() -> None:
    assert stop_ticks(ranges(*[1] * 9), risk()) == 16
    assert stop_ticks(ranges(*[1] * 10), risk()) == 8


def test_a_short_window_is_ready_sooner() -> None:
    assert not ranges(1, 1, window=3).ready
    assert ranges(1, 1, 1, window=3).ready


def test_a_stop_in_ticks_needs_no_ranges_and_keeps_no_bounds_but_the_venue_s() -> None:
    settings = risk(stop="ticks", stop_ticks=30)
    assert stop_ticks(ranges(*[1] * 10), settings) == 30
    assert stop_ticks(TrueRanges(0), settings) == 30
    assert stop_ticks(TrueRanges(0), risk(stop="ticks", stop_ticks=3)) == 4


def test_a_stop_in_ticks_waits_for_no_bars() -> None:
    settings = risk(stop="ticks", stop_ticks=8)
    desk = Desk(settings)
    desk.account.holdings[MES.id].ranges = (
        unknown_account((MES,), settings, False).holdings[MES.id].ranges
    )
    entry = desk.approval()
    assert (entry.stop_ticks, entry.target_ticks, entry.size) == (8, 12, 2)


@pytest.mark.parametrize(
    ("settings", "ticks"),
    [
        (risk(), 16),
        (risk(min_stop_ticks=2, max_stop_ticks=3), 4),
        (risk(stop="ticks", stop_ticks=30), 30),
        (risk(stop="ticks", stop_ticks=2), 4),
    ],
)
def test_a_position_of_unknown_stop_counts_with_the_farthest(settings: Risk, ticks: int) -> None:
    assert farthest(settings) == ticks
    assert unknown_account((MES,), settings, False).holdings[MES.id].worst == ticks * 12_500

"""Profile, point of control, value area and VWAP of a window and of a session, by hand."""

import pytest

from actors.bar.analytics.profile import Bin, ValueArea, point_of_control, value_area
from actors.bar.timeframes.periods import trade_date_end
from messages.base import SECOND
from messages.market import Print, Tape
from tests.bar.analytics.bench import BUY, MES, SELL, Feed, T, at


def traded() -> Feed:
    feed = Feed()
    feed.trades(0.5, (100, 3, BUY), (101, 4, SELL), (103, 1, BUY))
    feed.trades(25.0, (101, 6, BUY), (106, 2, SELL))
    return feed


def test_bins_hold_bought_and_sold_volume_by_price() -> None:
    profile = traded().market.volume_profile(bins=4)
    assert profile is not None
    # 100..106 are 7 prices: bins of 2 ticks
    assert profile.bins == (
        Bin(100, 101, 9, 4),
        Bin(102, 103, 1, 0),
        Bin(104, 105, 0, 0),
        Bin(106, 107, 0, 2),
    )
    assert profile.bins[0].volume == 13
    assert profile.volume == 16
    assert profile.point_of_control == 101
    assert profile.vwap == (300 + 1010 + 103 + 212) / 16


def test_more_bins_than_prices_give_one_bin_a_tick() -> None:
    profile = traded().market.volume_profile()
    assert profile is not None
    assert len(profile.bins) == 7
    assert profile.bins[1] == (101, 101, 6, 4)


def test_a_window_leaves_out_what_traded_before_it() -> None:
    profile = traded().market.volume_profile(window=20 * SECOND)
    assert profile is not None
    assert (profile.volume, profile.bins[0].low) == (8, 101)


def test_no_profile_without_prints_and_none_of_no_bins() -> None:
    assert Feed().market.volume_profile() is None
    assert Feed().market.session_profile() is None
    with pytest.raises(ValueError, match="give at least 1"):
        traded().market.volume_profile(bins=0)


def test_the_session_profile_begins_anew_with_the_trade_date_and_the_window_does_not() -> None:
    feed = traded()
    assert feed.market.session_vwap() == 1625 / 16
    rolls = (trade_date_end(T) - T) / SECOND
    feed.trade(rolls - 1, 104, 4, BUY)
    feed.trades(rolls, (110, 5, SELL))
    session = feed.market.session_profile()
    assert session is not None
    assert (session.volume, session.vwap, feed.market.session_vwap()) == (5, 110.0, 110.0)
    assert feed.market.statistics().session_volume == 5
    rolling = feed.market.volume_profile()
    assert rolling is not None
    assert rolling.volume == 9


def test_one_record_may_hold_the_end_of_a_session_and_the_beginning_of_the_next() -> None:
    feed, rolls = Feed(), trade_date_end(T)
    before, after = Print(rolls - 1, 100, 3, BUY), Print(rolls, 102, 2, SELL)
    feed.market.on_tape(Tape(MES, rolls, (before, after)))
    assert (feed.market.statistics().session_volume, feed.market.session_vwap()) == (2, 102.0)


def test_a_session_outlasts_every_window() -> None:
    feed = traded()
    feed.market.on_time(at(9_000))
    assert feed.market.volume_profile(window=7_200 * SECOND) is None
    assert feed.market.session_vwap() == 1625 / 16


@pytest.mark.parametrize(
    ("volumes", "price"),
    [
        ({100: 1, 101: 5, 102: 2}, 101),
        ({100: 5, 101: 1, 102: 5, 108: 1}, 102),  # nearer to the middle, 104
        ({100: 5, 104: 5}, 100),  # equally near: the lower
    ],
)
def test_the_point_of_control_has_the_most_volume(volumes: dict[int, int], price: int) -> None:
    assert point_of_control(volumes) == price


@pytest.mark.parametrize(
    ("volumes", "area"),
    [
        # 70 of 100: 40, then below 12 + 10 > above 15 + 5, then above 20 > below 8 + 6
        ({97: 6, 98: 8, 99: 10, 100: 12, 101: 40, 102: 15, 103: 5, 104: 4}, (99, 103, 82)),
        # equal pairs: above first
        ({98: 10, 99: 10, 100: 60, 101: 10, 102: 10}, (100, 102, 80)),
        # at the top of the range there is only below
        ({98: 10, 99: 30, 100: 60}, (98, 100, 100)),
        # and at its bottom only above
        ({100: 60, 101: 30, 102: 10}, (100, 102, 100)),
        # prices without volume are prices
        ({100: 60, 103: 40}, (100, 103, 100)),
        ({100: 1}, (100, 100, 1)),
    ],
)
def test_the_value_area_grows_by_the_larger_pair_until_it_holds_seventy_percent(
    volumes: dict[int, int], area: tuple[int, int, int]
) -> None:
    assert value_area(volumes) == ValueArea(*area)

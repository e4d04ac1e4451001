"""The spread weighted by time, by hand."""

from messages.base import MILLISECOND, SECOND
from messages.market import DepthKind, DepthRow
from tests.bar.analytics.bench import BUY, SELL, Feed, at


def moving() -> Feed:
    """One tick to 4 s, three to 6.5 s, locked to 7 s, crossed to 7.25 s, two to 9.25 s."""
    feed = Feed()
    feed.book(0, {100: 5}, {101: 5, 103: 5})
    feed.level(4, SELL, 101, 0)
    feed.level(6.5, BUY, 103, 1)
    feed.level(7, BUY, 104, 1)
    sizes = {104: 0, 103: 0, 101: 9}
    stamp = at(7.25)
    feed.rows(7.25, *(DepthRow(stamp, DepthKind.BID, p, size) for p, size in sizes.items()))
    feed.market.on_time(at(9.25))
    return feed


def test_the_spread_is_weighted_by_how_long_it_stood() -> None:
    found = moving().market.spread_analysis()
    assert found.held == ((1, 4 * SECOND), (2, 2 * SECOND), (3, 2_500 * MILLISECOND))
    assert found.mean == (4 * 1 + 2 * 2 + 2.5 * 3) / 8.5
    assert (found.current, found.least, found.most) == (2, 1, 3)


def test_locked_and_crossed_time_is_told_apart_and_not_averaged() -> None:
    found = moving().market.spread_analysis()
    assert (found.locked, found.crossed) == (500 * MILLISECOND, 250 * MILLISECOND)
    assert found.unknown == (1_799 - 9) * SECOND


def test_a_window_takes_only_its_part_of_a_spread_that_stood() -> None:
    found = moving().market.spread_analysis(3 * SECOND)
    assert found.held == ((2, 2 * SECOND),)
    assert (found.crossed, found.unknown) == (250 * MILLISECOND, 0)


def test_asking_twice_and_in_silence_counts_no_time_twice() -> None:
    market = moving().market
    market.on_time(at(20))
    assert market.spread_analysis() == market.spread_analysis()
    assert dict(market.spread_analysis().held)[2] == 12_750 * MILLISECOND


def test_without_a_book_nothing_is_known() -> None:
    feed = moving()
    feed.market.book.lose()
    feed.market.on_time(at(10))
    found = feed.market.spread_analysis(SECOND)
    assert found == (None, None, None, None, (), 0, 0, 0)
    feed.market.on_time(at(10.5))
    assert feed.market.spread_analysis(SECOND).unknown == 500 * MILLISECOND


def test_hours_of_silence_count_as_the_spread_that_stood() -> None:
    market = moving().market
    market.on_time(at(50_000))
    assert market.spread_analysis(3_600 * SECOND).held == ((2, 3_599 * SECOND),)


def test_the_states_between_the_rows_of_one_stamp_are_no_spread() -> None:
    feed = Feed()
    feed.book(0, {100: 5}, {101: 5})
    stamp = at(1)
    feed.rows(
        1,
        DepthRow(stamp, DepthKind.BID, 101, 5),
        DepthRow(stamp, DepthKind.ASK, 101, 0),
        DepthRow(stamp, DepthKind.ASK, 102, 5),
    )
    feed.market.on_time(at(2))
    found = feed.market.spread_analysis()
    assert (found.locked, found.crossed, found.held) == (0, 0, ((1, 2 * SECOND),))
    assert feed.market.statistics().locked == 0

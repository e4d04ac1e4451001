"""Rolling sums equal what adding up the slots of the window gives, and forget the rest."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.bar.analytics.windows import RollingMaximum, RollingSums, RollingTable
from messages.base import SECOND, Nanos

HORIZON = 20 * SECOND
steps = st.lists(
    st.tuples(st.integers(0, 7 * SECOND), st.integers(0, 3), st.integers(1, 9)), max_size=60
)
windows = st.integers(1, HORIZON)


def in_window(stamp: Nanos, now: Nanos, window: Nanos) -> bool:
    """By the definition: the slot of now and the whole ones before it that make up the window."""
    slots = -(-window // SECOND)
    return now // SECOND - slots < stamp // SECOND <= now // SECOND


@settings(deadline=None)
@given(steps, windows)
def test_sums_equal_those_of_the_events_in_the_window(
    events: list[tuple[int, int, int]], window: Nanos
) -> None:
    rolling, seen, now = RollingSums(2, HORIZON), [], 0
    for wait, first, second in events:
        now += wait
        rolling.add(now, first, -second)
        seen.append((now, first, -second))
        within = [event for event in seen if in_window(event[0], now, window)]
        expected = sum(event[1] for event in within), sum(event[2] for event in within)
        assert rolling.over(window, now) == expected


@settings(deadline=None)
@given(steps, windows)
def test_the_maximum_is_that_of_the_events_in_the_window(
    events: list[tuple[int, int, int]], window: Nanos
) -> None:
    rolling, seen, now = RollingMaximum(HORIZON), [], 0
    for wait, _, amount in events:
        now += wait
        rolling.add(now, amount)
        seen.append((now, amount))
        expected = max(amount for stamp, amount in seen if in_window(stamp, now, window))
        assert rolling.over(window, now) == expected


@settings(deadline=None)
@given(steps, windows)
def test_a_table_holds_the_sums_by_key_of_the_events_in_the_window(
    events: list[tuple[int, int, int]], window: Nanos
) -> None:
    rolling: RollingTable[int] = RollingTable(1, HORIZON)
    seen: list[tuple[Nanos, int, int]] = []
    now = 0
    for wait, key, amount in events:
        now += wait
        rolling.cell(now, key)[0] += amount
        seen.append((now, key, amount))
        expected: dict[int, list[int]] = defaultdict(lambda: [0])
        for stamp, name, added in seen:
            if in_window(stamp, now, window):
                expected[name][0] += added
        assert rolling.over(window, now) == expected


def test_asking_changes_nothing_and_time_alone_empties_a_window() -> None:
    sums, table = RollingSums(1, HORIZON), RollingTable[str](1, HORIZON)
    sums.add(SECOND, 5)
    table.cell(SECOND, "a")[0] += 5
    for _ in range(2):
        assert sums.over(10 * SECOND, 10 * SECOND) == (5,)
        assert table.over(10 * SECOND, 10 * SECOND) == {"a": [5]}
    assert sums.over(10 * SECOND, 11 * SECOND) == (0,)
    assert table.over(10 * SECOND, 11 * SECOND) == {}


def test_the_caller_cannot_change_a_table_by_its_answer() -> None:
    table = RollingTable[str](1, HORIZON)
    table.cell(SECOND, "a")[0] = 5
    table.over(SECOND, SECOND)["a"][0] = 99
    assert table.over(SECOND, SECOND) == {"a": [5]}


@pytest.mark.parametrize("window", [0, -SECOND, HORIZON + 1])
def test_a_window_that_is_not_kept_is_refused(window: Nanos) -> None:
    with pytest.raises(ValueError, match="at most 20 s, which is what is kept"):
        RollingSums(1, HORIZON).over(window, SECOND)


def test_memory_is_bounded_by_slots_however_long_it_runs() -> None:
    sums, largest, table = (
        RollingSums(1, HORIZON),
        RollingMaximum(HORIZON),
        RollingTable[int](1, HORIZON),
    )
    for second in range(1_000):
        sums.add(second * SECOND, 1)
        largest.add(second * SECOND, 1_000 - second)
        table.cell(second * SECOND, second)[0] += 1
    assert len(sums._numbers) <= 41
    assert len(largest._numbers) <= 41
    assert len(table.over(HORIZON, 999 * SECOND)) == 20
    assert len(table._sums) == 19

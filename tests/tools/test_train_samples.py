"""What a row is taught: where the mid is ten seconds later, and what the past would have said."""

import numpy as np
import pytest
from msgspec.structs import replace

from messages.base import SECOND
from messages.market import Bar
from models.features import PAST
from tools.train.samples import HORIZON, Samples

T = 1_790_000_000 * SECOND
DOWN, FLAT, UP = 0, 1, 2
ROW = PAST - 1
"""The first bar that has a whole window."""


def session(bids: list[int], spread: int = 1) -> list[Bar]:
    bars = []
    for second, bid in enumerate(bids):
        start = T + second * SECOND
        flow = (3, 2, 1, 2, 300)
        bars.append(Bar(start, start + SECOND, *(bid,) * 4, *flow, bid, bid + spread, 5, 5, 9, 9))
    return bars


def test_a_row_is_taught_the_mid_ten_seconds_later_and_nothing_in_between() -> None:
    bids = [100] * (ROW + 1) + [150] * (HORIZON - 1) + [99] * 30
    samples = Samples("one", session(bids))
    assert samples.classes[0] == DOWN


@pytest.mark.parametrize(
    ("bid", "spread", "taught"),
    [(101, 1, UP), (99, 1, DOWN), (100, 1, FLAT), (100, 2, FLAT), (99, 4, FLAT), (100, 3, UP)],
)
def test_a_whole_tick_of_the_mid_is_a_direction(bid: int, spread: int, taught: int) -> None:
    bars = session([100] * (ROW + HORIZON + 1))
    bars[-1] = replace(bars[-1], bid=bid, ask=bid + spread)
    samples = Samples("one", bars)
    assert samples.classes.tolist() == [taught]


def test_a_row_without_its_future_is_left_out() -> None:
    assert len(Samples("short", session([100] * (PAST + HORIZON - 1)))) == 0
    enough = Samples("enough", session([100] * (PAST + HORIZON)))
    assert (len(enough), enough.rows.tolist()) == (1, [ROW])


def test_a_gap_in_the_future_leaves_rows_out() -> None:
    bars = session([100] * (PAST + 2 * HORIZON))
    assert len(Samples("whole", bars)) == HORIZON + 1
    del bars[ROW + 5]
    assert len(Samples("gap", bars)) == 0


def test_a_crossed_market_in_the_future_leaves_its_row_out() -> None:
    """The rows before it stay, but for the one that would be taught by it."""
    bars = session([100] * (PAST + 2 * HORIZON))
    crossed = ROW + HORIZON
    bars[crossed] = replace(bars[crossed], ask=bars[crossed].bid)
    assert len(Samples("crossed", bars)) == HORIZON - 1


def test_the_last_move_baselines_look_back_only() -> None:
    bids = [100] * (ROW - 5) + [103] * 5 + [102] + [500] * HORIZON
    moves = Samples("one", session(bids)).moves
    assert {span: int(said[0]) for span, said in moves.items()} == {1: DOWN, 5: DOWN, 10: UP}
    assert all(np.issubdtype(said.dtype, np.integer) for said in moves.values())

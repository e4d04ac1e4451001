"""Features over whole markets, random, simulated and recorded: the model room's, bar by bar, are
those of the batch, and nothing that comes later changes any of them.
"""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.model.judging import judge
from actors.model.window import Window
from messages.base import SECOND
from messages.decision import Features
from messages.market import Bar, BarClosed
from models.batch import table
from tools.simulator.recording import read
from tools.train.sessions import TICK_SIZE, recorded, simulated

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
T = 1_790_000_000 * SECOND
MES = "CON.F.US.MES.Z26"
MARKETS = ("simulated", "esh4_20231225", "esu4_20240701_4min")


class Even:
    """A scorer that has no opinion."""

    def score(self, values: Sequence[float]) -> tuple[float, float, float]:
        return 0.3, 0.4, 0.3


@pytest.fixture(scope="module", params=MARKETS)
def market(request: pytest.FixtureRequest) -> list[Bar]:
    if request.param == "simulated":
        return simulated(21, 900)
    prefix = DATA / request.param
    if not Path(f"{prefix}_trades.parquet").exists():
        pytest.skip("the recorded market data is not beside the project")
    return recorded(prefix)


def told(bars: Sequence[Bar]) -> dict[int, tuple[float, ...]]:
    """What the model room says of each bar that it has features of, by the bar's end."""
    window, found = Window(), {}
    for bar in bars:
        answer = next(judge(window, BarClosed(MES, bar), Even(), "none"))
        if isinstance(answer, Features):
            found[answer.bar_end] = answer.values
    return found


def rows(bars: Sequence[Bar]) -> dict[int, tuple[float, ...]]:
    """The same from the batch."""
    values, usable = table(bars)
    return {bars[k].end: tuple(values[k].tolist()) for k in np.flatnonzero(usable).tolist()}


def wild(seed: int, holes: int, blind: int) -> list[Bar]:
    """A random walk of 150 bars; per cent of them come after a hole, and without a usable book."""
    rng, start, close, bars = Random(seed), T, 24_000, list[Bar]()
    for _ in range(150):
        start += SECOND * (1 if rng.randrange(100) >= holes else rng.choice((2, 9, 61, 90)))
        close += rng.randrange(-3, 4)
        bought, sold = (rng.randrange(60) * rng.randrange(2) for _ in "bs")
        bid = close - rng.randrange(2)
        book = (bid, bid + rng.randrange(1, 3)) if rng.randrange(100) >= blind else (bid, bid)
        flow = (bought + sold, bought, sold, rng.randrange(9), (bought + sold) * close)
        sizes = tuple(rng.randrange(1, 300) for _ in range(4))
        bars.append(Bar(start, start + SECOND, *(close,) * 4, *flow, *book, *sizes))
    return bars


WILD = st.builds(
    wild, st.integers(0, 10_000), holes=st.sampled_from((0, 1, 4)), blind=st.sampled_from((0, 2))
)


def test_the_room_tells_the_features_of_the_batch(market: list[Bar]) -> None:
    live, batch = told(market), rows(market)
    assert live.keys() == batch.keys()
    assert len(live) > 100
    for end, values in batch.items():
        assert live[end] == pytest.approx(values, rel=0, abs=1e-9)


def test_a_market_cut_short_has_the_same_features_up_to_the_cut(market: list[Bar]) -> None:
    whole, usable = table(market)
    for cut in range(1, len(market), len(market) // 9):
        part, told_usable = table(market[:cut])
        assert np.array_equal(part, whole[:cut])
        assert np.array_equal(told_usable, usable[:cut])


@pytest.mark.parametrize("seconds", [50, 120, 233])
def test_the_features_of_a_bar_need_nothing_that_the_market_did_after_it(seconds: int) -> None:
    """From the events on: the tape and book end at the bar's close."""
    longer, shorter = told(simulated(21, 240)), told(simulated(21, seconds))
    assert shorter
    assert shorter == {end: longer[end] for end in shorter}


def test_a_recording_cut_in_the_middle_has_the_same_features_up_to_there(tmp_path: Path) -> None:
    """The parquet files themselves end earlier."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    prefix = DATA / "esu4_20240701_4min"
    if not Path(f"{prefix}_trades.parquet").exists():
        pytest.skip("the recorded market data is not beside the project")
    tables = read(prefix, TICK_SIZE)
    middle = int(tables["trades"]["ts"][0]) + 150 * SECOND
    for kind in tables:
        whole = parquet.read_table(f"{prefix}_{kind}.parquet")
        kept = pyarrow.compute.less(whole["ts"], middle)
        parquet.write_table(whole.filter(kept), tmp_path / f"cut_{kind}.parquet")
    longer, shorter = told(recorded(prefix)), told(recorded(tmp_path / "cut"))
    assert len(shorter) > 80
    assert shorter == {end: longer[end] for end in shorter}


@settings(deadline=None, max_examples=30)
@given(WILD)
def test_with_holes_and_without_a_book_room_and_batch_still_agree(bars: list[Bar]) -> None:
    """The room bridges short holes, so it has features of more bars than the batch has."""
    live = told(bars)
    for end, values in rows(bars).items():
        assert live[end] == pytest.approx(values, rel=0, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(WILD, WILD, st.integers(1, 149))
def test_whatever_follows_a_bar_its_features_stand(
    bars: list[Bar], others: list[Bar], cut: int
) -> None:
    past, future = bars[:cut], bars[cut:]
    moved = [replace(bar, close=7 * bar.close, volume=10**9, bid_depth=1) for bar in future]
    alone, alone_usable = table(past)
    for after in (moved, others[cut:], future[::2]):
        whole, usable = table([*past, *after])
        assert np.array_equal(whole[:cut], alone)
        assert np.array_equal(usable[:cut], alone_usable)
    ends = {bar.end for bar in past}
    live = {end: values for end, values in told(bars).items() if end in ends}
    assert told(past) == live

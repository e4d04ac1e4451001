"""A recorded session of the whole engine, replayed to it: the same bars, in every timeframe."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from actors.runtime.delivery import Published, Record
from messages.base import SECOND
from messages.market import Bar, BarClosed, FrameClosed
from tests.record.bench import MES, TICK_SIZE, recorded
from tests.simulation.bench import settings
from tools.record.files import Growing, finished
from tools.record.recorder import Recorder
from tools.simulate.session import VirtualSession
from tools.simulator.market import MarketSource
from tools.simulator.recording import read
from tools.simulator.replay import InPhase

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "mes_seed7"
SECONDS = 60
FRAMES = ("5s", "20s", "100tick", "200vol")

pytestmark = pytest.mark.slow


class Bars:
    """What the bar room told, and a recorder of what the hub did."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self.bars: list[Bar] = []
        self.frames: list[FrameClosed] = []
        self._recorder = recorder

    def record(self, record: Record) -> None:
        if not isinstance(record, Published) or record.message is None:
            return
        if self._recorder is not None and record.sender == "market_hub":
            self._recorder.hear(record.message)
        match record.message:
            case BarClosed(bar=bar):
                self.bars.append(bar)
            case FrameClosed() as frame:
                self.frames.append(frame)
            case _:
                pass

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing to close."""


def run(ear: Bars, source: MarketSource | None = None, seconds: int = SECONDS) -> None:
    wanted = settings(f"trading.timeframes=[{', '.join(FRAMES)}]")
    ended = VirtualSession(wanted, 5, seconds * SECOND, source=source, sinks=(ear,)).run()
    assert ended.code == 0


def test_a_recorded_session_replays_as_the_same_bars_of_every_timeframe(tmp_path: Path) -> None:
    prefix = tmp_path / "r"
    growing = Growing(prefix)
    recorder = Recorder({MES.id: MES}, {MES.id: growing})
    original, again = Bars(recorder), Bars()
    run(original)
    recorder.flush()
    growing.close()
    assert {written.kind for written in finished(prefix)} == {"trades", "quotes", "depth"}
    assert (recorder.moved, recorder.gaps, recorder.failed) == (0, [], "")
    run(again, InPhase(prefix, TICK_SIZE))
    assert len(original.bars) > SECONDS - 3
    assert again.bars == original.bars
    assert {frame.timeframe for frame in original.frames} == set(FRAMES)
    assert again.frames == original.frames


def test_the_shipped_recording_gives_the_engine_the_bars_that_are_cut_from_it() -> None:
    """But for the first second, which begins in the middle of one."""
    trades = read(SAMPLE, TICK_SIZE)["trades"]
    seconds = int(trades["ts"][-1] - trades["ts"][0]) // SECOND
    ear = Bars()
    run(ear, InPhase(SAMPLE, TICK_SIZE), seconds + 5)
    expected = [bar[1:] for bar in recorded(SAMPLE)]
    found = [_shape(bar) for bar in ear.bars]
    assert _after(found, expected[1]) == _after(expected, expected[1])
    assert len(found) > 80
    assert sum(bar.volume for bar in ear.bars) == int(trades["size"].sum())


def _shape(bar: Bar) -> tuple[int, ...]:
    prices = (bar.open, bar.high, bar.low, bar.close)
    return (*prices, bar.volume, bar.buy_volume, bar.sell_volume)


def _after(bars: Sequence[tuple[int, ...]], first: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Those from the first such bar to the last with volume."""
    last = max(k for k, bar in enumerate(bars) if bar[4])
    return list(bars[list(bars).index(first) : last + 1])

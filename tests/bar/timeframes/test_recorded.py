"""On recorded tapes, as they came: no contract is lost in any frame."""

from decimal import Decimal
from pathlib import Path

import pytest

from actors.bar.timeframes.frames import Frames
from config.timeframe import Timeframe, parse
from messages.base import SECOND, Nanos
from messages.market import Bar, Print, Side, Tape
from tools.simulator.recording import read

DATA = Path(__file__).resolve().parents[3] / ".." / "shared" / "data"
ES, GOLD, BTCUSDT = "esh4_20231225", "gcz3_20131007_20131008", "btcusdt_perp_20240808_5min"
NAMES = ("1s", "30s", "1min", "5min", "1hr", "4hr", "1day", "1week", "100tick", "500vol")


def tape(name: str, tick: str) -> list[Print]:
    """Prints of known size; those without side bought."""
    if not (DATA / f"{name}_trades.parquet").is_file():
        pytest.skip(f"no recording {name} in {DATA}")
    table = read(DATA / name, Decimal(tick))["trades"]
    columns = (table[column].tolist() for column in ("ts", "price", "size", "side"))
    return [
        Print(ts, price, size, Side.SELL if side < 0 else Side.BUY)
        for ts, price, size, side in zip(*columns, strict=True)
        if size
    ]


def bars(prints: list[Print], stamps: list[Nanos]) -> dict[Timeframe, dict[Nanos, Bar]]:
    """What stands in the end by frame and start (by number for tick and volume frames)."""
    frames = Frames(map(parse, NAMES))
    told = [
        each
        for one, received in zip(prints, stamps, strict=True)
        for each in frames.on_tape(Tape("recorded", received, (one,)))
    ]
    found: dict[Timeframe, dict[Nanos, Bar]] = {parse(name): {} for name in NAMES}
    for each in told + frames.end():
        kept = found[each.timeframe]
        kept[each.bar.start if each.timeframe.timed else len(kept)] = each.bar
    return found


@pytest.mark.parametrize(("name", "tick"), [(ES, "0.25"), (BTCUSDT, "0.1"), (GOLD, "0.1")])
def test_the_volume_of_the_bars_is_the_volume_of_the_tape(name: str, tick: str) -> None:
    prints = tape(name, tick)
    volume = sum(one.size for one in prints)
    for frame, found in bars(prints, [one.stamp for one in prints]).items():
        assert sum(bar.volume for bar in found.values()) == volume, frame
        assert sum(bar.trades for bar in found.values()) == len(prints), frame
        assert sum(bar.turnover for bar in found.values()) == sum(
            one.price * one.size for one in prints
        )


def test_a_tape_whose_every_tenth_print_is_late_makes_the_same_timed_bars() -> None:
    prints = tape(ES, "0.25")
    stamps = [one.stamp + 3 * SECOND * (number % 10 == 0) for number, one in enumerate(prints)]
    order = sorted(range(len(prints)), key=lambda number: stamps[number])
    late = [prints[number] for number in order]
    found = bars(late, [stamps[number] for number in order])
    for frame, expected in bars(prints, [one.stamp for one in prints]).items():
        if frame.timed:
            assert _shapes(found[frame]) == _shapes(expected)
        else:
            assert sum(bar.volume for bar in found[frame].values()) == 9_892


def _shapes(found: dict[Nanos, Bar]) -> dict[Nanos, tuple[int, ...]]:
    """All but open and close, which equal stamps in another order may change."""
    return {
        start: (bar.high, bar.low, bar.volume, bar.buy_volume, bar.trades, bar.turnover)
        for start, bar in found.items()
    }


def test_two_days_of_gold_lie_in_three_trade_dates_and_none_in_the_break() -> None:
    prints = tape(GOLD, "0.1")
    found = bars(prints, [one.stamp for one in prints])
    assert len(found[parse("1day")]) == 3
    assert len(found[parse("1week")]) == 1
    assert len(found[parse("1hr")]) == 48
    minutes = [bar.start // SECOND // 60 % 1_440 for bar in found[parse("1min")].values()]
    assert not [minute for minute in minutes if 21 * 60 + 15 <= minute < 22 * 60]
    assert max(minute for minute in minutes if minute < 22 * 60) == 21 * 60 + 14

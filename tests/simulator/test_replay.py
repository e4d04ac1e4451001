"""Recorded parquet as a market: stamps, aggressors, books from what there is, clear refusals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tools.simulator.market import BUY, SELL, Level, MarketEvent, Print, Snapshot
from tools.simulator.recording import RecordingError
from tools.simulator.replay import InPhase, Replay

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

QUARTER = Decimal("0.25")
SECOND = 1_000_000_000
RECORDED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
TRADES = ("ts", "price", "size", "side")
QUOTES = ("ts", "bid", "bid_size", "ask", "ask_size")
DEPTH = ("ts", "side", "price", "size", "action")


def write(prefix: Path, kind: str, names: Sequence[str], rows: Sequence[Sequence[float]]) -> Path:
    prices = {"price", "bid", "ask"}
    columns = {
        name: pa.array(
            [row[i] for row in rows], type=pa.float64() if name in prices else pa.int64()
        )
        for i, name in enumerate(names)
    }
    path = Path(f"{prefix}_{kind}.parquet")
    pq.write_table(pa.table(columns), path)
    return path


def play(replay: Replay, start: int = 0) -> list[MarketEvent]:
    replay.start(start)
    events: list[MarketEvent] = []
    while (at := replay.next_time()) is not None:
        events += replay.take(at)
    return events


def prints(events: list[MarketEvent]) -> list[Print]:
    return [event for event in events if isinstance(event, Print)]


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return tmp_path / "tape"


def test_the_first_recorded_instant_is_the_start_and_gaps_are_kept(prefix: Path) -> None:
    write(prefix, "trades", TRADES, [(1_500, 10.0, 1, 1), (1_900, 10.25, 2, -1)])
    write(prefix, "quotes", QUOTES, [(1_000, 9.75, 4, 10.0, 5)])
    replay = Replay(prefix, QUARTER)
    assert replay.duration == 900
    assert play(replay, start=70_000) == [
        Snapshot(70_000, ((39, 4),), ((40, 5),)),
        Print(70_500, 40, 1, BUY),
        Print(70_900, 41, 2, SELL),
    ]


def test_nothing_plays_before_the_start(prefix: Path) -> None:
    write(prefix, "trades", TRADES, [(1_500, 10.0, 1, 1)])
    replay = Replay(prefix, QUARTER)
    assert replay.next_time() is None
    assert replay.take(10**18) == []


def test_rows_of_one_depth_stamp_come_together_snapshot_first(prefix: Path) -> None:
    rows = [
        (100, 1, 9.5, 3, 0),
        (100, 1, 9.75, 2, 0),
        (100, -1, 10.25, 7, 0),
        (100, -1, 10.0, 6, 0),
        (100, 1, 9.75, 9, 1),
        (200, -1, 10.0, 0, 2),
        (200, 1, 10.0, 4, 1),
    ]
    write(prefix, "depth", DEPTH, rows)
    replay = Replay(prefix, QUARTER)
    replay.start(0)
    assert replay.take(99) == [
        Snapshot(0, ((39, 2), (38, 3)), ((40, 6), (41, 7))),
        Level(0, BUY, 39, 9),
    ]
    assert replay.next_time() == 100
    assert replay.take(100) == [Level(100, SELL, 40, 0), Level(100, BUY, 40, 4)]
    assert replay.next_time() is None


def test_depth_makes_the_quotes_needless(prefix: Path) -> None:
    write(prefix, "depth", DEPTH, [(100, 1, 9.5, 3, 1)])
    write(prefix, "quotes", QUOTES, [(50, 1.0, 4, 2.0, 5)])
    replay = Replay(prefix, QUARTER)
    assert replay.duration == 0
    assert play(replay) == [Level(0, BUY, 38, 3)]


def test_prints_of_a_stamp_come_before_its_book(prefix: Path) -> None:
    write(prefix, "trades", TRADES, [(100, 10.0, 3, 1)])
    write(prefix, "depth", DEPTH, [(100, -1, 10.0, 0, 2)])
    assert play(Replay(prefix, QUARTER)) == [Print(0, 40, 3, BUY), Level(0, SELL, 40, 0)]


def test_quotes_alone_give_one_level_a_side(prefix: Path) -> None:
    rows = [
        (100, 9.75, 4, 10.0, 5),
        (200, 9.75, 6, 10.0, 5),
        (300, 9.75, 6, 10.0, 5),
        (400, 1.0, 1, 2.0, 1),
        (400, 10.0, 2, 10.25, 0),
    ]
    write(prefix, "quotes", QUOTES, rows)
    assert play(Replay(prefix, QUARTER)) == [
        Snapshot(0, ((39, 4),), ((40, 5),)),
        Level(100, BUY, 39, 6),
        Level(300, BUY, 39, 0),
        Level(300, SELL, 40, 0),
        Level(300, BUY, 40, 2),
        Level(300, SELL, 41, 1),
    ]


def test_trades_alone_give_a_one_tick_book_around_the_last(prefix: Path) -> None:
    write(prefix, "trades", TRADES, [(100, 10.0, 1, 1), (200, 9.75, 1, -1), (300, 9.5, 1, -1)])
    assert play(Replay(prefix, QUARTER)) == [
        Print(0, 40, 1, BUY),
        Snapshot(0, ((39, 10),), ((40, 10),)),
        Print(100, 39, 1, SELL),
        Print(200, 38, 1, SELL),
        Level(200, BUY, 39, 0),
        Level(200, SELL, 40, 0),
        Level(200, BUY, 38, 10),
        Level(200, SELL, 39, 10),
    ]


def test_an_unknown_aggressor_follows_the_tick_rule(prefix: Path) -> None:
    prices_and_sides = [
        (10.0, 0),
        (9.75, 0),
        (9.75, 0),
        (10.0, 0),
        (10.0, -1),
        (10.0, 0),
    ]
    rows = [(i, price, 1, side) for i, (price, side) in enumerate(prices_and_sides)]
    write(prefix, "trades", TRADES, rows)
    replay = Replay(prefix, QUARTER)
    assert [p.side for p in prints(play(replay))] == [BUY, SELL, SELL, BUY, SELL, BUY]
    assert replay.inferred == 5


def test_trades_of_size_zero_are_dropped_and_counted(prefix: Path) -> None:
    write(prefix, "trades", TRADES, [(1, 10.0, 0, 0), (2, 9.75, 3, 0), (3, 9.5, 0, 1)])
    replay = Replay(prefix, QUARTER)
    assert [p.size for p in prints(play(replay))] == [3]
    assert (replay.dropped, replay.inferred, replay.duration) == (2, 1, 0)


def test_a_second_start_plays_from_the_beginning(prefix: Path) -> None:
    write(prefix, "trades", TRADES, [(i, 10.0, 1, 1) for i in range(10_000)])
    replay = Replay(prefix, QUARTER)
    assert len(prints(play(replay))) == 10_000
    assert play(replay, 5)[0].at == 5


BAD: Mapping[str, tuple[str, Sequence[str], Sequence[Sequence[float]], str]] = {
    "off the grid": ("trades", TRADES, [(1, 10.0, 1, 1), (2, 10.1, 1, 1)],
                     "column price, row 1: 10.1 is not a multiple of the tick size 0.25"),
    "not a number": ("quotes", QUOTES, [(1, float("nan"), 1, 10.0, 1)],
                     "column bid, row 0: nan is not a multiple of the tick size 0.25"),
    "column missing": ("depth", DEPTH[:-1], [(1, 1, 10.0, 1)], "column action is missing"),
    "time goes back": ("trades", TRADES, [(2, 10.0, 1, 1), (1, 10.0, 1, 1)],
                       "column ts, row 1: 1 goes back in time"),
    "unknown side": ("depth", DEPTH, [(1, 0, 10.0, 1, 1)],
                     "column side, row 0: 0 is none of -1, 1"),
    "unknown action": ("depth", DEPTH, [(1, 1, 10.0, 1, 3)],
                       "column action, row 0: 3 is none of 0, 1, 2"),
    "negative size": ("trades", TRADES, [(1, 10.0, -4, 1)],
                      "column size, row 0: -4 is a negative size"),
    "float stamp": ("trades", ("price", "size", "side"), [(10.0, 1, 1)], "column ts is missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_in_one_line_naming_file_and_column(case: str, prefix: Path) -> None:
    kind, names, rows, told = BAD[case]
    path = write(prefix, kind, names, rows)
    with pytest.raises(RecordingError) as refusal:
        Replay(prefix, QUARTER)
    message = str(refusal.value)
    assert message.startswith(f"replay: {path}: {told}")
    assert "\n" not in message


def test_a_column_of_the_wrong_type_is_refused(prefix: Path) -> None:
    path = Path(f"{prefix}_trades.parquet")
    pq.write_table(pa.table({"ts": [1.5], "price": [10.0], "size": [1], "side": [1]}), path)
    with pytest.raises(RecordingError, match="column ts must hold integers, not float64"):
        Replay(prefix, QUARTER)


def test_a_file_that_is_not_parquet_is_refused(prefix: Path) -> None:
    path = Path(f"{prefix}_trades.parquet")
    path.write_text("ts,price\n1,2\n")
    with pytest.raises(RecordingError, match=rf"^replay: {path}: not readable as parquet: [^\n]+$"):
        Replay(prefix, QUARTER)


def test_a_missing_recording_says_what_was_looked_for(prefix: Path) -> None:
    with pytest.raises(RecordingError, match=rf"^replay: {prefix}_trades.parquet not found"):
        Replay(prefix, QUARTER)


@pytest.mark.parametrize("rows", [[], [(1, 10.0, 0, 1)]])
def test_a_recording_without_events_is_refused(
    prefix: Path, rows: Sequence[Sequence[float]]
) -> None:
    write(prefix, "trades", TRADES, rows)
    with pytest.raises(RecordingError, match=r"empty|every trade has size 0"):
        Replay(prefix, QUARTER)


def recorded(name: str, tick_size: str) -> Replay:
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded data in {RECORDED}")
    return Replay(RECORDED / name, Decimal(tick_size))


def test_the_recorded_es_hour_keeps_its_volume_and_its_quotes() -> None:
    replay = recorded("esh4_20231225", "0.25")
    first = pq.read_table(RECORDED / "esh4_20231225_trades.parquet")["ts"][0].as_py()
    events = play(replay, first)
    assert sum(p.size for p in prints(events)) == 9_892
    quotes = pq.read_table(RECORDED / "esh4_20231225_quotes.parquet").to_pydict()
    rows = zip(*(quotes[name] for name in QUOTES), strict=True)
    expected = {
        ts: (int(bid * 4), held, int(ask * 4), offered) for ts, bid, held, ask, offered in rows
    }
    assert best_at(events, expected) == expected


def best_at(
    events: list[MarketEvent], stamps: Mapping[int, object]
) -> dict[int, tuple[int, int, int, int]]:
    """The best bid and ask with their sizes after the events of each stamp."""
    sides: dict[int, dict[int, int]] = {BUY: {}, SELL: {}}
    seen: dict[int, tuple[int, int, int, int]] = {}
    for event in events:
        if isinstance(event, Snapshot):
            sides = {BUY: dict(event.bids), SELL: dict(event.asks)}
        elif isinstance(event, Level) and event.size:
            sides[event.side][event.price] = event.size
        elif isinstance(event, Level):
            sides[event.side].pop(event.price, None)
        if event.at in stamps:
            bid, ask = max(sides[BUY], default=0), min(sides[SELL], default=0)
            seen[event.at] = (bid, sides[BUY].get(bid, 0), ask, sides[SELL].get(ask, 0))
    return seen


def test_the_recorded_gold_tape_gets_sides_and_loses_only_empty_trades() -> None:
    replay = recorded("gcz3_20131007_20131008", "0.1")
    tape = prints(play(replay))
    assert (replay.dropped, replay.inferred, len(tape)) == (167, 91_573, 91_573)
    assert sum(p.size for p in tape) == 124_299
    assert {p.side for p in tape} == {BUY, SELL}


def test_a_replay_in_phase_keeps_the_fraction_of_the_second(prefix: Path) -> None:
    first = 7 * SECOND + 250
    write(prefix, "trades", TRADES, [(first, 10.0, 1, 1), (first + 900, 10.25, 2, -1)])
    for start, begin in (
        (100, 250),
        (250, 250),
        (251, SECOND + 250),
        (90 * SECOND, 90 * SECOND + 250),
    ):
        assert [event.at for event in prints(play(InPhase(prefix, QUARTER), start))] == [
            begin,
            begin + 900,
        ]

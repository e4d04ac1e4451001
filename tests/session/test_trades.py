"""The table of round trips."""

import csv
from pathlib import Path

from actors.session.trades import COLUMNS, Trades
from messages.position import RoundTrip
from tests.session.story import INSTRUMENTS, MES, Story, trip


def write(path: Path, *trips: RoundTrip) -> list[dict[str, str]]:
    trades = Trades(path, INSTRUMENTS)
    story = Story(trades)
    for one in trips:
        story.tell(one)
    trades.close()
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_round_trip_is_a_row_in_utc_prices_and_dollars(tmp_path: Path) -> None:
    (row,) = write(tmp_path / "trades.csv", trip())
    assert row == {
        "opened": "2025-01-15T15:30:45.123000Z",
        "closed": "2025-01-15T15:35:22.123000Z",
        "contract": MES,
        "side": "BUY",
        "size": "1",
        "entry": "6050.50",
        "exit": "6054.00",
        "gross": "17.50",
        "fees": "1.22",
        "net": "16.28",
        "ticks": "14",
        "mae": "2.50",
        "mfe": "18.75",
        "reason": "TARGET HIT",
        "id": "2",
    }


def test_a_later_session_appends_under_the_one_header(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    write(path, trip(2))
    rows = write(path, trip(3), trip(4))
    assert [row["id"] for row in rows] == ["2", "3", "4"]
    assert path.read_text("utf-8").count("opened") == 1


def test_a_trade_told_again_by_a_restarted_actor_is_one_row(tmp_path: Path) -> None:
    assert len(write(tmp_path / "trades.csv", trip(2), trip(2))) == 1


def test_a_row_torn_by_a_kill_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_text(",".join(COLUMNS) + "\n2025-01-15T", "utf-8")
    rows = write(path, trip(5))
    assert rows[-1]["id"] == "5"
    assert rows[-1]["entry"] == "6050.50"


def test_a_row_is_on_disk_before_the_session_ends(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    trades = Trades(path, INSTRUMENTS)
    Story(trades).tell(trip())
    assert path.read_text("utf-8").count("\n") == 2
    trades.close()

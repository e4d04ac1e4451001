"""Names of the session's files."""

from pathlib import Path

import pytest

from actors.session.paths import Paths
from messages.base import SECOND
from tests.session.story import BEGAN


def test_the_date_is_new_yorks_at_the_start(tmp_path: Path) -> None:
    late_evening = 1_736_915_400 * SECOND  # 2025-01-15 04:30 UTC is the 14th, 23:30, in New York
    assert Paths.at(tmp_path, BEGAN).log.name == "trading_2025-01-15.log"
    assert Paths.at(tmp_path, late_evening).log.name == "trading_2025-01-14.log"


def test_the_names_are_those_of_the_users_document(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path, BEGAN)
    found = (paths.trades.name, paths.metrics.name, paths.trace.name, paths.ledger.name)
    assert found == (
        "trades_2025-01-15.csv",
        "metrics_2025-01-15.json",
        "trace_2025-01-15.jsonl",
        "ledger.sqlite",
    )


def test_an_older_file_becomes_dot_one_except_what_is_appended_to(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path / "logs", BEGAN)
    paths.make_room()
    appended = (paths.trades, paths.ledger)
    closed = paths.trace.with_name("trace_2025-01-15.0001.jsonl.gz")
    older = paths.trace.with_name("trace_2025-01-15.0007.jsonl.gz.1")
    for path in (closed, older, older.with_name("trace_2025-01-15.jsonl.1")):
        path.write_text(path.name, "utf-8")
    for path in (paths.log, paths.metrics, paths.trace, paths.venue, *appended):
        path.write_text(path.name, "utf-8")
    paths.make_room()
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == [
        "ledger.sqlite",
        "metrics_2025-01-15.json.1",
        "trace_2025-01-15.0001.jsonl.gz.1",
        "trace_2025-01-15.jsonl.1",
        "trades_2025-01-15.csv",
        "trading_2025-01-15.log.1",
        "venue_2025-01-15.jsonl.1",
    ]


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file stands here", "utf-8")
    with pytest.raises(OSError, match="logs"):
        Paths.at(tmp_path / "logs", BEGAN).make_room()

"""What keeps a session from beginning: one clear line, the documented exit code, no traceback."""

import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.live.bench import Engine, Outcome, Simulator, at, simulator, until

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
LOGIN = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}


@pytest.fixture(scope="module")
def venue() -> Iterator[Simulator]:
    with simulator() as running:
        yield running


def refused(logs: Path, *arguments: str, **environment: str) -> Outcome:
    return Engine.start(logs, *arguments, **environment).wait()


def says(outcome: Outcome, code: int, *words: str) -> None:
    """One line on standard error, nothing on standard output."""
    assert outcome.code == code, outcome.err
    lines = outcome.err.splitlines()
    assert len(lines) == 1, outcome.err
    for word in words:
        assert word in lines[0]
    assert outcome.out == ""


def test_a_wrong_key(tmp_path: Path, venue: Simulator) -> None:
    wrong = {**LOGIN, "TOPSTEPX_API_KEY": "wr0ng-key"}
    outcome = refused(tmp_path, *venue.settings, **wrong)
    says(outcome, 4, "authentication: ", "API key")
    assert "wr0ng-key" not in outcome.err


def test_a_closed_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    outcome = refused(tmp_path, *at(f"http://127.0.0.1:{port}"), **LOGIN)
    says(outcome, 5, "connection: ", f"127.0.0.1:{port}")


def test_an_unknown_contract(tmp_path: Path) -> None:
    says(refused(tmp_path, "-otrading.contract=XYZ"), 3, "settings: ", "trading.contract", "XYZ")


def test_an_unknown_contract_of_a_venue_elsewhere(tmp_path: Path, venue: Simulator) -> None:
    outcome = refused(tmp_path, *venue.settings, "-otrading.contract=XYZ", **LOGIN)
    says(outcome, 3, "settings: ", "contract", "XYZ")


def test_an_unknown_account(tmp_path: Path, venue: Simulator) -> None:
    outcome = refused(tmp_path, *venue.settings, "-oapi.account_id=4711", **LOGIN)
    says(outcome, 3, "settings: ", "account 4711")


def test_a_session_calendar_that_has_ended(tmp_path: Path) -> None:
    late = ("-otrading.calendar=sessions", "--epoch=2028-01-03T15:00:00")
    says(
        refused(tmp_path, *late), 3, "settings: ", "trading.calendar", "not 2028-01-03", "renew it"
    )


def test_a_product_whose_hours_are_not_known(tmp_path: Path) -> None:
    unknown = ("-otrading.calendar=sessions", "-otrading.contract=XYZ")
    says(refused(tmp_path, *unknown), 3, "settings: trading.contract: ", "the hours of XYZ")


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    outcome = refused(tmp_path, f"--replay={tmp_path / 'nowhere'}")
    says(outcome, 3, "settings: simulator.replay: ", "nowhere_trades.parquet not found")


def test_a_corrupt_model(tmp_path: Path) -> None:
    weights = tmp_path / "weights.pt"
    shutil.copy(ROOT / "models" / "scalper_v1.pt", weights)
    with weights.open("r+b") as file:
        file.seek(500)
        file.write(b"corrupt")
    outcome = refused(tmp_path / "logs", f"-omodel.path={weights}")
    says(outcome, 8, "model: ", str(weights), "sha256")


def test_logs_that_cannot_be_written(tmp_path: Path) -> None:
    taken = tmp_path / "logs"
    taken.write_text("a file")  # file modes would not stop an administrator
    says(refused(taken), 9, "files: ", str(taken))


def test_a_second_engine_on_the_folder(tmp_path: Path) -> None:
    first = Engine.start(tmp_path)
    try:
        until("the first runs", lambda: "RUNNING" in str(first.said("StateChanged")))
        says(refused(tmp_path), 9, "another engine is running", str(tmp_path))
    finally:
        first.kill()


def test_a_second_engine_on_the_account(tmp_path: Path, venue: Simulator) -> None:
    first = Engine.start(tmp_path / "first", *venue.settings, **LOGIN)
    try:
        until("the first runs", lambda: "RUNNING" in str(first.said("StateChanged")))
        outcome = refused(tmp_path / "second", *venue.settings, **LOGIN)
        says(outcome, 9, "another engine is running")
    finally:
        first.kill()


def test_a_reason_that_is_none(tmp_path: Path) -> None:
    outcome = refused(tmp_path, "--resume", " ")
    assert outcome.code == 2
    assert "it needs a reason" in outcome.err
    assert "Traceback" not in outcome.err


def test_a_damaged_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database" * 1_000)
    before = path.read_bytes()
    says(refused(tmp_path), 9, "ledger: ", str(path), "not a database")
    assert path.read_bytes() == before


def test_a_ledger_that_another_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as base:
        base.execute("BEGIN EXCLUSIVE")
        says(refused(tmp_path), 9, "ledger: ", str(path), "locked")


def test_a_setting_that_does_not_exist(tmp_path: Path) -> None:
    outcome = refused(tmp_path, "-orisk.max_daily_los=50")
    says(outcome, 3, "settings: ", "risk.max_daily_los", "risk.max_daily_loss")


def test_a_flag_that_does_not_exist(tmp_path: Path) -> None:
    outcome = refused(tmp_path, "--durations=5")
    assert outcome.code == 2
    assert "--durations" in outcome.err
    assert "Traceback" not in outcome.err

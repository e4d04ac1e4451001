"""tools.simulate gives its venue the accounts and the calendar that its command line names."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def simulate(*options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.simulate", "--seconds", "5", *map(str, options)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=250, check=False
    )


def test_accounts_and_calendar_reach_the_venue(tmp_path: Path) -> None:
    accounts, journal = tmp_path / "accounts.yaml", tmp_path / "venue.jsonl"
    accounts.write_text("- {id: 77, name: PRAC-SEVEN, balance: 1234}\n", "utf-8")
    done = simulate("--accounts", accounts, "--calendar", "cme", "--journal", journal)
    assert done.returncode == 0, done.stderr
    lines = journal.read_text("utf-8").splitlines()
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    assert [account["id"] for account in rows[0]["accounts"]] == [77]
    assert [row["trading"] for row in rows if row["kind"] == "session"] == [True]


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--calendar", "nyse", "simulate: --calendar: nyse is not known, try always or cme"),
        ("--accounts", "nowhere.yaml", "simulate: --accounts: nowhere.yaml: No such file"),
    ],
)
def test_what_cannot_be_is_one_line(option: str, value: str, complaint: str) -> None:
    done = simulate(option, value)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(complaint)

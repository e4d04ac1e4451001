"""The load of a hectic market for a few seconds; the benchmark itself runs for a minute."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.alone
@pytest.mark.slow
def test_ten_clients_are_sent_2000_events_a_second_and_miss_none() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.venue_load", "--seconds", "4"]
    done = subprocess.run(
        [*command, "--speed", "50"], check=False, cwd=ROOT, capture_output=True, text=True,
        timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "events lost         0\n" in done.stdout
    rate = re.search(r"events/s a client +([\d,]+) to", done.stdout)
    assert rate is not None
    assert int(rate[1].replace(",", "")) > 2000

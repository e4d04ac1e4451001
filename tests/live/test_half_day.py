"""The day after Thanksgiving closes early: the engine is flat before, and says which rule rules."""

from pathlib import Path

import pytest

from tests.live.bench import Engine, only

pytestmark = [pytest.mark.realtime, pytest.mark.slow]


def test_entries_end_before_an_early_close(tmp_path: Path) -> None:
    sessions = ("-otrading.calendar=sessions", "--epoch=2026-11-27T17:54:40", "--duration=25")
    outcome = Engine.start(tmp_path, *sessions).wait()
    assert outcome.code == 0, outcome.err
    log = only(tmp_path, "trading_*.log").read_text("utf-8").splitlines()
    (rule,) = [line for line in log if "HOURS" in line]
    assert rule.startswith("2026-11-27 12:54:"), "it took too long to start"
    assert "[INFO] HOURS: flat by 12:55 New York on Fri 2026-11-27" in rule
    assert "early close 13:15" in rule
    assert [line for line in log if "no positions from 12:55 New York on" in line]
    permissions = [message["message"] for message in outcome.trace().of("Permission")]
    assert [each["code"] for each in permissions if not each["allowed"]][-1] == "flatten_time"
    assert not any(outcome.judged().violations.values())

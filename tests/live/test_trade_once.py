"""`python supervisor.py --trade-once`: one bracketed trade on real sockets, and what is said."""

import re
from pathlib import Path

import pytest

from tests.live.bench import Engine

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

LIMIT, STOP = 1, 4


def test_one_bracketed_trade_and_the_end(tmp_path: Path) -> None:
    near = ("-orisk.min_stop_ticks=4", "-orisk.max_stop_ticks=4", "-orisk.reward_risk=1")
    engine = Engine.start(tmp_path, "--trade-once", "sell", "--duration=45", *near)
    try:
        run = engine.wait(250)
    finally:
        engine.kill()
    assert run.code == 0, run.err
    assert run.metrics["state_at_end"] == "FLAT"
    assert run.metrics["round_trips"] == run.metrics["orders"]["submitted"] == 1
    report = run.judged()
    assert not any(report.violations.values()), report.details
    (entry,) = report.entries
    legs = {row["type"] for row in run.journal() if row.get("parent") == entry.order}
    assert legs == {LIMIT, STOP}
    (header, *_) = run.trace().lines
    assert header["trade_once"] == "sell"
    told = re.search(r"^trade once: SELL (\d+) MES @ [\d.]+, out @ [\d.]+ \(.+\), net .\$[\d.]+$",
                     run.err, re.MULTILINE)  # fmt: skip
    assert told, run.err
    assert "STATE: LATCHED (trade_once: the one trade is in CON.F.US.MES" in run.err


def test_watching_and_trading_at_once_is_a_mistake(tmp_path: Path) -> None:
    for arguments in (("--observe", "--trade-once", "buy"), ("--trade-once", "hold")):
        run = Engine.start(tmp_path, *arguments).wait()
        assert run.code == 2, run.err
        assert "trade-once" in run.err

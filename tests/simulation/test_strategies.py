"""The sample strategies, and the one of docs/strategies.md, trade whole sessions and keep every
promise.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from messages.decision import NoSignal, Signal, SignalRefusal
from messages.market import Bar, BarClosed
from tests.oracle import Report
from tests.signal import page
from tests.simulation.bench import Bench, broken, settings
from tools.simulate.session import Ended

SAMPLES = "trading.strategy=actors.signal.samples"
SEED = 7

pytestmark = pytest.mark.slow


def run(seconds: float, *overrides: str) -> tuple[Bench, Ended, Report]:
    bench = Bench(SEED, seconds, settings(*overrides))
    return bench, *bench.run()


def trades_soundly(bench: Bench, ended: Ended, report: Report) -> None:
    assert ended.code == 0
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert report.flat
    assert ended.round_trips >= 1
    reasons = [signal.reason for signal in bench.ear.of(Signal)]
    assert reasons
    assert all(reasons)


@pytest.mark.parametrize("sample", ["timed:Timed", "breakout:Breakout", "reversion:Reversion"])
def test_a_sample_trades_and_keeps_every_promise(sample: str) -> None:
    trades_soundly(*run(180, f"{SAMPLES}.{sample}"))


def test_the_strategy_of_the_page_trades_and_keeps_every_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.save(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_strategy", raising=False)
    trades_soundly(*run(120, page.SETTING))
    monkeypatch.delitem(sys.modules, "my_strategy")


def imbalance(bars: list[Bar]) -> float:
    bid, ask = bars[-1].bid_depth, bars[-1].ask_depth
    return (bid - ask) / (bid + ask)


def momentum(bars: list[Bar]) -> float:
    bought = sum(bar.buy_volume for bar in bars[-10:])
    sold = sum(bar.sell_volume for bar in bars[-10:])
    return (bought - sold) / (bought + sold)


@pytest.mark.parametrize(
    ("sample", "other", "measure"),
    [
        ("breakout:Breakout", "signal.opposing_momentum=1", imbalance),
        ("reversion:Reversion", "signal.opposing_imbalance=1", momentum),
    ],
)
def test_no_entry_goes_out_that_the_flow_speaks_against(
    sample: str, other: str, measure: Callable[[list[Bar]], float]
) -> None:
    bench, _, report = run(300, f"{SAMPLES}.{sample}", "signal.confirm_flow=true", other)
    assert not broken(report.violations), report.details
    bars = [closed.bar for closed in bench.ear.of(BarClosed)]
    ends = [bar.end for bar in bars]
    refused = [
        (answer.bar_end, answer.detail.partition("_")[0])
        for answer in bench.ear.of(NoSignal)
        if answer.code is SignalRefusal.FLOW_DISAGREES and "limit" in answer.detail
    ]
    sent = [
        (signal.bar_end, signal.kind.partition("_")[0])
        for signal in bench.ear.of(Signal)
        if signal.kind.endswith("_ENTRY")
    ]
    for entries, speaks_against in ((refused, True), (sent, False)):
        assert entries
        for end, side in entries:
            found = measure(bars[: ends.index(end) + 1]) * (1 if side == "LONG" else -1)
            assert (found < -0.2) is speaks_against

"""Several contracts in one engine, on real sockets: is anything lost, and how long does it take?

    python -m tests.benchmarks.many_contracts [--contracts 10] [--speed 8] [--seconds 30]

The simulator runs each contract's market `speed` times as fast as usual (8: some 500 events a
second, an event being a quote, a print or a depth row); the engine, a process of its own, trades
them. Lost would be a print in no bar, or a delivery that is neither handled nor conflated.
docs/market-picture.md quotes the figures.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.venue_load import ROOT

SYMBOLS = ("MES", "MNQ", "M2K", "MYM", "MGC", "SIL", "MHG", "MCL", "M6E", "M6B")


class Load(NamedTuple):
    """`events` a second of one contract; bars of one second closed, of one contract; latencies in
    microseconds: from the receipt of market data to its having been handled by the bar room.
    """

    events: float
    bars: float
    lost_prints: int
    lost_deliveries: int
    p50: float
    p99: float
    most: float
    violations: dict[str, int]
    code: int


def measure(contracts: int, speed: int, seconds: float, *options: str) -> Load:
    symbols = SYMBOLS[:contracts]
    listed = [part for symbol in symbols for part in ("--contract", symbol)]
    venue = [sys.executable, "-m", "tools.simulator", "--with-parent", "--speed", str(speed)]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*venue, *listed], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as simulator,
    ):
        assert simulator.stdout is not None
        place = json.loads(simulator.stdout.readline())
        engine = [
            *(sys.executable, "supervisor.py", "--duration", str(seconds), "--logs", folder),
            *("-o", "simulator.embedded=false", "-o", f"api.base_url={place['rest']}"),
            *("-o", f"api.ws_url={place['market_hub']}"),
            *("-o", f"trading.contract=[{', '.join(symbols)}]"),
            *(part for option in options for part in ("-o", option)),
        ]
        environment = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}
        try:
            done = subprocess.run(
                engine, cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
                timeout=seconds + 120,
            )  # fmt: skip
        finally:
            simulator.communicate(timeout=250)
        (metrics,) = Path(folder).glob("metrics_*.json")
        return _load(json.loads(metrics.read_text()), contracts, seconds, done.returncode)


def _load(metrics: dict[str, Any], contracts: int, seconds: float, code: int) -> Load:
    events, volume, messages = metrics["events"], metrics["volume"], metrics["messages"]
    lag = metrics["latency_us"]["frame_to_bar"]
    spent = sum(messages[name] for name in ("handled", "conflated", "queued", "running"))
    return Load(
        sum(events[name] for name in ("quotes", "trades", "depth")) / contracts / seconds,
        events["bars"] / contracts,
        volume["prints"] - volume["bars"],
        messages["sent"] - spent,
        lag["p50"],
        lag["p99"],
        lag["max"],
        metrics["violations"],
        code,
    )


def show(load: Load, contracts: int) -> None:
    print(f"{contracts} contracts, events/s each      {load.events:,.0f}")
    print(f"bars closed, each               {load.bars:,.0f}")
    print(f"contracts traded in no bar      {load.lost_prints}")
    print(f"deliveries lost                 {load.lost_deliveries}")
    print(
        f"receipt to handled by the bar room: p50 {load.p50 / 1e3:.2f} ms,"
        f" p99 {load.p99 / 1e3:.2f} ms, most {load.most / 1e3:.1f} ms"
    )
    broken = {name: count for name, count in load.violations.items() if count}
    print(f"promises broken                 {broken or 'none'}, exit code {load.code}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Many contracts in one engine.")
    parser.add_argument("--contracts", type=int, default=10)
    parser.add_argument("--speed", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    show(measure(given.contracts, given.speed, given.seconds), given.contracts)


if __name__ == "__main__":
    main()

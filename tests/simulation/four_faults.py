"""Ten minutes of trading while the venue loses answers and fills and doubles and disorders events.

    python -m tests.simulation.four_faults --seeds 1-20
    python -m tests.simulation.four_faults --live

In virtual time a session a seed, one line each; or one session over real sockets in real time. The
exit code is 1 where a promise was broken, where a fault never fired with a position open, or where
the engine's result is not the venue's to the cent.
"""

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import requests
import typer

from tests.live.bench import Engine, at, sim_post, simulator, until
from tests.oracle import Report, Row, judge, read
from tests.simulation.bench import FREE, Bench, broken, dollars, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import fault

FOUR = (
    "lose_response_after_accept",
    "drop_fill_events",
    "duplicate_events",
    "reorder_events",
)
PROBABILITY = 0.2
SECONDS = 600.0
FROM_S = 5.0


@dataclass(frozen=True)
class Outcome:
    """How one session came out; `fired` counts the firings with a position open."""

    fired: dict[str, int]
    report: Report
    own: dict[str, int]
    trips: int
    net: Decimal
    code: int | None

    def failures(self) -> list[str]:
        """What is not as it must be, in words."""
        found = list(self.report.details)
        found += [f"the engine counts {name}: {count}" for name, count in broken(self.own).items()]
        found += [f"{name} never fired in a position" for name, n in self.fired.items() if not n]
        (change,) = self.report.balance_change.values()
        if self.net != change:
            found.append(f"the engine made {self.net}, the venue's balance changed by {change}")
        if self.code != 0:
            found.append(f"exit code {self.code}")
        return found

    def __str__(self) -> str:
        fired = ", ".join(f"{name} {count}" for name, count in self.fired.items())
        unprotected = f"{self.report.max_unprotected_ms:.0f} ms unprotected at most"
        entries = f"{len(self.report.entries)} entries, {self.trips} round trips"
        return f"net {self.net}, {entries}, {unprotected}; fired in a position: {fired}"


def fired_in_position(rows: Iterable[Row]) -> dict[str, int]:
    """How often each fault of FOUR fired while the venue's position was not flat."""
    counts, held = dict.fromkeys(FOUR, 0), 0
    for row in rows:
        if row["kind"] == "position":
            held = row["size"]
        elif row["kind"] == "fault" and held and row["detail"].startswith("fired"):
            counts[row["name"]] += 1
    return counts


def virtual(seed: int, overrides: Sequence[str] = (), seconds: float = SECONDS) -> Outcome:
    bench = Bench(seed, seconds, settings(*EAGER, *overrides))
    for name in FOUR:
        fault(bench.session, name, FROM_S, seconds, probability=PROBABILITY)
    ended, report = bench.run()
    rows = [json.loads(line) for line in bench.session.venue.journal.lines(0)]
    fired = fired_in_position(rows)
    net = dollars(ended.net)
    return Outcome(fired, report, ended.violations, ended.round_trips, net, ended.code)


def live(folder: Path, overrides: Sequence[str] = (), seconds: float = SECONDS) -> Outcome:
    """Over real sockets: an engine and a simulator, each a process of its own."""
    chosen = [f"-o{override}" for override in (*FREE, *EAGER, *overrides)]
    with simulator() as venue:
        login = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "demo"}
        engine = Engine.start(folder / "logs", f"--duration={seconds}", *at(venue.rest), *chosen,
                              **login)  # fmt: skip
        try:
            until("a position", lambda: engine.phase() == "protected")
            for name in FOUR:
                sim_post(venue.rest, "/sim/faults", name=name, probability=PROBABILITY)
            outcome = engine.wait(seconds + 60)
        finally:
            engine.kill()
        rows = read(requests.get(f"{venue.rest}/sim/journal", timeout=60).content)
    metrics: dict[str, Any] = outcome.metrics
    latched = outcome.trace().latched(250_000_000)
    report = judge(rows, max_contracts=2, latched=latched, metrics=metrics)
    return Outcome(
        fired_in_position(rows),
        report,
        metrics["violations"],
        metrics["round_trips"],
        Decimal(str(metrics["pnl"]["net"])),
        outcome.code,
    )


def main(
    seeds: Annotated[str, typer.Option(help="FIRST-LAST")] = "1-20",
    seconds: Annotated[float, typer.Option(help="Seconds of trading.")] = SECONDS,
    real: Annotated[bool, typer.Option("--live", help="Once, over real sockets.")] = False,
    override: Annotated[
        list[str] | None, typer.Option("-o", help="One setting: section.key=value. Repeatable.")
    ] = None,
) -> None:
    """Trade under the four faults and judge what came of it."""
    chosen = tuple(override or ())
    failed = False
    if real:
        with tempfile.TemporaryDirectory() as folder:
            failed = _told("live", live(Path(folder), chosen, seconds))
    else:
        first, _, last = seeds.partition("-")
        for seed in range(int(first), int(last or first) + 1):
            failed |= _told(f"seed {seed}", virtual(seed, chosen, seconds))
    raise typer.Exit(int(failed))


def _told(name: str, outcome: Outcome) -> bool:
    failures = outcome.failures()
    print(f"{name}: {outcome}", *(f"    BROKEN {words}" for words in failures), sep="\n")
    return bool(failures)


if __name__ == "__main__":
    typer.run(main)

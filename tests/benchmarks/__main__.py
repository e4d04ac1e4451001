"""Ours beside a plain-Python floor, against the budgets, in one run.

    python -m tests.benchmarks                 every market at hand, the burst, questions
    python -m tests.benchmarks --write         and keep the ratios in tests/benchmarks/ratios.json
    python -m tests.benchmarks --memory 10     and memory over ten million events through BarActor

Other figures have modules of their own: many_contracts, trace_cost, venue_load, detector_rates.
"""

import argparse
from collections.abc import Mapping

from tests.benchmarks import burst
from tests.benchmarks.market_picture import events, show_memory, show_questions
from tests.benchmarks.markets import SIMULATED, markets
from tests.benchmarks.measures import COMPARED, commit, committed, ratios, speeds

MILLION = 1_000_000


def line(name: str, found: Mapping[str, float], floor: str, budget: int, kept: str) -> str:
    ours, ratio = found[name], found[name] / found[floor]
    wanted = f"{budget // 1_000}k/s" if budget else "-"
    return (
        f"  {name:<41}{ours / 1e3:>7,.0f}k/s   budget {wanted:>7}"
        f"   floor {found[floor] / 1e3:>6,.0f}k/s   ratio {ratio:.3f}{kept}"
    )


def show_speeds(write: bool) -> None:
    kept = committed()
    for name, market in markets():
        print(f"{name}: {events(market):,} rows and prints in {len(market):,} messages")
        found = speeds(market)
        for each in COMPARED:
            shown = name == SIMULATED and each.name in kept
            before = f"   committed {kept[each.name]:.3f}" if shown else ""
            print(line(each.name, found, each.floor, each.budget, before))
        if write and name == SIMULATED:
            commit(ratios(found))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--write", action="store_true", help="keep the ratios of this run")
    parser.add_argument("--memory", type=int, default=0, help="over so many million events")
    given = parser.parse_args()
    show_speeds(given.write)
    burst.show()
    show_questions()
    if given.memory:
        show_memory(given.memory * MILLION)


if __name__ == "__main__":
    main()

"""Two or three of the venue's faults at once, and often a crash in the midst of them.

    python -m tests.simulation.pairs --seeds 1-300
    python -m tests.simulation.pairs --seeds 1-20 --only external_order --only silent_hub

A session a seed in virtual time, one line each. The seed draws the faults, their windows (which
overlap), who keeps the brackets, how long it takes and which actor breaks meanwhile, if any. Each
is judged by the oracle and by the engine's own counts; what nobody can win (HOPELESS) is told and
does not count. The exit code is 1 where a promise was broken that can be kept.

What a line says goes to `python -m tools.simulate` as it stands, for the trace of that session.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated

import typer

from messages.base import SECOND, Nanos
from messages.control import EngineState, StateChanged
from supervisor import ACTORS, CHILDREN
from tests.simulation.bench import Bench, Ear, broken, dollars, settings
from tests.simulation.strategies import EAGER
from tools.simulate.__main__ import Crashes, Mishap
from tools.simulate.mishaps import crashing, fault
from tools.simulate.session import START
from tools.simulator.fault_names import FAULTS, Kind

BREAKING = 0.4
"""The share of sessions in which an actor breaks."""
RECOVERED = 60 * SECOND
HALTING = frozenset({"position_brackets_mode", "second_session"})
"""After these the engine may end halted: a person has to do something first."""

NO_WAY = "somebody else goes on buying while the venue lets nobody close"
HOPELESS: Mapping[frozenset[str], tuple[frozenset[str], str]] = {
    frozenset({"external_order", name}): (frozenset({"BOUNDED"}), NO_WAY)
    for name in ("http_500", "http_429_burst", "market_closed")
}
"""Faults that together leave the engine nothing that it could do: the promises lost, and why."""


@dataclass(frozen=True)
class Plan:
    """What happens in one session."""

    seed: int
    seconds: float
    manual: bool
    faults: tuple[Mishap, ...]
    crashes: tuple[Mishap, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(mishap.name for mishap in self.faults)

    @property
    def overrides(self) -> tuple[str, ...]:
        return (*EAGER, "execution.brackets=manual") if self.manual else EAGER

    def __str__(self) -> str:
        faults = (f"--faults {one.name}@{one.at:g}{_lasting(one)}" for one in self.faults)
        crashes = (f"--crash {one.name}@{one.at:g}" for one in self.crashes)
        brackets = ("-o execution.brackets=manual",) if self.manual else ()
        whole = (f"--seed {self.seed} --seconds {self.seconds:g}", *faults, *crashes, *brackets)
        return " ".join(whole)


def _lasting(mishap: Mishap) -> str:
    return "" if mishap.duration is None else f":{mishap.duration:g}"


def drawn(seed: int, only: Sequence[str] = ()) -> Plan:
    """The plan of a seed. `only`: faults that are in it whatever is drawn."""
    rng = Random(f"pairs {seed}")
    others = [name for name in FAULTS if name not in only]
    names = [*only, *rng.sample(others, max(0, rng.choice((2, 2, 3)) - len(only)))]
    at = rng.randint(150, 600) / 10
    first = rng.randint(80, 300) / 10
    windows = [(at, first)]
    windows += [
        (at + rng.randint(0, int(first * 8)) / 10, rng.randint(30, 300) / 10) for _ in names[1:]
    ]
    rng.shuffle(windows)
    faults = tuple(
        Mishap(name, start, _duration(name, length, rng), None, 1.0)
        for name, (start, length) in zip(names, windows, strict=True)
    )
    crashes: tuple[Mishap, ...] = ()
    if rng.random() < BREAKING:
        when = at + rng.randint(0, int(first * 10)) / 10
        crashes = (Mishap(rng.choice(ACTORS), when, None, None, 1.0),)
    return Plan(seed, rng.randint(150, 180), rng.random() < 0.5, faults, crashes)


def _duration(name: str, length: float, rng: Random) -> float | None:
    """What happens at once may happen once only."""
    return None if FAULTS[name].kind is Kind.ONCE and rng.random() < 0.3 else length


@dataclass(frozen=True)
class Outcome:
    """How one session came out; `failures` in words."""

    code: int | None
    state: str
    trips: int
    unprotected_ms: float
    failures: tuple[str, ...]


def play(plan: Plan) -> Outcome:
    crashes = Crashes(list(plan.crashes))
    children = crashing(CHILDREN, crashes.due) if plan.crashes else CHILDREN
    bench = Bench(plan.seed, plan.seconds, settings(*plan.overrides), children)
    crashes.session = bench.session
    for one in plan.faults:
        fault(bench.session, one.name, one.at, one.duration)
    ended, report = bench.run()
    failures = list(report.details)
    failures += [f"the engine counts {name}: {n}" for name, n in broken(ended.violations).items()]
    (change,) = report.balance_change.values() or (0,)
    if dollars(ended.net) != change:
        failures.append(f"the engine made {dollars(ended.net)}, the venue's balance {change}")
    if ended.code != 0 and not (ended.code == 10 and plan.names & HALTING):
        failures.append(f"exit code {ended.code}, {ended.state}")
    rows = map(json.loads, bench.session.venue.journal.lines(0))
    until = RECOVERED + max((row["ns"] for row in rows if row["kind"] == "fault"), default=START)
    if until < START + int(plan.seconds * SECOND):
        failures += disturbed(bench.ear, until)
    return Outcome(
        ended.code, ended.state, ended.round_trips, report.max_unprotected_ms, tuple(failures)
    )


def disturbed(ear: Ear, at: Nanos) -> list[str]:
    """What the engine was about at a time, if it was neither RUNNING nor HALTED nor stopping."""
    states = [
        message for when, _, message in ear.said if isinstance(message, StateChanged) and when <= at
    ]
    calm = (EngineState.RUNNING, EngineState.HALTED, EngineState.STOPPING, EngineState.FLAT)
    paused = states and states[-1].reason.startswith("circuit_breaker")  # which asks for a minute
    if not states or paused or states[-1].state in calm:
        return []
    return [f"RECOVERS: {states[-1].state} a minute after the last fault: {states[-1].reason}"]


def hopeless(plan: Plan, failures: Sequence[str]) -> str:
    """Why a plan cannot be won, empty where it can: if all that went wrong is what is lost."""
    for names, (promises, why) in HOPELESS.items():
        if names <= plan.names and all(any(p in words for p in promises) for words in failures):
            return why
    return ""


def main(
    seeds: Annotated[str, typer.Option(help="FIRST-LAST")] = "1-300",
    only: Annotated[list[str] | None, typer.Option(help="A fault to be there. Repeatable.")] = None,
) -> None:
    """Let faults come together and judge what came of it."""
    first, _, last = seeds.partition("-")
    failed = False
    for seed in range(int(first), int(last or first) + 1):
        plan = drawn(seed, only or ())
        outcome = play(plan)
        why = hopeless(plan, outcome.failures) if outcome.failures else ""
        failed |= bool(outcome.failures) and not why
        said = f"{outcome.state} {outcome.code}, {outcome.trips} round trips"
        print(f"{plan}: {said}, {outcome.unprotected_ms:.0f} ms unprotected at most", flush=True)
        for words in outcome.failures:
            print(f"    {'HOPELESS' if why else 'BROKEN'} {words}", flush=True)
        if why:
            print(f"    because {why}", flush=True)
    raise typer.Exit(int(failed))


if __name__ == "__main__":
    typer.run(main)

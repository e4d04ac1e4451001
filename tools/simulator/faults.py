"""Faults in force: planned, aimed, fired by chance of their own seed, noted in the journal.

The places they act in ask `Faults.hit`; those of kind ONCE and STATE are acts (acts.py).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from random import Random
from typing import Annotated, TypeAlias

import msgspec

from tools.simulator.agenda import Agenda
from tools.simulator.fault_names import FAULTS, Aim, Fault, Kind
from tools.simulator.journal import Journal
from tools.simulator.stamps import SECOND

EVERY = SECOND
"""Between two acts of a fault that acts at once and has a duration."""
LONGEST = 1e7
Span: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=LONGEST)]
Target: TypeAlias = str | int
Act: TypeAlias = Callable[[int, "Run"], str]
"""Acts at a time and says what it did."""


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """A fault as asked for; `start` and `duration` in seconds, from now and until stopped."""

    name: str
    start: Span = 0.0
    duration: Annotated[float, msgspec.Meta(gt=0, le=LONGEST)] | None = None
    target: str | int | None = None
    probability: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    seed: int | None = None
    minutes: Span | None = None
    seconds: Annotated[float, msgspec.Meta(ge=-LONGEST, le=LONGEST)] | None = None
    ticks: Annotated[int, msgspec.Meta(ge=-10_000, le=10_000)] | None = None


@dataclass(eq=False)
class Run:
    """One fault in force; `amount` in the unit of the fault's measure, `began` ns UTC."""

    name: str
    fault: Fault
    target: Target | None
    probability: float
    rng: Random
    amount: float
    began: int = 0
    fired: int = 0

    def reaches(self, target: Target | None) -> bool:
        """Whether `target` is aimed at."""
        return self.target is None or self.target == target

    def drawn(self) -> bool:
        """Whether chance lets it fire this time; certain faults draw nothing."""
        return self.probability >= 1 or self.rng.random() < self.probability


class Faults:
    """Plans, runs and ends faults. `known` lists what each aim can be pointed at."""

    def __init__(
        self,
        agenda: Agenda,
        journal: Journal,
        seed: int,
        known: Mapping[Aim, Collection[Target]],
    ) -> None:
        self._agenda = agenda
        self._journal = journal
        self._seed = seed
        self._known = known
        self._planned = 0
        self.active: dict[str, list[Run]] = {}
        """Name -> its runs in force; no empty lists."""
        self._waiting: list[Run] = []
        """Runs planned for later."""
        self.acts: Mapping[str, Act] = {}
        self.undo: Mapping[str, Act] = {}
        """What ends a fault of kind STATE."""

    def plan(self, now: int, wanted: Wanted) -> None:
        """Begin a fault; raises ValueError with one line about what is wrong."""
        run = self._run(wanted)
        duration = None if wanted.duration is None else round(wanted.duration * SECOND)
        if wanted.start > 0:
            due = now + round(wanted.start * SECOND)
            self._waiting.append(run)
            self._agenda.add(due, lambda at: self._begin_waiting(at, run, duration))
        else:
            self._begin(now, run, duration)

    def stop(self, now: int, name: str) -> None:
        """End all runs of a fault, and those planned; harmless when there are none.

        Raises ValueError.
        """
        _named(name)
        for run in [row for row in self._waiting if row.name == name]:
            self._waiting.remove(run)
            self._note(now, run, "stopped before its start")
        for run in tuple(self.active.get(name, ())):
            self._end(now, run)

    def hit(self, now: int, name: str, target: Target | None = None, what: str = "") -> Run | None:
        """The run of `name` that strikes `target` now, by its probability; noted as fired."""
        for run in self.active.get(name, ()):
            if run.reaches(target) and run.drawn():
                run.fired += 1
                if run.fired == 1 or run.fault.kind is not Kind.STEADY:
                    self._note(now, run, f"fired: {what or target or run.fault.summary}")
                return run
        return None

    def held(self, name: str, target: Target) -> bool:
        """Whether a fault of kind STATE that has struck `target` is in force."""
        return any(run.fired and run.reaches(target) for run in self.active.get(name, ()))

    def holds(self, run: Run) -> bool:
        """Whether a run is still in force."""
        return run in self.active.get(run.name, ())

    def _run(self, wanted: Wanted) -> Run:
        name, fault = wanted.name, _named(wanted.name)
        target = self._aimed(name, fault, wanted.target)
        self._planned += 1
        seed = wanted.seed if wanted.seed is not None else f"{self._seed}.{self._planned}"
        rng = Random(f"{name}.{seed}")  # a text is hashed alike in every process
        return Run(name, fault, target, wanted.probability, rng, _amount(wanted, fault))

    def _aimed(self, name: str, fault: Fault, target: Target | None) -> Target | None:
        if target is None:
            return None
        if fault.aim is None:
            raise ValueError(f"{name} takes no target")
        key = target.lower() if fault.aim is Aim.PATH and isinstance(target, str) else target
        if key not in self._known[fault.aim]:
            raise ValueError(f"target of {name}: {target} is not {fault.aim.value}")
        return key

    def _begin_waiting(self, now: int, run: Run, duration: int | None) -> None:
        if run in self._waiting:  # else it has been stopped
            self._waiting.remove(run)
            self._begin(now, run, duration)

    def _begin(self, now: int, run: Run, duration: int | None) -> None:
        lasting = "" if duration is None else f" for {duration / SECOND:g} s"
        aimed = "" if run.target is None else f" on {run.target}"
        run.began = now
        if run.fault.kind is Kind.ONCE:
            self._note(now, run, f"started{lasting}{aimed}")
            self.active.setdefault(run.name, []).append(run)
            self._act(now, run, now + (duration or 0))
            return
        replaced = [row for row in self.active.get(run.name, ()) if row.target == run.target]
        for same in replaced:
            self._forget(same)
        self._note(now, run, f"started{lasting or ' until stopped'}{aimed}")
        self.active.setdefault(run.name, []).append(run)
        if run.fault.kind is Kind.STATE:
            self._strike(now, run)
            for same in replaced:
                self._undo(now, same)  # chance may have spared what it replaces
        if duration is not None:
            self._agenda.add(now + duration, lambda at: self._end(at, run))

    def _act(self, now: int, run: Run, until: int) -> None:
        """Act, and again every second; a fault without a duration is over at once."""
        if not self.holds(run):
            return
        self._strike(now, run)
        if now + EVERY < until:
            self._agenda.add(now + EVERY, lambda at: self._act(at, run, until))
        elif now < until:
            self._agenda.add(until, lambda at: self._end(at, run))
        else:
            self._end(now, run)

    def _strike(self, now: int, run: Run) -> None:
        if run.drawn():
            run.fired += 1
            self._note(now, run, f"fired: {self.acts[run.name](now, run)}")

    def _end(self, now: int, run: Run) -> None:
        if not self.holds(run):
            return  # stopped or replaced before its time
        self._forget(run)
        self._undo(now, run)
        self._note(now, run, "ended" if run.fired < 2 else f"ended after {run.fired} firings")

    def _undo(self, now: int, run: Run) -> None:
        if run.fault.kind is Kind.STATE and run.fired:
            self.undo[run.name](now, run)

    def _forget(self, run: Run) -> None:
        runs = self.active[run.name]
        runs.remove(run)
        if not runs:
            del self.active[run.name]

    def _note(self, now: int, run: Run, detail: str) -> None:
        self._journal.add({"ns": now, "kind": "fault", "name": run.name, "detail": detail})


def _named(name: str) -> Fault:
    fault = FAULTS.get(name)
    if fault is None:
        raise ValueError(f"no fault {name}; known: {', '.join(sorted(FAULTS))}")
    return fault


def _amount(wanted: Wanted, fault: Fault) -> float:
    """The fault's figure, in the unit of its measure; 0 where it has none."""
    measure = fault.measure
    given = {"minutes": wanted.minutes, "seconds": wanted.seconds, "ticks": wanted.ticks}
    for key, value in given.items():
        if value is not None and (measure is None or measure.key != key):
            raise ValueError(f"{wanted.name} takes no {key}")
    if measure is None:
        return 0.0
    value = given[measure.key]
    if value is not None and value < 0 and wanted.name == "delay_response":
        raise ValueError("seconds of delay_response: must be 0 or more")
    return measure.default if value is None else value

"""Virtual sessions judged from outside: the oracle on the venue's journal, beside the engine's own
figures.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from actors.engine import Child
from actors.runtime.address import ORDER
from actors.runtime.delivery import Finished, Published, Record
from actors.runtime.journal import Sink
from actors.runtime.runtime import Accounts
from actors.session.limits import Limits
from actors.session.metrics import Metrics
from config.loading import load
from config.schema import Settings
from messages.base import SECOND, Message, Nanos
from messages.control import EngineState, Latch, StateChanged, Unlatch
from messages.market import DATA, Side
from supervisor import CHILDREN, TIMERS
from tests.oracle import Report, judge
from tools.simulate.session import Ended, VirtualSession

FREE = (
    "risk.starting_capital=1000000",
    "risk.max_risk_per_trade=0.0001",
    "risk.max_daily_loss=500000",
    "risk.max_consecutive_losses=1000",
    "risk.max_trades_per_day=10000",
)
"""Limits that never end a session's trading, so that there is something to disturb. The size of a
trade is what it is by default.
"""
IN_FLIGHT = SECOND // 100
"""The longest way of a request to the virtual venue: what left before a latch arrives after."""


def settings(*overrides: str) -> Settings:
    return load(None, (*FREE, *overrides), environ={}).settings


class Ear:
    """Keeps what was published, market data aside, and when the order room learnt of latches."""

    def __init__(self) -> None:
        self.said: list[tuple[Nanos, str, Message]] = []
        self.latched: list[Nanos] = []
        self.dead: list[Finished] = []

    def record(self, record: Record) -> None:
        if isinstance(record, Published):
            if record.message is not None and type(record.message) not in DATA:
                self.said.append((record.at, record.sender, record.message))
        elif record.type == "Latch" and record.receiver == ORDER:
            self.latched.append(record.done)
        if isinstance(record, Finished) and record.outcome == "dead":
            self.dead.append(record)

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing to close."""

    def of(self, kind: type[Message]) -> list[Any]:
        return [message for _, _, message in self.said if isinstance(message, kind)]

    def spans(self) -> list[tuple[Nanos, Nanos | None]]:
        """When entries were forbidden, as the order room knew it."""
        return latched_spans(
            (at, type(message).__name__, message.code)
            for at, _, message in self.said
            if isinstance(message, Latch | Unlatch)
        )

    def longest_disturbed(self, end: Nanos) -> Nanos:
        """The longest time in which the engine was neither RUNNING nor HALTED nor stopping."""
        longest, since = 0, None
        for at, _, message in self.said:
            if not isinstance(message, StateChanged):
                continue
            calm = message.state not in (
                EngineState.LATCHED, EngineState.FLATTENING, EngineState.STARTING,
            )  # fmt: skip
            if calm and since is not None:
                longest, since = max(longest, at - since), None
            elif not calm and since is None:
                since = at
        return longest if since is None else max(longest, end - since)


def latched_spans(
    changes: Iterable[tuple[Nanos, str, str]], in_flight: Nanos = IN_FLIGHT
) -> list[tuple[Nanos, Nanos | None]]:
    """Spans with a latch in force from (time, "Latch" or "Unlatch", code) in time order."""
    codes: set[str] = set()
    spans: list[tuple[Nanos, Nanos | None]] = []
    since: Nanos = 0
    for at, kind, code in changes:
        before = bool(codes)
        if kind == "Latch":
            codes.add(code)
        else:
            codes.discard(code)
        if codes and not before:
            since = at + in_flight
        elif before and not codes and at > since:
            spans.append((since, at))
    return [*spans, (since, None)] if codes else spans


class Bench:
    """One session, what was heard of it, and how it was judged."""

    def __init__(
        self,
        seed: int,
        seconds: float,
        chosen: Settings,
        children: Sequence[Child] = CHILDREN,
        metrics: Path | None = None,
        also: Sequence[Sink] = (),
        observing: bool = False,
        once: Side | None = None,
        watched: bool = False,
    ) -> None:
        self.settings = chosen
        self.ear = Ear()
        self.metrics = None
        sinks: list[Sink] = [self.ear, *also]
        if metrics is not None:
            limits = Limits.of(chosen)
            self.metrics = Metrics(metrics, limits, self._accounts)
            sinks.append(self.metrics)
        self.session = VirtualSession(
            chosen,
            seed,
            int(seconds * SECOND),
            sinks=sinks,
            children=children,
            observing=observing,
            once=once,
            watched=watched,
        )

    def _accounts(self) -> Accounts:
        return self.session.runtime.accounts()

    def run(self) -> tuple[Ended, Report]:
        ended = self.session.run()
        written = None if self.metrics is None else json.loads(self.metrics.path.read_bytes())
        rows = [json.loads(line) for line in self.session.venue.journal.lines(0)]
        report = judge(
            rows,
            max_contracts=self.settings.risk.max_contracts,
            unprotected_s=self.settings.watchdog.unprotected_s,
            stale_s=self.settings.watchdog.stale_s,
            latched=self.ear.spans(),
            metrics=written,
        )
        return ended, report


def broken(violations: dict[str, int]) -> dict[str, int]:
    """The promises that were not kept."""
    return {name: count for name, count in violations.items() if count}


def dollars(money: int) -> Decimal:
    return Decimal(money) / 10_000


__all__ = ["TIMERS", "Bench", "Ear", "broken", "dollars", "latched_spans", "settings"]

"""metrics_DATE.json: what a session measured of itself, written anew every ten seconds and at the
close. All of it is computed from the journal's records (docs/files.md lists every key).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from actors.runtime.delivery import Finished, Record
from actors.runtime.runtime import Accounts
from actors.session.acceptance import acceptance
from actors.session.breaches import NOT_MEASURED
from actors.session.conduct import Conduct
from actors.session.connections import Connections
from actors.session.invariants import Invariants
from actors.session.latencies import Latencies
from actors.session.limits import Limits
from actors.session.units import decimal, utc
from actors.session.venue import VenueView
from messages.base import MILLISECOND, SECOND, Nanos
from messages.order import Outcome

PERIOD: Nanos = 10 * SECOND
WARM: Nanos = 60 * SECOND
"""From when on memory must not grow."""


class Metrics:
    """`accounts` reads the runtime's books, `memory` the process's resident bytes; both are asked
    on the journal's thread, `accounts` for the last time at the close. Raises OSError where the
    file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        limits: Limits,
        accounts: Callable[[], Accounts] | None = None,
        memory: Callable[[], int] | None = None,
    ) -> None:
        view = VenueView()
        self.path = path
        self.latencies = Latencies()
        self.connections = Connections()
        self.conduct = Conduct(view, limits)
        more = (part.handlers() for part in (self.latencies, self.connections, self.conduct))
        self.invariants = Invariants(limits, more, (self.conduct.look,), view)
        self._limits = limits
        self._accounts = accounts
        self._memory = memory
        self._began: Nanos = 0
        self._next: Nanos = 0
        self._warm: int | None = None
        self._grown: int | None = None
        self._encoder = msgspec.json.Encoder(decimal_format="number")
        self._write(self.document())

    def record(self, record: Record) -> None:
        self.invariants.record(record)
        if isinstance(record, Finished):
            self.latencies.finished(record)
        elif record.at >= self._next:
            self._period(record.at)

    def flush(self) -> None:
        """The file is written by the period, not by the record."""

    def close(self) -> None:
        accounts = None if self._accounts is None else self._accounts()
        self.invariants.close(accounts)
        self._measure_memory(self.invariants.at)
        self._write(self.document(accounts))

    def document(self, accounts: Accounts | None = None) -> dict[str, Any]:
        """The figures as of the newest record; money in Decimal dollars."""
        invariants, at = self.invariants, self.invariants.at
        course, feed, deliveries = invariants.course, invariants.feed, invariants.deliveries
        types = deliveries.types
        return {
            "schema": 1,
            "began": utc(self._began) if self._began else None,
            "ended": utc(at) if at else None,
            "state_at_end": course.state.value,
            "exit_reason": course.exit_reason,
            "observing": course.observing,
            "events": {
                "quotes": feed.quotes,
                "trades": feed.prints,
                "depth": feed.rows,
                "bars": feed.bars,
            },
            "volume": {"prints": feed.print_volume, "bars": feed.bar_volume},
            "predictions": types.get("Prediction", 0),
            "signals": types.get("Signal", 0),
            "refusals": dict(sorted(course.refusals.items())),
            "withheld": course.withheld,
            "orders": self._orders(),
            "fills": sum(fill != (0, 0) for fill in invariants.earnings.fills.values()),
            "round_trips": len(invariants.earnings.trips),
            "winners": invariants.earnings.won,
            "pnl": self._money(),
            "latency_us": self._latencies(),
            "max_unprotected_ms": round(invariants.protection.longest(at) / MILLISECOND, 3),
            "messages": self._messages(accounts),
            "hubs": self.connections.figures(),
            "restarts": types.get("ActorRestarted", 0),
            "alarms": types.get("Alarm", 0),
            "flattens": list(course.flattens.values()),
            "violations": invariants.violations(),
            "violations_not_measured": list(NOT_MEASURED),
            "violation_details": [
                {"at": utc(breach.at), "invariant": breach.invariant, "words": breach.words}
                for breach in invariants.breaches.newest
            ],
            "acceptance": acceptance(
                self._limits, invariants, self.latencies, self.connections, self.conduct,
                self._grown,
            ),
        }  # fmt: skip

    def _orders(self) -> dict[str, int]:
        outcomes, types = self.invariants.course.outcomes, self.invariants.deliveries.types
        return {
            "submitted": types.get("PlaceOrder", 0),
            "accepted": outcomes[Outcome.ACCEPTED],
            "rejected": outcomes[Outcome.REFUSED],
            "unknown": outcomes[Outcome.UNKNOWN],
            "cancels": types.get("CancelOrder", 0),
            "closes": types.get("CloseContract", 0),
        }

    def _money(self) -> dict[str, Any]:
        earnings = self.invariants.earnings
        return {
            "gross": decimal(earnings.gross),
            "fees": decimal(earnings.fees),
            "net": decimal(earnings.net),
        }

    def _latencies(self) -> dict[str, Any]:
        spans = self.latencies
        return {
            "frame_to_bar": spans.frame_to_bar.micros(),
            "bar_to_order": spans.bar_to_order.micros(),
            "model": spans.model.micros(),
            "features": spans.features.micros(),
            "order_round_trip": spans.order_round_trip.micros(),
            "market_fill": spans.market_fill.micros(),
        }

    def _messages(self, accounts: Accounts | None) -> dict[str, int]:
        """Counted from the records; what is open is queued unless the runtime knows better."""
        counted = self.invariants.deliveries
        return {
            "sent": counted.sent,
            "handled": counted.handled,
            "conflated": counted.conflated,
            "dead": counted.dead,
            "queued": counted.open if accounts is None else accounts.queued,
            "running": 0 if accounts is None else accounts.running,
        }

    def _period(self, at: Nanos) -> None:
        self._began = self._began or at
        if self._next:
            self._measure_memory(at)
            self._write(self.document())
        self._next = at + PERIOD

    def _measure_memory(self, at: Nanos) -> None:
        if self._memory is None or at < self._began + WARM:
            return
        now = self._memory()
        self._warm = now if self._warm is None else self._warm
        self._grown = now - self._warm

    def _write(self, document: dict[str, Any]) -> None:
        """Whole or not at all: a reader never finds half a file."""
        text = msgspec.json.format(self._encoder.encode(document), indent=2)
        new = self.path.with_name(f"{self.path.name}.new")
        with new.open("wb") as file:
            file.write(text + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

"""The live status: a sink that the terminal looks at, at most twice a second.

The journal's thread writes it, the main thread reads it: plain fields, read without a lock; a line
may mix two neighbouring instants.
"""

from dataclasses import dataclass

from actors.runtime.delivery import Finished, Record
from actors.session.breaches import Handlers
from actors.session.invariants import Invariants
from actors.session.latencies import Latencies
from actors.session.limits import Limits
from actors.session.units import Instruments, average, dollars, signed, symbol
from messages.base import SECOND, FineTicks, Money, Nanos
from messages.control import EngineState
from messages.decision import Permission
from messages.hub import Hub, HubHealth
from messages.position import DayFigures, PositionChanged, PositionMarked


@dataclass(frozen=True, slots=True)
class Line:
    """One look. `positions` are (contract, size, average); `protected` is None when flat; `why` is
    the code that forbids entries, empty when allowed; `rate` is messages a second; latencies in us;
    `hubs` the newest health score of each.
    """

    state: EngineState
    positions: tuple[tuple[str, int, FineTicks], ...]
    protected: bool | None
    realised: Money
    open: Money
    left: Money
    bars: int
    rate: int
    frame_to_bar: float | None
    bar_to_order: float | None
    why: str
    hubs: tuple[tuple[Hub, int], ...] = ()


class Status:
    """`line()` is what to show now. `realised` is the trade date's, net; `left` what the day may
    still lose. Give it the parts of the session's metrics, which must be fed before it.
    """

    def __init__(self, limits: Limits, invariants: Invariants, latencies: Latencies) -> None:
        self._limits = limits
        self._invariants = invariants
        self._latencies = latencies
        self._positions: dict[str, tuple[str, int, FineTicks]] = {}
        self._marks: dict[str, Money] = {}
        self._realised: Money = 0
        self._why = "starting"
        self._scores: dict[Hub, int] = {}
        self._second: Nanos = 0
        self._count = 0
        self._rate = 0
        self._handlers: Handlers = {
            "Permission": lambda message, record: self._permission(message),
            "PositionChanged": lambda message, record: self._position(message),
            "PositionMarked": lambda message, record: self._mark(message),
            "DayFigures": lambda message, record: self._day(message),
            "HubHealth": lambda message, record: self._health(message),
        }

    def record(self, record: Record) -> None:
        if isinstance(record, Finished):
            return
        self._count += 1
        if record.at - self._second >= SECOND:
            self._rate = self._count * SECOND // max(SECOND, record.at - self._second)
            self._second, self._count = record.at, 0
        handle = self._handlers.get(record.type)
        if handle is not None and record.message is not None:
            handle(record.message, record)

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing is open."""

    def line(self) -> Line:
        positions, view = tuple(self._positions.values()), self._invariants.view
        held = [contract for contract, size, _ in positions if size]
        opened = sum(tuple(self._marks.values()))
        latencies = self._latencies
        return Line(
            state=self._invariants.course.state,
            positions=tuple(position for position in positions if position[1]),
            protected=not any(view.uncovered(contract) for contract in held) if held else None,
            realised=self._realised,
            open=opened,
            left=max(0, self._limits.max_daily_loss + min(0, self._realised + opened)),
            bars=self._invariants.feed.bars,
            rate=self._rate,
            frame_to_bar=_micros(latencies.frame_to_bar.quantile(0.5)),
            bar_to_order=_micros(latencies.bar_to_order.quantile(0.5)),
            why=self._why,
            hubs=tuple(self._scores.items()),
        )

    def _permission(self, permission: Permission) -> None:
        self._why = "" if permission.allowed else str(permission.code or "not_allowed")

    def _position(self, change: PositionChanged) -> None:
        self._positions[change.contract] = (change.contract, change.size, change.average)
        if not change.size:
            self._marks.pop(change.contract, None)

    def _mark(self, mark: PositionMarked) -> None:
        self._marks[mark.contract] = mark.open

    def _health(self, health: HubHealth) -> None:
        self._scores[health.hub] = health.score

    def _day(self, day: DayFigures) -> None:
        self._realised = day.realised


def render(line: Line, instruments: Instruments) -> str:
    """One line of text, for example:
    RUNNING | +1 MES @ 6050.50, stop at venue: yes | P&L +$3.10 (open +$1.25), $46.90 left | ...
    """
    held = ", ".join(
        f"{size:+d} {symbol(instruments, contract)} @ {average(instruments, contract, mean)}"
        for contract, size, mean in line.positions
    )
    stop = "" if line.protected is None else f", stop at venue: {'yes' if line.protected else 'NO'}"
    money = f"P&L {signed(line.realised + line.open)} (open {signed(line.open)})"
    parts = [
        line.state.value,
        f"{held or 'flat'}{stop}",
        f"{money}, {dollars(line.left)} left",
        f"{line.bars} bars, {line.rate} msg/s",
        f"frame-bar {_text(line.frame_to_bar)}, bar-order {_text(line.bar_to_order)}",
    ]
    if line.hubs:
        parts.append("hubs " + ", ".join(f"{hub} {score}" for hub, score in line.hubs))
    if line.why:
        parts.append(f"not trading because {line.why}")
    return " | ".join(parts)


def _micros(span: Nanos | None) -> float | None:
    return None if span is None else round(span / 1_000, 1)


def _text(micros: float | None) -> str:
    return "-" if micros is None else f"{micros:.0f} us"

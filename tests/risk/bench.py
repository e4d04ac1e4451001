"""An account of which everything is known, and the room's vocabulary in short."""

from decimal import Decimal
from typing import Any

from actors.risk.account import AccountState, unknown_account
from actors.risk.book import Book
from config.schema import Api, Risk, Trading
from messages.base import DOLLAR, SECOND, Money, Nanos
from messages.decision import Approved, Denied, Signal, SignalKind
from messages.market import (
    Bar,
    BarClosed,
    Instrument,
    MarketStatus,
    MarketStatusChanged,
    PastBars,
)
from messages.order import Phase, PhaseChanged
from messages.position import (
    Account,
    DayFigures,
    PositionChanged,
    PositionMarked,
    Reconciled,
)

MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)
MNQ = Instrument("CON.F.US.MNQ.Z26", "MNQ", "MNQZ6", "0.25", 5_000)
NOW: Nanos = 1_795_185_000 * SECOND
"""Friday 20 November 2026, 09:30 New York."""
BALANCE = 1_000 * DOLLAR


def risk(**changes: Any) -> Risk:
    """The user's own settings, and no cooldown."""
    given: dict[str, Any] = {
        "starting_capital": Decimal(1000),
        "max_daily_loss": Decimal(50),
        "max_risk_per_trade": Decimal("0.025"),
        "max_consecutive_losses": 5,
        "cooldown_s": 0.0,
        "atr_bars": 10,
    }
    return Risk(**given | changes)


def trading(**changes: Any) -> Trading:
    given: dict[str, Any] = {
        "contract": "MES",
        "session_start": "09:30",
        "session_end": "16:30",
        "flatten_time": "16:25",
        "calendar": "always",
    }
    return Trading(**given | changes)


def api(**changes: Any) -> Api:
    return Api(base_url="http://127.0.0.1:1", ws_url="ws://127.0.0.1:1/hubs/market", **changes)


def bar(end: Nanos, width: int = 2, **changes: Any) -> Bar:
    """A one-second bar with a true range of `width` ticks and a one-tick spread."""
    given: dict[str, Any] = {"bid": 24_000, "ask": 24_001}
    low, high = 24_000, 24_000 + width
    return Bar(end - SECOND, end, low, high, low, low, 10, **given | changes)


def bars(count: int, width: int = 2, end: Nanos = NOW) -> tuple[Bar, ...]:
    return tuple(bar(end - back * SECOND, width) for back in reversed(range(count)))


def figures(
    realised: Money = 0, round_trips: int = 0, consecutive_losses: int = 0, last_loss: Nanos = 0
) -> DayFigures:
    return DayFigures(realised, round_trips, consecutive_losses, last_loss)


LIMIT_REACHED = figures(-50 * DOLLAR)


def signal(
    kind: SignalKind = SignalKind.LONG_ENTRY, contract: str = MES.id, at: Nanos = NOW
) -> Signal:
    return Signal(contract, at, kind, 0.7, 24_000)


class Desk:
    """A book over an account that is flat, known, and free to trade in MES and MNQ."""

    def __init__(self, settings: Risk | None = None, hours: Trading | None = None) -> None:
        settings = settings or risk()
        self.account: AccountState = unknown_account((MES, MNQ), settings, restarted=False)
        self.book = Book(self.account, settings, hours or trading())
        self.account.figured(figures())
        self.account.told(Account(7, "PRAC-7", BALANCE, True))
        self.account.remembered(None)
        for one in (MES, MNQ):
            self.account.reconciled(Reconciled(one.id, 0, False))
            self.phase(Phase.FLAT, one)
            self.status(MarketStatus.OPEN, one)
            self.account.past(PastBars(one.id, bars(61)))
            self.account.closed(BarClosed(one.id, bar(NOW + SECOND)))

    def status(self, status: MarketStatus, one: Instrument = MES) -> None:
        self.account.market(MarketStatusChanged(one.id, status, "test"))

    def phase(self, phase: Phase, one: Instrument = MES) -> None:
        self.account.phase_changed(PhaseChanged(one.id, phase, "test"))

    def hold(self, size: int, profit: Money = 0, one: Instrument = MES) -> None:
        self.account.changed(PositionChanged(one.id, size, 0, NOW, 0))
        self.account.marked(PositionMarked(one.id, 24_000, profit))

    def judge(self, given: Signal | None = None, now: Nanos = NOW) -> Approved | Denied:
        return self.book.judge(given or signal(), now)

    def denial(self, given: Signal | None = None, now: Nanos = NOW) -> Denied:
        verdict = self.judge(given, now)
        assert isinstance(verdict, Denied), verdict
        return verdict

    def approval(self, given: Signal | None = None, now: Nanos = NOW) -> Approved:
        verdict = self.judge(given, now)
        assert isinstance(verdict, Approved), verdict
        return verdict

    def measured(self, given: Signal | None = None, now: Nanos = NOW) -> tuple[str, int, int, str]:
        """Code, used, limit and unit of a denial."""
        denied = self.denial(given, now)
        return denied.code, denied.used, denied.limit, denied.unit

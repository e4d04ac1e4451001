"""What is known of the account: the state that the rules read. No clock, no I/O."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from actors.risk.breaker import Breaker
from actors.risk.lots import micros
from actors.risk.stops import TrueRanges, farthest
from actors.risk.trail import Trail, trail
from config.schema import Api, Risk
from messages.base import SECOND, Money, Nanos
from messages.decision import Denial
from messages.hub import Hub, Stream
from messages.market import (
    Bar,
    BarClosed,
    Instrument,
    MarketStatus,
    MarketStatusChanged,
    PastBars,
)
from messages.order import (
    Order,
    OrderStatus,
    Outcome,
    Phase,
    PhaseChanged,
    PlaceResult,
    StopMoved,
)
from messages.position import (
    Account,
    DayFigures,
    PositionChanged,
    PositionMarked,
    Reconciled,
)

UNDER_WAY: Nanos = 2 * SECOND
"""How long an approved entry is counted as a position before the order room has shown a phase."""

MINUTE: Nanos = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Stake:
    """An approved entry: contracts, and dollars lost if its stop is hit (below zero: gained, where
    another hand has moved it so far).
    """

    size: int
    risk: Money
    at: Nanos


@dataclass(slots=True)
class Holding:
    """One contract. None means that nobody has told yet, which is never taken for flat.

    `open` is the open profit, negative for a loss. After a close it stays until the day's figures
    hold the result: in between the loss would else seem to be gone.
    """

    instrument: Instrument
    ranges: TrueRanges
    worst: Money
    size: int | None = None
    phase: Phase | None = None
    reconciled: bool = False
    open: Money = 0
    bar: Bar | None = None
    stake: Stake | None = None
    market: tuple[MarketStatus, str] = (MarketStatus.UNKNOWN, "not told yet")

    def entering(self, now: Nanos) -> Stake | None:
        """The approved entry that is still to be counted."""
        if self.stake is None or self.size or self.phase is not Phase.FLAT:
            return self.stake
        return self.stake if now - self.stake.at < UNDER_WAY else None

    def committed(self, now: Nanos) -> int:
        """Contracts held or on the way, whichever is more."""
        stake = self.entering(now)
        return max(abs(self.size or 0), stake.size if stake else 0)

    def at_stake(self, now: Nanos) -> Money:
        """What this contract may still lose from here to its stop. A position whose stop is not
        known here (adopted, or older than a restart) counts with the farthest one.
        """
        if not self.committed(now):
            return 0
        stake = self.entering(now)
        risk = stake.risk if stake else abs(self.size or 0) * self.worst
        return max(0, risk + self.open)


@dataclass(slots=True)
class AccountState:
    """The account, its trade date's figures, its contracts and the latches that hold it.

    `blind` is what cannot be seen of it or of the market, and why.
    """

    holdings: dict[str, Holding]
    breaker: Breaker
    trail: Trail | None = None
    account: Account | None = None
    settled: Money = 0
    """The trade date's realised profit as it was known when the venue last told the balance."""
    figures: DayFigures | None = None
    latches: dict[str, str] = field(default_factory=dict)
    blind: dict[str, str] = field(default_factory=dict)
    approvals: deque[Nanos] = field(default_factory=deque)
    restarted: bool = False
    leased: Nanos | None = None
    """When the newest beat that the sentinel has answered was made."""

    # Messages about contracts that are not traded here are not judged here: a position opened by
    # hand elsewhere is for the position room to report.

    def marked(self, mark: PositionMarked) -> None:
        holding = self.holdings.get(mark.contract)
        if holding is not None and holding.size != 0:
            holding.open = mark.open

    def told(self, account: Account) -> None:
        """The venue's word on the balance: what was realised up to now is taken to be in it."""
        self.account = account
        self.settled = self.figures.realised if self.figures else 0
        if self.trail is not None and self.figures is not None and not self.trail.opened:
            self.trail.opened = True
            self.trail.ended(account.balance - self.settled)

    def remembered(self, high: Money | None) -> None:
        """The ledger's word on the highest balance at the end of an earlier trade date."""
        if self.trail is not None:
            self.trail.remembered = True
            if high is not None:
                self.trail.ended(high)

    def figured(self, figures: DayFigures) -> None:
        self.figures = figures
        if not figures.realised and not figures.round_trips:
            self.settled = 0  # a new trade date
        for holding in self.holdings.values():
            if holding.size == 0:
                holding.open = 0

    def changed(self, change: PositionChanged) -> None:
        holding = self.holdings.get(change.contract)
        if holding is None:
            return
        holding.size = change.size
        if self.restarted:
            # The position room repeats what it has reconciled; it does not reconcile for us.
            holding.reconciled = True

    def reconciled(self, reading: Reconciled) -> None:
        holding = self.holdings.get(reading.contract)
        if holding is None:
            return
        holding.reconciled = True
        holding.size = reading.size
        if reading.size == 0:
            holding.open = 0

    def doubt_positions(self) -> None:
        """The position room starts anew: nothing is known until it has read the venue."""
        for holding in self.holdings.values():
            holding.reconciled = False

    def phase_changed(self, change: PhaseChanged) -> None:
        holding = self.holdings.get(change.contract)
        if holding is None:
            return
        if change.phase is Phase.FLAT and holding.phase is not Phase.FLAT:
            holding.stake = None
        holding.phase = change.phase

    def moved(self, move: StopMoved, now: Nanos) -> None:
        """What a position may lose to a stop that another hand has moved."""
        holding = self.holdings.get(move.contract)
        if holding is not None and holding.size:
            holding.stake = Stake(abs(holding.size), move.risk, now)

    def closed(self, bar: BarClosed) -> None:
        holding = self.holdings[bar.contract]
        holding.bar = bar.bar
        holding.ranges.add(bar.bar)

    def past(self, bars: PastBars) -> None:
        self.holdings[bars.contract].ranges.fill(bars.bars)

    def market(self, change: MarketStatusChanged) -> None:
        self.holdings[change.contract].market = (change.status, change.reason)

    def lost(self, hub: Hub, reason: str) -> None:
        self.blind[f"{hub} hub"] = reason

    def opened(self, hub: Hub) -> None:
        self.blind.pop(f"{hub} hub", None)

    def placed(self, result: PlaceResult, now: Nanos) -> None:
        """An order that the venue did not take, or may or may not have taken."""
        if result.outcome is not Outcome.ACCEPTED:
            self.breaker.failed(result.tag, now)

    def ordered(self, order: Order, now: Nanos) -> None:
        """An order of ours, or a leg of one, that the venue took and then rejected."""
        ours = order.contract in self.holdings and (order.tag or order.parent)
        if ours and order.status is OrderStatus.REJECTED:
            self.breaker.failed(order.tag or str(order.id), now)

    def latch(self, code: str, words: str, now: Nanos) -> None:
        self.latches[code] = words
        if kind(code) is Denial.CIRCUIT_BREAKER and not self.breaker.open:
            # A predecessor's: its errors are forgotten, so it ends a window from here.
            self.breaker.failed(code, now)
            self.breaker.open = True

    def latched(self, denial: Denial) -> list[str]:
        """The latches that deny under this code, as "code: words"."""
        return [f"{code}: {words}" for code, words in self.latches.items() if kind(code) is denial]

    def approved(self, now: Nanos) -> None:
        self.approvals.append(now)
        while self.approvals[0] <= now - MINUTE:
            self.approvals.popleft()

    def orders_in_a_minute(self, now: Nanos) -> int:
        """Approved signals in the 60 seconds up to now, exits included: each sends an order."""
        return sum(at > now - MINUTE for at in self.approvals)

    def open(self) -> Money:
        return sum(holding.open for holding in self.holdings.values())

    def loss(self) -> Money:
        """Net loss of the trade date with open positions, 0 in profit."""
        realised = self.figures.realised if self.figures else 0
        return max(0, -(realised + self.open()))

    def equity(self) -> Money | None:
        """The balance with open positions; None before the venue has told it. A loss that is known
        from fills and perhaps not yet in the balance counts, a profit waits for the venue's word.
        """
        if self.account is None:
            return None
        realised = self.figures.realised if self.figures else 0
        return self.account.balance + min(0, realised - self.settled) + self.open()

    def flat(self) -> bool:
        return not any(holding.size for holding in self.holdings.values())

    def committed(self, now: Nanos) -> int:
        return sum(holding.committed(now) for holding in self.holdings.values())

    def micros(self, now: Nanos) -> int:
        """As `committed`, with a mini as ten."""
        return sum(h.committed(now) * micros(h.instrument) for h in self.holdings.values())

    def at_stake(self, now: Nanos) -> Money:
        return sum(holding.at_stake(now) for holding in self.holdings.values())


def kind(latch: str) -> Denial:
    """The denial that a latch's code stands for."""
    if "halt" in latch.lower():
        return Denial.HALTED
    if "circuit" in latch.lower():
        return Denial.CIRCUIT_BREAKER
    return Denial.LATCHED


def unseen(api: Api) -> dict[str, str]:
    """What cannot be seen before the hubs open, or never with these settings: `blind` at first."""
    blind = {f"{hub} hub": "not open yet" for hub in Hub}
    if Hub.USER not in api.wanted:
        blind[f"{Hub.USER} hub"] = "not used (api.hubs)"
    for stream in (Stream.QUOTES, Stream.TRADES):
        if stream not in api.streams:
            blind[stream] = "not subscribed to (api.streams)"
    return blind


def unknown_account(instruments: Iterable[Instrument], risk: Risk, restarted: bool) -> AccountState:
    """An account of which nothing has been told yet."""
    return AccountState(
        {
            instrument.id: Holding(
                instrument,
                TrueRanges(risk.atr_bars if risk.stop == "atr" else 0),
                farthest(risk) * instrument.tick_value,
            )
            for instrument in instruments
        },
        Breaker(risk.max_order_errors, round(risk.error_window_s * SECOND)),
        trail(risk),
        restarted=restarted,
    )

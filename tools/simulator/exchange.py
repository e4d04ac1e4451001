"""The exchange: orders, fills, positions and balances of all accounts. No I/O, no clock.

Every change is told to a `Report` at once, in the order it happened.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from fractions import Fraction
from itertools import count
from random import Random
from typing import Protocol

from tools.simulator import checks, prices
from tools.simulator.accounts import Account, Position, Trade, split
from tools.simulator.agenda import Agenda
from tools.simulator.book import Book
from tools.simulator.brackets import Brackets, legs
from tools.simulator.conditions import Conditions
from tools.simulator.contracts import Contract
from tools.simulator.loss_limits import DAILY_LOSS, LossLimits
from tools.simulator.matching import Delays, Market, Matcher
from tools.simulator.orders import Order, OrderType, Request, Side, Status
from tools.simulator.prices import BadPrice

FIRST_ORDER = 7_700_124_501
"""Practice order ids lie above 2^31 (gateway.md 3.1)."""
FIRST_TRADE = 61_200_455
FIRST_POSITION = 902_114
"""What locks an account where no rule does."""


class Why(Enum):
    """Why something was refused; each endpoint has its own number for it."""

    NO_ACCOUNT = auto()
    NO_CONTRACT = auto()
    NOT_ACTIVE = auto()
    VIOLATION = auto()
    REJECTED = auto()
    NO_ORDER = auto()
    NO_POSITION = auto()
    BAD_SIZE = auto()


@dataclass
class Refused(Exception):
    """A refusal; `order` is the id of the row of status 5, where one was made."""

    why: Why
    message: str | None = None
    order: int | None = None


class Report(Protocol):
    """Who is told of every change, at the ns it happened."""

    def order(self, now: int, order: Order, delay: int = 0) -> None:
        """`delay` ns later the hub tells the client."""

    def fill(self, now: int, trade: Trade) -> None: ...
    def void(self, now: int, trade: Trade) -> None: ...
    def position(self, now: int, position: Position) -> None: ...
    def account(self, now: int, account: Account) -> None: ...
    def limit(
        self, now: int, account: Account, rule: str, reached: Fraction, level: int
    ) -> None: ...


class Exchange:
    """Order life for several accounts over the given markets."""

    def __init__(
        self,
        accounts: Iterable[Account],
        markets: Mapping[str, Market],
        agenda: Agenda,
        delays: Delays,
        rng: Random,
        conditions: Conditions,
        report: Report,
    ) -> None:
        self.accounts = {account.id: account for account in accounts}
        self.orders: dict[int, dict[int, Order]] = {number: {} for number in self.accounts}
        self.trades: dict[int, list[Trade]] = {number: [] for number in self.accounts}
        self.working: dict[int, Order] = {}
        self._tags: dict[int, set[str]] = {number: set() for number in self.accounts}
        self._markets = markets
        self._delays = delays
        self._rng = rng
        self._conditions = conditions
        self._report = report
        self._order_ids = count(FIRST_ORDER)
        self._trade_ids = count(FIRST_TRADE)
        self._position_ids = count(FIRST_POSITION)
        self.matcher = Matcher(
            markets, agenda, delays, rng, conditions, self._changed, self._settle
        )
        self._brackets = Brackets(self.matcher, delays, conditions, self._changed, self._cancel)
        self.losses = LossLimits(self.accounts.values(), markets, self._touched, self.flatten)

    def account(self, number: int) -> Account:
        """The account; raises Refused(NO_ACCOUNT)."""
        found = self.accounts.get(number)
        if found is None:
            raise Refused(Why.NO_ACCOUNT)
        return found

    @property
    def at_rest(self) -> bool:
        """Whether every account is flat with nothing working."""
        held = any(account.positions for account in self.accounts.values())
        return not held and not self.working

    def place(self, now: int, number: int, contract: Contract | None, request: Request) -> Order:
        """Accept an order, or raise Refused. Code-2 refusals leave a row of status 5."""
        account = self.account(number)
        if contract is None:
            raise Refused(Why.NO_CONTRACT)
        if not contract.active:
            raise Refused(Why.NOT_ACTIVE)
        if not account.can_trade:
            raise Refused(Why.VIOLATION)
        taken = self._takes_tag(number, request)
        message = self._refusal(now, account, contract, request) or (
            checks.TAG_USED if taken else None
        )
        if message:
            raise self._rejected(now, account, contract, request, message, tagged=not taken)
        return self._accept(now, account, contract, request)

    def cancel(self, now: int, number: int, order_id: int) -> None:
        """Cancel a working order; an entry without fills takes its legs with it."""
        order = self._own(number, order_id)
        if not order.status.working or order.in_flight:
            raise Refused(Why.REJECTED)
        self._cancel(now, order)
        if not order.filled:
            for leg in order.children:
                if leg.status.working:
                    self._cancel(now, leg)

    def modify(self, now: int, number: int, order_id: int, change: Request) -> None:
        """Change size and absolute prices; a size of 0 and a price of None leave the old value."""
        order = self._own(number, order_id)
        if order.status not in (Status.OPEN, Status.PENDING) or order.in_flight:
            raise Refused(Why.REJECTED)
        closed = self._conditions.closed(now, order.contract)
        if closed:
            raise Refused(Why.REJECTED, closed)
        try:
            new = prices.changed(order, change, self._last(order.contract))
        except BadPrice as error:
            raise Refused(Why.REJECTED, str(error)) from None
        if change.size < 0 or (change.size and change.size <= order.filled):
            raise Refused(Why.REJECTED, f"Invalid order size ({change.size})")
        if change.size > order.size and order.parent is None and self._exceeds(order, change.size):
            raise Refused(Why.REJECTED, checks.MARGIN)
        order.size = change.size or order.size
        order.limit, order.stop, order.trail = new
        if order.bracket is not None and order.trail is not None:
            order.bracket = -order.trail * order.side.other.sign  # a leg shows it signed
        order.updated = now
        self._changed(now, order)
        if order.status is Status.OPEN:
            self.matcher.rest(now, order)

    def close(self, now: int, number: int, contract: Contract | None, size: int | None) -> Order:
        """Close `size` contracts of a position (None: all of it) by an untagged market order."""
        account = self.account(number)
        if contract is None:
            raise Refused(Why.NO_CONTRACT)
        if not contract.active:
            raise Refused(Why.NOT_ACTIVE)
        held = account.size(contract)
        if not held:
            raise Refused(Why.NO_POSITION)
        if size is not None and not 0 < size <= abs(held):
            raise Refused(Why.BAD_SIZE)
        if checks.market(self._book(contract)) or self._conditions.closed(now, contract):
            raise Refused(Why.REJECTED)
        side = Side.SELL if held > 0 else Side.BUY
        request = Request(type=OrderType.MARKET, side=side, size=size or abs(held))
        return self._accept(now, account, contract, request)

    def permit(self, now: int, account: Account, *, trading: bool, by: str) -> None:
        """Lock an account, or lift that lock: it trades again when no other one is left."""
        if trading:
            account.locks.discard(by)
        else:
            account.locks.add(by)
        self._report.account(now, account)

    def flatten(self, now: int, account: Account, contract: Contract | None = None) -> None:
        """Cancel an account's orders, all or of one contract, and close its positions at market.

        An order that is filling cannot be cancelled: its fill is closed beforehand.
        """
        left: defaultdict[Contract, int] = defaultdict(int)
        for position in account.positions.values():
            left[position.contract] += position.size
        for order in tuple(self.working.values()):
            if order.account == account.id and contract in (None, order.contract):
                if order.in_flight:
                    left[order.contract] += order.left * order.side.sign
                else:
                    self._cancel(now, order)
        for held, size in left.items():
            if size and contract in (None, held):
                side = Side.SELL if size > 0 else Side.BUY
                close = Request(type=OrderType.MARKET, side=side, size=abs(size))
                self._accept(now, account, held, close)

    def flatten_all(self, now: int, contract: Contract) -> None:
        """End all orders and positions in a contract, whoever's they are."""
        for account in self.accounts.values():
            self.flatten(now, account, contract)

    def void(self, now: int, number: int) -> None:
        """Bust a trade: the position is what the others make it, and its money goes back.

        The other trades keep the P&L they were booked with. Raises ValueError with one line.
        """
        found = [row for rows in self.trades.values() for row in rows if row.id == number]
        if not found:
            raise ValueError(
                f"no trade {number}: take an id of Trade/search or the journal's fills"
            )
        trade = found[0]
        if trade.voided:
            raise ValueError(f"trade {number} is voided already")
        account, trades = self.accounts[trade.account], self.trades[trade.account]
        trades[trades.index(trade)] = busted = replace(trade, voided=True)
        account.balance -= trade.net
        position = self._position(now, account, trade.contract)
        position.rebuild(row for row in trades if row.contract == trade.contract and not row.voided)
        if not position.size:
            del account.positions[trade.contract.id]
        self._report.void(now, busted)
        self._report.position(now, position)
        self._report.account(now, account)
        self.losses.settled(now, account)

    def new_day(self, now: int) -> None:
        """A trade date begins: daily limits start afresh."""
        for account in self.losses.new_day():
            self.permit(now, account, trading=True, by=DAILY_LOSS)

    def enter(self, now: int, account: Account, contract: Contract, request: Request) -> Order:
        """An order of another hand than the client's: unchecked, as the platform has checked it."""
        return self._accept(now, account, contract, request)

    def push_stop(self, now: int, order: Order, ticks: int) -> None:
        """Move a working stop `ticks` away from the market (negative: towards it)."""
        if order.stop is not None:
            order.stop += ticks * order.side.sign
            order.updated = now
            self._changed(now, order)
            self.matcher.rest(now, order)

    def cancel_legs(self, now: int, accounts: Collection[int]) -> list[int]:
        """Cancel every working bracket leg of these accounts; their ids."""
        found = [
            order
            for order in self.working.values()
            if order.parent is not None and not order.in_flight and order.account in accounts
        ]
        for order in found:
            self._cancel(now, order)
        return [order.id for order in found]

    def _book(self, contract: Contract) -> Book | None:
        market = self._markets.get(contract.id)
        return market.book if market else None

    def _last(self, contract: Contract) -> int | None:
        market = self._markets.get(contract.id)
        return market.last if market else None

    def _own(self, number: int, order_id: int) -> Order:
        self.account(number)
        order = self.orders[number].get(order_id)
        if order is None:
            raise Refused(Why.NO_ORDER)
        return order

    def _refusal(
        self, now: int, account: Account, contract: Contract, request: Request
    ) -> str | None:
        mine = [order for order in self.working.values() if order.account == account.id]
        return (
            checks.form(request)
            or self._conditions.closed(now, contract)
            or self._conditions.refuses(now, account, request)
            or checks.brackets(request, account)
            or checks.market(self._book(contract))
            or checks.prices(request, contract, self._last(contract))
            or checks.exposure(request, contract, account, mine)
        )

    def _exceeds(self, order: Order, size: int) -> bool:
        """Whether an order grown to `size` would break the position limit; legs only close."""
        account = self.accounts[order.account]
        others = [
            row for row in self.working.values() if row.account == account.id and row is not order
        ]
        grown = Request(type=order.type, side=order.side, size=size - order.filled)
        return checks.exposure(grown, order.contract, account, others) is not None

    def _takes_tag(self, number: int, request: Request) -> bool:
        """Whether a tag of this order, its legs' included, is in use; marks them as used."""
        tags = _tags(request)
        taken = not self._tags[number].isdisjoint(tags)
        self._tags[number] |= tags
        return taken

    def _rejected(
        self, now: int, account: Account, contract: Contract, request: Request,
        message: str, *, tagged: bool,
    ) -> Refused:  # fmt: skip
        order = self._row(now, account, contract, request)
        order.status, order.reason = Status.REJECTED, message
        order.tag = request.tag if tagged else None
        self._changed(now, order, self._rng.randint(*self._delays.notice))
        return Refused(Why.REJECTED, message, order.id)

    def _row(self, now: int, account: Account, contract: Contract, request: Request) -> Order:
        order = Order(
            id=next(self._order_ids),
            account=account.id,
            contract=contract,
            type=request.type,
            side=Side(request.side) if request.side in (0, 1) else Side.BUY,
            size=request.size,
            created=now,
            updated=now,
            tag=request.tag,
        )
        self.orders[account.id][order.id] = order
        return order

    def _accept(self, now: int, account: Account, contract: Contract, request: Request) -> Order:
        order = self._row(now, account, contract, request)
        prices.give(order, request, self._book(contract), self._last(contract))
        legs(order, request, self._order_ids)
        self.orders[account.id].update((leg.id, leg) for leg in order.children)
        notice = self._rng.randint(*self._delays.notice)
        # captured order of the first events: stop leg, entry, target leg (gateway.md 5.3)
        for row in (*order.children[:1], order, *order.children[1:]):
            self._changed(now, row, notice)
        self.matcher.submit(now, order)
        return order

    def _changed(self, now: int, order: Order, delay: int = 0) -> None:
        if order.status.working:
            self.working[order.id] = order
        else:
            self.working.pop(order.id, None)
        self._report.order(now, order, delay)

    def _cancel(self, now: int, order: Order) -> None:
        self.matcher.withdraw(order)
        order.status, order.updated = Status.CANCELLED, now
        self._changed(now, order)

    def _settle(self, now: int, order: Order, price: int, size: int) -> None:
        """Book a fill: the order, the trade, the position, the balance, then its brackets."""
        order.filled += size
        order.paid += price * size
        order.status = Status.OPEN if order.left else Status.FILLED
        if not order.left:
            self.matcher.withdraw(order)
        account = self.accounts[order.account]
        pnl, touched = self._move(now, account, order, price, size)
        fee, commission = (part * size for part in order.contract.product.fees)
        trade = Trade(
            next(self._trade_ids), order.id, account.id, order.contract, now, order.side, size,
            price, pnl, fee, commission,
        )  # fmt: skip
        account.balance += trade.net
        self.trades[account.id].append(trade)
        self._report.fill(now, trade)
        self._changed(now, order)
        for position in touched:
            self._report.position(now, position)
        self._report.account(now, account)
        self._brackets.filled(now, order, size)
        self.losses.settled(now, account)

    def _touched(
        self, now: int, account: Account, rule: str, reached: Fraction, level: int
    ) -> None:
        """A loss limit was touched: the account is locked and made flat."""
        self._report.limit(now, account, rule, reached, level)
        self.permit(now, account, trading=False, by=rule)
        self.flatten(now, account)

    def _move(
        self, now: int, account: Account, order: Order, price: int, size: int
    ) -> tuple[int | None, list[Position]]:
        """Apply a fill to the position; one through flat closes its row and opens another."""
        touched, gained = [], None
        for part in split(account.size(order.contract), size * order.side.sign):
            position = self._position(now, account, order.contract)
            pnl = position.fill(part, price)
            gained = pnl if gained is None else gained
            touched.append(position)
            if not position.size:
                del account.positions[order.contract.id]
        return gained, touched

    def _position(self, now: int, account: Account, contract: Contract) -> Position:
        """What an account holds of a contract, or a row for what it is about to."""
        held = account.positions.get(contract.id)
        if held is None:
            held = Position(next(self._position_ids), account.id, contract, now)
            account.positions[contract.id] = held
        return held


def _tags(request: Request) -> set[str]:
    if not request.tag:
        return set()
    ends = ("", "-SL" if request.stop_loss else "", "-TP" if request.take_profit else "")
    return {request.tag + end for end in ends}

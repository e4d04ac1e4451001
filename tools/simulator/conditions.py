"""What faults change of the exchange's rules; the exchange asks before it decides."""

from collections.abc import Callable
from random import Random
from typing import Protocol

from tools.simulator import checks
from tools.simulator.accounts import Account
from tools.simulator.contracts import Contract
from tools.simulator.faults import Faults
from tools.simulator.orders import Order, OrderType, Request
from tools.simulator.shapes import Shapes

REJECTED = "Order rejected."
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)


class Conditions(Protocol):
    """Asked by the exchange and the matcher; a text refuses."""

    def closed(self, now: int, contract: Contract) -> str | None: ...
    def refuses(self, now: int, account: Account, request: Request) -> str | None: ...
    def refuses_leg(self, now: int, leg: Order) -> str | None: ...

    def opens_legs(self, entry: Order, size: int) -> bool:
        """Whether the legs of `entry` open now that `size` more of it are filled."""

    def splits(self, now: int, order: Order) -> Random | None:
        """The chance by which what is left of an order is filled in parts; None: not."""


class FaultConditions:
    """Conditions by the faults in force, by what the venue is set to, and by `trading`, whether a
    contract is open.
    """

    def __init__(
        self, faults: Faults, shapes: Shapes, trading: Callable[[int, Contract], bool]
    ) -> None:
        self._faults = faults
        self._trading = trading
        self._whole = shapes.brackets == "whole"

    def closed(self, now: int, contract: Contract) -> str | None:
        if not self._trading(now, contract):
            return checks.CLOSED
        return checks.CLOSED if self._faults.hit(now, "market_closed", contract.id) else None

    def refuses(self, now: int, account: Account, request: Request) -> str | None:
        if self._faults.hit(now, "reject_all", account.id):
            return REJECTED
        if request.type in STOPS and self._faults.hit(now, "reject_stop", account.id):
            return REJECTED
        legs = request.stop_loss or request.take_profit
        if legs and self._faults.hit(now, "position_brackets_mode", account.id):
            return checks.POSITION_BRACKETS
        return None

    def refuses_leg(self, now: int, leg: Order) -> str | None:
        if leg.type not in STOPS:
            return None
        struck = self._faults.hit(now, "reject_stop", leg.account, f"order {leg.id}")
        return REJECTED if struck else None

    def opens_legs(self, entry: Order, size: int) -> bool:
        return not entry.left if self._whole else entry.filled == size

    def splits(self, now: int, order: Order) -> Random | None:
        if order.left < 2 or "partial_fills" not in self._faults.active:
            return None
        run = self._faults.hit(now, "partial_fills", order.contract.id, f"order {order.id}")
        return run.rng if run else None

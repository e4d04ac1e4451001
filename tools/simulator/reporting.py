"""Tells every change of the exchange to the journal at once, and to the user hub when it is due."""

from collections.abc import Callable
from fractions import Fraction

from tools.simulator import entities
from tools.simulator.accounts import CENT, Account, Position, Trade, usd
from tools.simulator.agenda import Agenda
from tools.simulator.entities import HUB_DIGITS, Entity
from tools.simulator.journal import Journal, Row
from tools.simulator.orders import Order
from tools.simulator.subscriptions import ACCOUNTS

ADDED, UPDATED, REMOVED = 0, 1, 2
"""Actions seen on the wire; their meaning is inferred (gateway.md 7.4)."""
Tell = Callable[[int, str, int, int, Entity], None]
"""Called with (now, target, account, action, entity)."""


class Reporting:
    """The exchange's Report; position and account events follow a fill by `position_delay` ns."""

    def __init__(self, journal: Journal, agenda: Agenda, tell: Tell, position_delay: int) -> None:
        self._journal = journal
        self._agenda = agenda
        self._tell = tell
        self._position_delay = position_delay

    def order(self, now: int, order: Order, delay: int = 0) -> None:
        row: Row = {
            "ns": now,
            "kind": "order",
            "id": order.id,
            "account": order.account,
            "contract": order.contract.id,
            "status": int(order.status),
            "type": int(order.type),
            "side": int(order.side),
            "size": order.size,
            "filled": order.filled,
        }
        optional = {
            "limit": order.limit,
            "stop": order.stop,
            "tag": order.tag,
            "parent": order.parent,
            "linked": order.linked,
            "reason": order.reason,
        }
        self._journal.add(row | entities.sparse(optional))
        action = UPDATED if order.status.working else REMOVED
        entity = entities.sparse(entities.order(order, HUB_DIGITS))
        self._later(now, delay, "GatewayUserOrder", order.account, action, entity)

    def fill(self, now: int, trade: Trade) -> None:
        self._journal.add(
            {
                "ns": now,
                "kind": "fill",
                "id": trade.id,
                "order": trade.order,
                "account": trade.account,
                "contract": trade.contract.id,
                "side": int(trade.side),
                "size": trade.size,
                "price": trade.price,
                "fees": usd(trade.fees),
                "commissions": usd(trade.commissions),
                "pnl": None if trade.pnl is None else usd(trade.pnl),
            }
        )
        # every field, profitAndLoss even when null (gateway.md 13)
        entity = entities.trade(trade, HUB_DIGITS)
        self._later(now, 0, "GatewayUserTrade", trade.account, ADDED, entity)

    def void(self, now: int, trade: Trade) -> None:
        self._journal.add(
            {
                "ns": now,
                "kind": "void",
                "id": trade.id,
                "order": trade.order,
                "account": trade.account,
                "contract": trade.contract.id,
            }
        )
        entity = entities.trade(trade, HUB_DIGITS)
        self._later(now, 0, "GatewayUserTrade", trade.account, UPDATED, entity)

    def position(self, now: int, position: Position) -> None:
        average = position.average.quantize(entities.NINE).normalize()
        self._journal.add(
            {
                "ns": now,
                "kind": "position",
                "account": position.account,
                "contract": position.contract.id,
                "size": position.size,
                "average": f"{average:f}",
            }
        )
        action = UPDATED if position.size else REMOVED
        entity = entities.position(position, HUB_DIGITS)
        target, delay = "GatewayUserPosition", self._position_delay
        self._later(now, delay, target, position.account, action, entity)

    def account(self, now: int, account: Account) -> None:
        self._journal.add(
            {
                "ns": now,
                "kind": "account",
                "account": account.id,
                "balance": usd(account.balance),
                "can_trade": account.can_trade,
            }
        )
        entity = entities.account(account)
        self._later(now, self._position_delay, ACCOUNTS, account.id, UPDATED, entity)

    def limit(self, now: int, account: Account, rule: str, reached: Fraction, level: int) -> None:
        self._journal.add(
            {
                "ns": now,
                "kind": "limit",
                "account": account.id,
                "rule": rule,
                "reached": usd(round(reached / CENT) * CENT),
                "level": usd(level),
            }
        )

    def _later(
        self, now: int, delay: int, target: str, account: int, action: int, entity: Entity
    ) -> None:
        """Send the entity as it is now, `delay` ns from now."""
        if delay:
            due = now + delay
            self._agenda.add(due, lambda at: self._tell(at, target, account, action, entity))
        else:
            self._tell(now, target, account, action, entity)

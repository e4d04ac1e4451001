"""User events to whoever subscribed to them (gateway.md 7.4), bent by faults on the way."""

from typing import Any

import msgspec

from tools.simulator.agenda import Agenda
from tools.simulator.entities import Entity
from tools.simulator.faults import Faults
from tools.simulator.hub import END, Hubs
from tools.simulator.journal import Journal
from tools.simulator.stamps import MILLISECOND
from tools.simulator.subscriptions import ACCOUNTS, Subscriptions

ORDERS, TRADES = "GatewayUserOrder", "GatewayUserTrade"
FILLED = 2
HELD = 250 * MILLISECOND
"""How long a reordered event waits for a successor."""
IDS = ("id", "accountId", "orderId", "parentOrderId", "linkedOrderId")


class UserEvents:
    """Writes and sends the events of accounts; each one sent is noted in the journal."""

    def __init__(
        self,
        hubs: Hubs,
        subscriptions: Subscriptions,
        faults: Faults,
        agenda: Agenda,
        journal: Journal,
    ) -> None:
        self._hubs = hubs
        self._subscriptions = subscriptions
        self._faults = faults
        self._agenda = agenda
        self._journal = journal
        self._held: dict[int, tuple[str, bytes]] = {}
        """Account -> (target, record) that its next event overtakes."""

    def tell(self, now: int, target: str, account: int, action: int, entity: Entity) -> None:
        """Send one entity as it was when it changed."""
        if not self._faults.active:
            data = _record(target, {"action": action, "data": entity})
            self._send(now, target, account, data)
            return
        hit = self._faults.hit
        if _of_a_fill(target, entity) and hit(now, "drop_fill_events", account, target):
            return
        if hit(now, "string_ids", account, target):
            entity = _with_string_ids(entity)
        bare = hit(now, "bare_events", account, target)
        data = _record(target, entity if bare else {"action": action, "data": entity})
        self._in_turn(now, target, account, data)
        if hit(now, "duplicate_events", account, target):
            self._send(now, target, account, data)

    def _in_turn(self, now: int, target: str, account: int, data: bytes) -> None:
        """Send, and then what was held back; or hold this one back."""
        if account not in self._held and self._faults.hit(now, "reorder_events", account, target):
            self._held[account] = target, data
            held = self._held[account]
            self._agenda.add(now + HELD, lambda at: self._release(at, account, held))
            return
        self._send(now, target, account, data)
        held_back = self._held.get(account)
        if held_back is not None:
            self._release(now, account, held_back)

    def _release(self, now: int, account: int, held: tuple[str, bytes]) -> None:
        if self._held.get(account) is held:
            target, data = self._held.pop(account)
            self._send(now, target, account, data)

    def _send(self, now: int, target: str, account: int, data: bytes) -> None:
        key = "" if target == ACCOUNTS else str(account)
        for connection in self._subscriptions.user.get((target, key), ()):
            if not self._hubs.push(now, connection, data):
                continue
            self._journal.add(
                {
                    "ns": now,
                    "kind": "frame",
                    "connection": connection,
                    "target": target,
                    "key": account,
                    "records": 1,
                    "volume": 0,
                    "bytes": len(data),
                }
            )


def _record(target: str, argument: Any) -> bytes:
    return msgspec.json.encode({"type": 1, "target": target, "arguments": [argument]}) + END


def _of_a_fill(target: str, entity: Entity) -> bool:
    return target == TRADES or (target == ORDERS and bool(entity["fillVolume"]))


def _with_string_ids(entity: Entity) -> Entity:
    return {k: str(v) if k in IDS and v is not None else v for k, v in entity.items()}

"""User events to whoever subscribed to them (gateway.md 7.4), bent by faults on the way."""

from typing import Any, NamedTuple

import msgspec

from tools.simulator.agenda import Agenda
from tools.simulator.entities import Entity
from tools.simulator.faults import Faults
from tools.simulator.hub import END, Hubs
from tools.simulator.journal import Journal
from tools.simulator.shapes import Shapes
from tools.simulator.stamps import MILLISECOND
from tools.simulator.subscriptions import ACCOUNTS, Subscriptions

ORDERS, TRADES = "GatewayUserOrder", "GatewayUserTrade"
FILLED = 2
HELD = 250 * MILLISECOND
"""How long a reordered event waits for a successor."""
IDS = ("id", "accountId", "orderId", "parentOrderId", "linkedOrderId")


class Batch(NamedTuple):
    """Events of one target and instant."""

    target: str
    events: list[Any]


class UserEvents:
    """Writes and sends the events of accounts; each one sent is noted in the journal."""

    def __init__(
        self,
        hubs: Hubs,
        subscriptions: Subscriptions,
        faults: Faults,
        agenda: Agenda,
        journal: Journal,
        shapes: Shapes,
    ) -> None:
        self._hubs = hubs
        self._subscriptions = subscriptions
        self._faults = faults
        self._agenda = agenda
        self._journal = journal
        self._shape = shapes.events
        self._gathered: dict[int, Batch] = {}
        """Account -> its events of this instant and target, where the shape holds several."""
        self._held: dict[int, tuple[str, bytes, int]] = {}
        """Account -> (target, record, number of events) that its next record overtakes."""

    def tell(self, now: int, target: str, account: int, action: int, entity: Entity) -> None:
        """Send one entity as it was when it changed."""
        bare, copies = self._shape == "bare", 1
        if self._faults.active:
            hit = self._faults.hit
            if _of_a_fill(target, entity) and hit(now, "drop_fill_events", account, target):
                return
            if hit(now, "string_ids", account, target):
                entity = _with_string_ids(entity)
            bare = bare or hit(now, "bare_events", account, target) is not None
            copies += hit(now, "duplicate_events", account, target) is not None
        event = entity if bare else {"action": action, "data": entity}
        if self._shape in ("array", "several"):
            self._gather(now, target, account, [event] * copies)
        else:
            first, *more = [_record(target, [event])] * copies
            self._in_turn(now, target, account, first, 1)
            for data in more:
                self._send(now, target, account, data, 1)

    def _gather(self, now: int, target: str, account: int, events: list[Any]) -> None:
        """Keep events until the instant is over, or until one of another target comes."""
        batch = self._gathered.get(account)
        if batch is not None and batch.target != target:
            self._flush(now, account, batch)
            batch = None
        if batch is None:
            fresh = self._gathered[account] = Batch(target, [])
            self._agenda.add(now, lambda at: self._flush(at, account, fresh))
            batch = fresh
        batch.events.extend(events)

    def _flush(self, now: int, account: int, batch: Batch) -> None:
        if self._gathered.get(account) is batch:
            del self._gathered[account]
            arguments = [batch.events] if self._shape == "array" else batch.events
            data = _record(batch.target, arguments)
            self._in_turn(now, batch.target, account, data, len(batch.events))

    def _in_turn(self, now: int, target: str, account: int, data: bytes, number: int) -> None:
        """Send, and then what was held back; or hold this one back."""
        if account not in self._held and self._faults.hit(now, "reorder_events", account, target):
            self._held[account] = target, data, number
            held = self._held[account]
            self._agenda.add(now + HELD, lambda at: self._release(at, account, held))
            return
        self._send(now, target, account, data, number)
        held_back = self._held.get(account)
        if held_back is not None:
            self._release(now, account, held_back)

    def _release(self, now: int, account: int, held: tuple[str, bytes, int]) -> None:
        if self._held.get(account) is held:
            target, data, number = self._held.pop(account)
            self._send(now, target, account, data, number)

    def _send(self, now: int, target: str, account: int, data: bytes, number: int) -> None:
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
                    "records": number,
                    "volume": 0,
                    "bytes": len(data),
                }
            )


def _record(target: str, arguments: list[Any]) -> bytes:
    return msgspec.json.encode({"type": 1, "target": target, "arguments": arguments}) + END


def _of_a_fill(target: str, entity: Entity) -> bool:
    return target == TRADES or (target == ORDERS and bool(entity["fillVolume"]))


def _with_string_ids(entity: Entity) -> Entity:
    return {k: str(v) if k in IDS and v is not None else v for k, v in entity.items()}

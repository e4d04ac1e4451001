"""The ledger of a virtual run: in memory, on a disk that a crash takes the newest writes from."""

from dataclasses import dataclass, field

import msgspec

from config.calendar import trade_date_start
from gateway.ledger.ledger import RECORDED, Answer, LedgerFailed, Request
from gateway.ledger.proof import proven
from messages.base import Message, Money, Nanos
from messages.control import Latch, Latched, Unlatch
from messages.order import (
    Intent,
    IntentUnplaced,
    Order,
    OrderEvent,
    OrdersFound,
    Outcome,
    PlaceOrder,
)
from messages.position import AccountEvent

SYNC_EVERY = 64
"""Writes after which the disk has them for good, as SQLite has after a checkpoint of its log."""


class Entry(msgspec.Struct, frozen=True):
    """One write. `number` ties an answer to its request; 0 for what is neither."""

    at: Nanos
    session: Nanos
    account: str
    message: Message
    number: int = 0


class Disk:
    """Outlives the ledgers on it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.synced = 0
        self.broken = ""
        """Why nothing can be written any more; empty while it can."""

    def write(self, entry: Entry) -> None:
        if self.broken:
            raise LedgerFailed(f"ledger: {self.broken}")
        self.entries.append(entry)
        if len(self.entries) - self.synced >= SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        self.synced = len(self.entries)

    def crash(self) -> None:
        """The power has failed: what was not synced is gone."""
        del self.entries[self.synced :]


@dataclass
class Sent:
    account: str
    intent: Intent
    outcome: Outcome | None = None

    @property
    def open(self) -> bool:
        return self.outcome in (None, Outcome.UNKNOWN)


@dataclass
class State:
    """What the writes of a disk come to."""

    intents: dict[str, Sent] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    balances: dict[tuple[str, Nanos], Money] = field(default_factory=dict)
    latches: dict[tuple[str, str], Latched] = field(default_factory=dict)

    def apply(self, entry: Entry) -> None:
        match entry.message:
            case PlaceOrder(tag=tag) as request:
                self.intents[tag] = Sent(entry.account, Intent(request, entry.at))
                self.tags[entry.number] = tag
            case OrderEvent(order):
                self._prove(order)
            case OrdersFound(orders):
                for order in orders:
                    self._prove(order)
            case IntentUnplaced(tag=tag):
                self._settle(tag, Outcome.REFUSED)
            case AccountEvent(account, received):
                self.balances[entry.account, trade_date_start(received)] = account.balance
            case Latch(code, words):
                self.latches.setdefault((entry.account, code), Latched(code, words, entry.at))
            case Unlatch(code):
                self.latches.pop((entry.account, code), None)
            case message if entry.number in self.tags and hasattr(message, "outcome"):
                self._settle(self.tags[entry.number], message.outcome)
            case _:
                pass

    def _prove(self, order: Order) -> None:
        if order.tag is not None:
            self._settle(order.tag, proven(order))

    def _settle(self, tag: str, outcome: Outcome) -> None:
        sent = self.intents.get(tag)
        if sent is not None and sent.open:
            sent.outcome = outcome


class VirtualLedger:
    """As SqliteLedger, by an independent reading of the same promises."""

    def __init__(self, disk: Disk, account: str, session: Nanos) -> None:
        self._disk = disk
        self._account = account
        self._session = session
        self._state = State()
        for entry in disk.entries:
            self._state.apply(entry)

    def request(self, message: Request, at: Nanos) -> int:
        if isinstance(message, PlaceOrder) and message.tag in self._state.intents:
            raise LedgerFailed(f"ledger: tag {message.tag} has been used")
        number = len(self._disk.entries) + 1
        self._write(message, at, number)
        return number

    def answer(self, number: int, answer: Answer, at: Nanos) -> None:
        self._write(answer, at, number)

    def record(self, message: Message, at: Nanos) -> None:
        if not isinstance(message, RECORDED):
            raise TypeError(f"the ledger does not keep {type(message).__name__}")
        self._write(message, at)

    def unproven(self) -> tuple[Intent, ...]:
        sent = self._state.intents.values()
        return tuple(s.intent for s in sent if s.open and s.account == self._account)

    def latched(self) -> tuple[Latched, ...]:
        latches = self._state.latches.items()
        return tuple(latch for (account, _), latch in latches if account == self._account)

    def high_water(self, before: Nanos) -> Money | None:
        balances = self._state.balances.items()
        known = [b for (a, date), b in balances if a == self._account and date < before]
        return max(known, default=None)

    def close(self) -> None:
        """In order: what was written is written for good."""
        self._disk.sync()

    def _write(self, message: Message, at: Nanos, number: int = 0) -> None:
        entry = Entry(at, self._session, self._account, message, number)
        self._disk.write(entry)
        self._state.apply(entry)

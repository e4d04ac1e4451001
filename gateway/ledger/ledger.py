"""What a ledger does, whatever it is kept on."""

from typing import Protocol, TypeAlias

from messages.base import Message, Money, Nanos
from messages.control import Latch, Latched, Unlatch
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    FillEvent,
    FillsFound,
    Intent,
    IntentUnplaced,
    ModifyOrder,
    ModifyResult,
    OrderEvent,
    OrdersFound,
    PlaceOrder,
    PlaceResult,
)
from messages.position import AccountEvent, DayFigures, RoundTrip

Request: TypeAlias = PlaceOrder | CancelOrder | ModifyOrder | CloseContract
Answer: TypeAlias = PlaceResult | CancelResult | ModifyResult | CloseResult

RECORDED: tuple[type[Message], ...] = (
    OrderEvent,
    OrdersFound,
    FillEvent,
    FillsFound,
    IntentUnplaced,
    AccountEvent,
    DayFigures,
    RoundTrip,
    Latch,
    Unlatch,
)
"""What a ledger keeps beside requests and answers."""


class LedgerFailed(Exception):
    """The ledger cannot be used; the text is for the user. Nothing in it has been deleted."""


class Ledger(Protocol):
    """One account's. Times are ns UTC. Everything raises LedgerFailed where the ledger cannot be
    read or written; what a failed call was to write is then not in it, not even in part.
    """

    def request(self, message: Request, at: Nanos) -> int:
        """Write a request that is about to be sent; its number. A tag is taken once."""

    def answer(self, number: int, answer: Answer, at: Nanos) -> None:
        """Write what came back. What the venue's own word has proven already stays."""

    def record(self, message: Message, at: Nanos) -> None:
        """Keep one of RECORDED. Twice is once. An order that bears an intent's tag proves it."""

    def unproven(self) -> tuple[Intent, ...]:
        """Intents whose outcome was never proven, oldest first."""

    def latched(self) -> tuple[Latched, ...]:
        """The account's latches that stand, oldest first."""

    def high_water(self, before: Nanos) -> Money | None:
        """The highest balance at the end of a trade date that began before `before`; None if none
        is known.
        """

    def close(self) -> None: ...

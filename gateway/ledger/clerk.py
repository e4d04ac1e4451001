"""Who writes into the ledger, the same live and virtual: what is to be done, and said, when it
fails.
"""

from gateway.ledger.ledger import Answer, Ledger, LedgerFailed, Request
from messages.base import Message, Nanos
from messages.control import Alarm, AlarmKind
from messages.order import (
    IntentsFound,
    Outcome,
    PlaceOrder,
    PlaceResult,
    QueryIntents,
)
from messages.position import HighWater, QueryHighWater

NOT_WRITTEN = "ledger"
"""The code of an order that was not sent because its intent could not be written."""
SUBJECT = "ledger"


class Clerk:
    """Never raises: a ledger that fails is told of once, until it works again."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._failed = False

    def intend(self, request: Request, at: Nanos) -> tuple[int, list[Message]]:
        """Write a request that is to be sent: (its number, 0 if it is not written; what to say). An
        entry that is not written is not to be sent, and what is said answers it. A cancel or a
        close is to be sent all the same: nothing may stand between the account and flat, nor make
        it wait for a ledger that has failed.
        """
        entry = isinstance(request, PlaceOrder)
        if self._failed and not entry:
            return 0, []
        try:
            number = self._ledger.request(request, at)
        except LedgerFailed as error:
            said = self._tell(error)
            return 0, [*said, _unwritten(request, error)] if isinstance(
                request, PlaceOrder
            ) else said
        self._failed = False
        return number, []

    def answered(self, number: int, answer: Message, at: Nanos) -> list[Message]:
        if not number or not isinstance(answer, Answer):
            return []
        try:
            self._ledger.answer(number, answer, at)
        except LedgerFailed as error:
            return self._tell(error)
        return []

    def hear(self, message: Message, at: Nanos) -> list[Message]:
        """Keep a message, or answer a question."""
        try:
            match message:
                case QueryHighWater(before):
                    return [HighWater(self._ledger.high_water(before), before)]
                case QueryIntents():
                    return [IntentsFound(self._ledger.unproven())]
                case _:
                    self._ledger.record(message, at)
        except LedgerFailed as error:
            said = self._tell(error)
            # Who waits for it goes on with what the venue tells; entries are halted.
            return [IntentsFound(()), *said] if isinstance(message, QueryIntents) else said
        self._failed = False
        return []

    def _tell(self, error: LedgerFailed) -> list[Message]:
        known, self._failed = self._failed, True
        return [] if known else [Alarm(AlarmKind.LEDGER, SUBJECT, str(error))]


def _unwritten(order: PlaceOrder, error: LedgerFailed) -> PlaceResult:
    words = str(error)
    refused = Outcome.REFUSED
    return PlaceResult(order.contract, order.tag, order.purpose, refused, None, NOT_WRITTEN, words)

"""The ledger's two places among the ports of a virtual session."""

from actors.runtime.ports import Answer, VirtualPort
from gateway.ledger import Clerk
from gateway.ledger.ledger import Request
from messages.base import Message, Nanos
from messages.order import PlaceOrder


class VirtualWriteAhead:
    """As gateway.ledger.WriteAhead: writes the request, has it sent, writes the answer."""

    def __init__(self, inner: VirtualPort, clerk: Clerk) -> None:
        self._inner = inner
        self.clerk = clerk

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        assert isinstance(message, Request), "a mutation"
        number, said = self.clerk.intend(message, now)
        for one in said:
            answer(now, one)
        if not number and isinstance(message, PlaceOrder):
            return

        def answered(at: Nanos, reply: Message) -> None:
            answer(at, reply)
            for one in self.clerk.answered(number, reply, at):
                answer(at, one)

        self._inner.handle(message, now, answered)


class VirtualRecordPort:
    """As gateway.ledger.RecordPort."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        for one in self._clerk.hear(message, now):
            answer(now, one)

"""The ledger's two places among the ports of a live session."""

from collections.abc import Callable, Iterable
from typing import Protocol

from gateway.ledger.clerk import Clerk
from gateway.ledger.ledger import Request
from messages.base import Message, Nanos
from messages.order import PlaceOrder


class Port(Protocol):
    def handle(self, message: Message) -> Iterable[Message]: ...


class WriteAhead:
    """The port for orders: writes the request, has it sent, writes the answer. The worker that
    sends a request has written it first, so an order that reached the venue is always known here.
    """

    def __init__(self, inner: Port, clerk: Clerk, clock: Callable[[], Nanos]) -> None:
        self._inner = inner
        self._clerk = clerk
        self._clock = clock

    def handle(self, message: Message) -> Iterable[Message]:
        assert isinstance(message, Request), "a mutation"
        number, said = self._clerk.intend(message, self._clock())
        yield from said
        if not number and isinstance(message, PlaceOrder):
            return
        for answer in self._inner.handle(message):
            yield answer
            yield from self._clerk.answered(number, answer, self._clock())


class RecordPort:
    """The port for what is kept beside requests, off everybody's path: one worker of its own."""

    def __init__(self, clerk: Clerk, clock: Callable[[], Nanos]) -> None:
        self._clerk = clerk
        self._clock = clock

    def handle(self, message: Message) -> Iterable[Message]:
        return self._clerk.hear(message, self._clock())

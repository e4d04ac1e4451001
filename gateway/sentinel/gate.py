"""The last look before an entry leaves: is somebody there who would close what it opens?"""

from collections.abc import Callable, Iterable
from typing import Protocol

from messages.base import Message
from messages.decision import Denial
from messages.order import Outcome, PlaceOrder, PlaceResult, Purpose

WORDS = "the sentinel has not answered in time: nobody would close it if this process died"


class Port(Protocol):
    def handle(self, message: Message) -> Iterable[Message]: ...


class Gate:
    """Lets entries through on a lease, and everything else always. The risk room has asked the same
    before; between its verdict and the request a process may have been stopped for hours.
    """

    def __init__(self, inner: Port, leased: Callable[[], bool]) -> None:
        self._inner = inner
        self._leased = leased

    def handle(self, message: Message) -> Iterable[Message]:
        if not isinstance(message, PlaceOrder) or message.purpose is not Purpose.ENTRY:
            return self._inner.handle(message)
        if self._leased():
            return self._inner.handle(message)
        entry, refused = (message.contract, message.tag, message.purpose), Outcome.REFUSED
        return [PlaceResult(*entry, refused, None, Denial.LEASE, WORDS)]

"""What actors may ask of the world outside, as protocols; the gateway and the test harness
implement them.

A port sits at an address of its own: a request is an ordinary message routed to it, and its answers
are ordinary messages caused by the request. So no actor blocks, no room imports the gateway, and
requests and answers are in the trace like everything else (docs/decisions/0001).
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from messages.base import Message, Nanos


class Port(Protocol):
    """Answers requests on worker threads: it may block, it must not raise."""

    def handle(self, message: Message) -> Iterable[Message]: ...


Answer = Callable[[Nanos, Message], None]
"""(at, message): deliver an answer at that instant of virtual time."""


class VirtualPort(Protocol):
    """Answers requests in virtual time: it never blocks, its answers come when it says."""

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None: ...

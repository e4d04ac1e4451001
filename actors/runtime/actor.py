"""The base of every actor: a pykka.ThreadingActor, run by Pykka's own loop, on a mailbox that
outlives it.

Two of Pykka's seams are used that are not in its documentation: the inbox and the reference are
replaced after construction, and an inbox that always calls itself empty keeps the teardown from
discarding what waits. Both are covered by the runtime's conformance tests; Pykka's version is
pinned.
"""

from types import TracebackType
from typing import Any

import pykka

from actors.runtime.behaviour import Behaviour
from actors.runtime.context import Context, Crash
from actors.runtime.delivery import Delivery
from actors.runtime.mailbox import Fenced
from messages.control import Ping, Pong


class _Envelope:
    """What Pykka's loop expects from an inbox."""

    __slots__ = ("message", "reply_to")

    def __init__(self, message: object) -> None:
        self.message = message
        self.reply_to: Any = None


class _Fence:
    """Tells a replaced actor to leave its loop."""


class _Inbox:
    """Pykka's view of the mailbox: blocks for deliveries, lets Pykka's own stop message through, is
    never empty of the successor's messages.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stop: Any = None

    def put(self, envelope: Any) -> None:
        """Pykka's own messages (stop): they end this generation, whatever waits in the mailbox."""
        self._stop = envelope
        self._context.mailbox.fence()

    def get(self) -> Any:
        try:
            return _Envelope(self._context.mailbox.take(self._context.generation))
        except Fenced:
            return _Envelope(_Fence()) if self._stop is None else self._stop

    def empty(self) -> bool:
        return True


class Actor(Behaviour, pykka.ThreadingActor):
    """A room's shell: unwraps a message, calls the room's core, sends what comes out."""

    use_daemon_thread = True

    def __init__(self, context: Context) -> None:
        Behaviour.__init__(self, context)
        pykka.ThreadingActor.__init__(self)
        self.actor_inbox = _Inbox(context)
        self._actor_ref = pykka.ActorRef(self)

    def on_ping(self, ping: Ping) -> None:
        self.publish(Pong(self.context.address, ping.number))

    def on_start(self) -> None:
        # Pykka neither reports an exception from here nor calls on_failure.
        try:
            self.begin()
        except Exception as error:
            self.context.failed(error)
            raise
        except BaseException as error:
            self.context.failed(error)
            raise Crash(repr(error)) from error

    def on_receive(self, message: Any) -> None:
        if isinstance(message, Delivery):
            self.receive(message)
        elif isinstance(message, _Fence):
            pykka.ActorRegistry.unregister(self.actor_ref)
            self.actor_stopped.set()
        else:
            raise TypeError(
                f"{self.context.address} was sent {type(message).__name__} past the wiring"
            )

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exception_value is not None:
            self.context.failed(exception_value)

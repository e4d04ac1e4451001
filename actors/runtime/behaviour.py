"""Handlers found by message type when the class is made."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, get_type_hints

from actors.runtime.context import Context, Timer
from actors.runtime.delivery import Delivery
from actors.runtime.effect import After, Effect
from messages.base import Message, Nanos


class Behaviour:
    """Something that handles messages: an actor, or the supervisor.

    A method `def on_quote(self, quote: Quote) -> None` handles Quote; two handlers of one type are
    a TypeError when the class is made.
    """

    handlers: ClassVar[dict[type[Message], str]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        table = dict(cls.handlers)
        for name, method in vars(cls).items():
            if not name.startswith("on_") or not callable(method):
                continue
            hints = get_type_hints(method)
            hints.pop("return", None)
            kinds = [k for k in hints.values() if isinstance(k, type) and issubclass(k, Message)]
            if len(hints) != 1 or len(kinds) != 1:
                continue  # Pykka's own hooks begin with on_ too
            if table.setdefault(kinds[0], name) != name:
                raise TypeError(f"{cls.__name__} handles {kinds[0].__name__} twice")
        cls.handlers = table

    def __init__(self, context: Context) -> None:
        self.context = context
        self._table: dict[type[Message], Callable[[Any], None]] = {
            kind: getattr(self, name) for kind, name in self.handlers.items()
        }

    @property
    def now(self) -> Nanos:
        """The start of the present handling: one clock reading per message."""
        return self.context.now

    def publish(self, message: Message) -> None:
        self.context.publish(message)

    def after(self, delay: Nanos, message: Message) -> Timer:
        return self.context.after(delay, message)

    def perform(self, effects: Iterable[Effect]) -> None:
        """Do what a core has asked for, in its order."""
        for effect in effects:
            if isinstance(effect, After):
                self.after(effect.delay, effect.message)
            else:
                self.publish(effect)

    def begin(self) -> None:
        """Called once, in the actor's own thread, before its first message."""

    def receive(self, delivery: Delivery) -> None:
        self.context.handle(delivery, self._table[type(delivery.message)])

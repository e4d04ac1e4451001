"""Who is put at the address of an actor that has been given up."""

from actors.runtime.actor import Actor
from actors.runtime.delivery import Delivery


class Nobody(Exception):
    """The actor at this address has been given up."""


class Grave(Actor):
    """Every message that was waiting or still comes is a dead letter, and counted as one."""

    def receive(self, delivery: Delivery) -> None:
        try:
            self.context.handle(delivery, self._refuse)
        except Nobody:
            return

    def _refuse(self, message: object) -> None:
        raise Nobody(self.context.address)

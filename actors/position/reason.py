"""Why a position was closed, from the order that closed it and from what the order room was
about.
"""

from messages.order import Order, OrderType, Phase
from messages.position import ExitReason

FLATTENING = "flatten"
"""How the order room begins its reason when it exits for the supervisor."""


def exit_reason(order: Order | None, phase: Phase, words: str) -> ExitReason:
    """`order` is the one that filled, None where the hub never told of it."""
    bracket = order is not None and (order.parent is not None or order.tag is not None)
    if order is not None and bracket and order.type in (OrderType.STOP, OrderType.TRAILING_STOP):
        return ExitReason.STOP
    if order is not None and bracket and order.type is OrderType.LIMIT:
        return ExitReason.TARGET
    if phase is not Phase.EXITING:
        return ExitReason.OUTSIDE
    return ExitReason.FLATTEN if words.startswith(FLATTENING) else ExitReason.EXIT

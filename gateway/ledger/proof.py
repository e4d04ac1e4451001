"""What the venue's own word on an order proves of the intent whose tag it bears."""

from messages.order import Order, OrderStatus, Outcome


def proven(order: Order) -> Outcome:
    """An order that is there was accepted, whatever has become of it since."""
    return Outcome.REFUSED if order.status is OrderStatus.REJECTED else Outcome.ACCEPTED

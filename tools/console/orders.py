"""Orders as the tools read and show them."""

from messages.order import Order, OrdersFound, QueryOrders
from tools.console.desk import Desk
from tools.console.printing import Row, moment, price


def working(desk: Desk) -> list[Order]:
    """What can still fill, suspended bracket legs too."""
    return [order for order in desk.ask(QueryOrders(), OrdersFound).orders if order.status.working]


def row(desk: Desk, order: Order) -> Row:
    traded = desk.instruments[order.contract]
    return {
        "id": order.id,
        "created": moment(order.created),
        "contract": traded.name,
        "side": order.side.name.lower(),
        "size": order.size,
        "filled": order.filled,
        "type": order.type.value,
        "limit": price(traded, order.limit),
        "stop": price(traded, order.stop),
        "status": order.status.value,
        "tag": order.tag,
    }

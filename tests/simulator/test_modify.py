"""What an order may not be modified into; a refusal (code 3) leaves it as it was."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

ACCOUNT = 48_120_077
MARGIN = "Not enough margin."
OUTSIDE = "Invalid price. Price is outside allowed range."


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"size": 51}, MARGIN),
        ({"size": 51, "limitPrice": 6780.0}, MARGIN),
        ({"size": -1}, "Invalid order size (-1)"),
        ({"limitPrice": 0.0}, OUTSIDE),
        ({"limitPrice": -6790.0}, OUTSIDE),
    ],
)
def test_a_refused_change_changes_nothing(
    session: "Session", change: dict[str, Any], text: str
) -> None:
    order = session.place(type=1, limitPrice=6790.0, size=2)["orderId"]
    session.run(50)
    before = session.order(order)
    answer = session.post("Order/modify", accountId=ACCOUNT, orderId=order, **change)
    assert (answer["errorCode"], answer["errorMessage"]) == (3, text)
    assert session.order(order) == before


def test_an_order_grows_up_to_the_position_limit(session: "Session") -> None:
    session.place(size=10)
    order = session.place(type=1, limitPrice=6790.0, size=2)["orderId"]
    session.run(100)
    grow = {"accountId": ACCOUNT, "orderId": order}
    assert session.post("Order/modify", **grow, size=41)["errorMessage"] == MARGIN
    assert session.post("Order/modify", **grow, size=40)["success"]
    assert session.order(order)["size"] == 40


def test_an_order_over_the_limit_by_a_fill_elsewhere_can_still_shrink(session: "Session") -> None:
    order = session.place(type=1, limitPrice=6790.0, size=50)["orderId"]
    session.run(50)
    session.sim("faults", name="external_order")
    session.run(100)
    grow = {"accountId": ACCOUNT, "orderId": order}
    assert session.post("Order/modify", **grow, size=50)["success"]
    assert session.post("Order/modify", **grow, size=49)["success"]

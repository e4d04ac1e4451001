"""The captured life of brackets (gateway.md 5.3)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tools.simulator.market import SELL
from tools.simulator.stamps import MILLISECOND

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


def legs(session: "Session", entry: int) -> tuple[int, int]:
    rows = session.post("Order/v2/query", filter={"accountId": ACCOUNT})["orders"]
    stop, target = (row["id"] for row in rows if row["parentOrderId"] == entry)
    return stop, target


def opened(session: "Session", **body: object) -> tuple[int, int, int]:
    """A filled entry with both legs working: entry, stop, target."""
    entry = session.bracketed(**body)  # type: ignore[arg-type]  # free keywords of a place body
    stop, target = legs(session, entry)
    session.until(lambda: bool(session.rows("order", id=stop, status=1)))
    return entry, stop, target


def test_ids_tags_and_links_are_as_captured(session: "Session") -> None:
    entry = session.bracketed(size=2, customTag="bot-a1")
    stop, target = session.order(entry + 1), session.order(entry + 2)
    assert [stop["status"], target["status"]] == [8, 8]
    assert [stop["customTag"], target["customTag"]] == ["bot-a1-SL", "bot-a1-TP"]
    assert [stop["parentOrderId"], target["parentOrderId"]] == [entry, entry]
    assert [stop["linkedOrderId"], target["linkedOrderId"]] == [None, entry + 1]
    assert [stop["stopPrice"], target["limitPrice"]] == [None, None]
    assert [stop["size"], stop["side"], stop["type"], target["type"]] == [2, 1, 4, 1]
    assert [stop["trailDistance"], stop["trailPrice"]] == [-20, -5.0]
    created = {session.order(entry + i)["creationTimestamp"] for i in range(3)}
    assert len(created) == 1


def test_rows_appear_stop_entry_target_and_open_target_first(session: "Session") -> None:
    entry, stop, target = opened(session)
    first = [(row["id"], row["status"]) for row in session.rows("order")[:3]]
    assert first == [(stop, 8), (entry, 6), (target, 8)]
    last = [(row["id"], row["status"]) for row in session.rows("order")[-2:]]
    assert last == [(target, 1), (stop, 1)]


@pytest.mark.parametrize(
    ("side", "stop", "target", "expected"),
    [(0, -20, 40, (27181, 27241)), (1, 20, -40, (27220, 27160))],
)
def test_legs_open_18_to_30_ms_after_the_fill_at_signed_distances_from_it(
    session: "Session", side: int, stop: int, target: int, expected: tuple[int, int]
) -> None:
    for _ in range(12):
        entry, _, _ = opened(session, side=side, stop=stop, target=target)
        (fill,) = session.rows("fill", order=entry)
        rows = session.rows("order", parent=entry, status=1)
        assert {18 <= (row["ns"] - fill["ns"]) / MILLISECOND <= 30 for row in rows} == {True}
        assert (rows[1]["stop"], rows[0]["limit"]) == expected


def test_suspended_legs_are_hidden_from_search_open_but_not_from_the_query(
    session: "Session",
) -> None:
    session.bracketed(type=1, limitPrice=6790.0)
    session.run(100)
    shown = session.post("Order/searchOpen", accountId=ACCOUNT)["orders"]
    assert [row["status"] for row in shown] == [1]
    query = session.post("Order/v2/query", filter={"accountId": ACCOUNT, "statuses": [8]})
    assert len(query["orders"]) == 2


@pytest.mark.parametrize(("price", "winner"), [(27241, "target"), (27181, "stop")])
def test_one_leg_filled_cancels_the_other_10_to_15_ms_later(
    session: "Session", price: int, winner: str
) -> None:
    _, stop, target = opened(session)
    session.quote(price, price + 1)
    session.trade(price)
    session.run(70)
    won, lost = (target, stop) if winner == "target" else (stop, target)
    (fill,) = session.rows("fill", order=won)
    (gone,) = session.rows("order", id=lost, status=3)
    assert 10 <= (gone["ns"] - fill["ns"]) / MILLISECOND <= 15
    assert session.position() == 0


def test_both_legs_may_fill_when_the_market_is_faster_than_the_cancel(session: "Session") -> None:
    _, stop, target = opened(session)
    session.quote(27241, 27242)  # fills the target
    session.trade(27170, side=SELL)  # 1 ms later: triggers the stop
    session.run(100)
    assert [session.order(n)["status"] for n in (stop, target)] == [2, 2]
    assert session.position() == -1


def test_closing_the_position_leaves_the_legs_working(session: "Session") -> None:
    _, stop, target = opened(session)
    session.post("Position/closeContract", accountId=ACCOUNT, contractId=MES)
    session.run(200)
    assert session.position() == 0
    assert [session.order(n)["status"] for n in (stop, target)] == [1, 1]


def test_cancelling_an_unfilled_entry_cancels_its_legs_after_it(session: "Session") -> None:
    entry = session.bracketed(type=1, limitPrice=6790.0)
    session.run(50)
    session.post("Order/cancel", accountId=ACCOUNT, orderId=entry)
    gone = [row["id"] for row in session.rows("order", status=3)]
    assert gone == [entry, entry + 1, entry + 2]


def test_cancelling_one_leg_leaves_the_other(session: "Session") -> None:
    _, stop, target = opened(session)
    session.post("Order/cancel", accountId=ACCOUNT, orderId=target)
    session.run(100)
    assert [session.order(n)["status"] for n in (stop, target)] == [1, 3]


def test_legs_grow_with_a_partly_filled_entry(session: "Session") -> None:
    entry = session.bracketed(type=1, size=3, limitPrice=6799.25)
    session.run(45)
    session.trade(27197, size=12, side=SELL)  # 10 displayed before it
    session.run(40)
    assert session.order(entry + 1)["size"] == 2
    session.trade(27197, size=5, side=SELL)
    assert session.order(entry + 1)["size"] == 3


def test_a_part_fill_of_one_leg_takes_as_much_off_the_other(session: "Session") -> None:
    _, stop, target = opened(session, size=3)
    session.quote(27230, 27240)
    session.trade(27241, size=1, side=1)
    session.run(30)
    assert session.order(target)["fillVolume"] == 1
    assert (session.order(stop)["size"], session.order(stop)["status"]) == (2, 1)
    session.trade(27241, size=2, side=1)
    session.run(30)
    assert (session.order(stop)["status"], session.position()) == (3, 0)


def test_a_leg_can_be_moved_without_touching_the_other(session: "Session") -> None:
    _, stop, target = opened(session)
    assert session.post("Order/modify", accountId=ACCOUNT, orderId=stop, stopPrice=6799.0)[
        "success"
    ]
    assert session.order(stop)["stopPrice"] == 6799.0
    assert session.order(target)["limitPrice"] == 6810.25


def test_a_suspended_leg_cannot_be_modified(session: "Session") -> None:
    entry = session.bracketed(type=1, limitPrice=6790.0)
    answer = session.post("Order/modify", accountId=ACCOUNT, orderId=entry + 1, stopPrice=6700.0)
    assert answer["errorCode"] == 3


def test_one_bracket_alone_is_accepted(session: "Session") -> None:
    entry = session.place(stopLossBracket={"ticks": -8, "type": 4})["orderId"]
    session.run(80)
    assert session.order(entry + 1)["status"] == 1
    answer = session.post("Order/searchById", accountId=ACCOUNT, orderId=entry + 2)
    assert answer["errorCode"] == 1


def test_without_auto_oco_brackets_are_rejected_with_the_literal(
    make: "Callable[..., Session]",
) -> None:
    session = make(mode="position_brackets")
    answer = session.place(stopLossBracket={"ticks": -8, "type": 4}, customTag="t")
    assert answer["errorCode"] == 2
    assert answer["errorMessage"] == (
        "Brackets cannot be used with Position Brackets. You must enable Auto OCO Brackets."
    )
    assert session.order(answer["orderId"])["status"] == 5

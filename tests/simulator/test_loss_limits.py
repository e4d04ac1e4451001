"""The loss limits of gateway.md 10. One MES tick of ten contracts is 12.50 USD, their fees 6.10."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.account_config import AccountConfig
from tools.simulator.hours import next_trade_date
from tools.simulator.market import SELL
from tools.simulator.stamps import iso, ns_of
from tools.simulator.venue import VenueConfig

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077
HOUR_MS = 3_600_000
LEGS = {
    "stopLossBracket": {"ticks": -200, "type": 4},
    "takeProfitBracket": {"ticks": 200, "type": 1},
}


def locked(session: "Session") -> list[str]:
    found: list[str] = session.sim_state()["accounts"][0]["locks"]
    return found


def floor(session: "Session") -> str:
    found: str = session.sim_state()["accounts"][0]["floor"]
    return found


def earn(session: "Session", ticks: int) -> None:
    """Ten contracts bought and sold `ticks` higher: 12.50 a tick less 12.20 of fees."""
    session.quote(27200, 27201)
    session.place(size=10)
    session.run(60)
    session.quote(27201 + ticks, 27202 + ticks)
    session.place(side=1, size=10)
    session.run(60)


@pytest.mark.parametrize(("rule", "amount", "ends"), [
    ("max_loss", 561, True), ("max_loss", 562, False),
    ("daily_loss", 561, True), ("daily_loss", 562, False),
])  # fmt: skip
def test_a_touch_is_enough_and_fees_count(
    make: "Callable[..., Session]", rule: str, amount: int, ends: bool
) -> None:
    session = make(max_position=100, **{rule: amount})
    session.place(size=100)  # 500 below the last price, and 61 of fees
    session.run(60)
    assert locked(session) == ([rule] if ends else [])
    session.run(60)
    assert session.position() == (0 if ends else 100)


def test_an_open_loss_ends_the_account_for_good(make: "Callable[..., Session]") -> None:
    session = make(max_loss=100)
    session.place(size=10, **LEGS)
    resting = session.place(type=1, limitPrice=6700.0)["orderId"]
    session.run(100)
    user = session.connect("user")
    session.invoke(user, "SubscribeAccounts")
    session.trade(27194, side=SELL)  # 87.50 and the fees: 6.40 left
    assert locked(session) == []
    session.trade(27193, side=SELL)
    (row,) = session.rows("limit")
    assert (row["rule"], row["reached"], row["level"]) == ("max_loss", "49893.90", "49900.00")
    touched = session.now
    assert session.post("Order/searchOpen", accountId=ACCOUNT)["orders"] == []
    assert session.order(resting)["status"] == 3
    session.run(60)
    assert session.position() == 0
    (first, *_), *_ = session.events(user, "GatewayUserAccount")
    assert first["data"]["canTrade"] is False
    closing = session.rows("fill")[-1]
    assert (closing["side"], closing["size"]) == (1, 10)
    assert touched < closing["ns"]
    session.run(9 * HOUR_MS)  # past 17:00 in Chicago
    assert session.place()["errorCode"] == 4
    assert session.post("Account/search", onlyActiveAccounts=True)["accounts"] == []


def test_a_daily_loss_blocks_until_17_00_in_chicago(make: "Callable[..., Session]") -> None:
    session = make(daily_loss=100)
    session.place(size=10)
    session.run(60)
    session.trade(27193, side=SELL)
    (row,) = session.rows("limit")
    assert (row["rule"], row["reached"], row["level"]) == ("daily_loss", "-106.10", "-100.00")
    session.run(60)
    assert (session.position(), session.place()["errorCode"]) == (0, 4)
    session.run(8 * HOUR_MS - 1_000 - session.now // 1_000_000 % 1_000)
    user = session.connect("user")
    session.invoke(user, "SubscribeAccounts")
    assert session.place()["errorCode"] == 4
    session.run(1_010)  # an account event comes 4 ms late
    ((event,),) = session.events(user, "GatewayUserAccount")
    assert event["data"]["canTrade"] is True
    assert iso(session.rows("account")[-1]["ns"]) == "2026-11-20T23:00:00+00:00"
    assert session.place()["success"]


def test_a_new_trade_date_starts_from_its_own_balance(make: "Callable[..., Session]") -> None:
    session = make(daily_loss=100)
    earn(session, -6)  # 87.20 lost
    session.run(8 * HOUR_MS)
    earn(session, -6)
    assert locked(session) == []
    earn(session, -6)
    assert locked(session) == ["daily_loss"]


def test_the_floor_trails_the_end_of_day_and_stops_at_the_start(
    make: "Callable[..., Session]",
) -> None:
    session = make(max_loss=1000)
    assert floor(session) == "49000.00"
    earn(session, 40)  # 487.80 won
    assert floor(session) == "49000.00"  # not before the day ends
    session.run(24 * HOUR_MS)
    assert floor(session) == "49487.80"
    login = {"userName": "demo", "apiKey": "demo"}
    session.token = session.post("Auth/loginKey", **login)["token"]
    earn(session, -10)
    session.run(3 * 24 * HOUR_MS)
    assert floor(session) == "49487.80"  # it never falls
    session.token = session.post("Auth/loginKey", **login)["token"]
    earn(session, 100)
    session.run(24 * HOUR_MS)
    assert floor(session) == "50000.00"


def test_what_still_fills_when_a_limit_is_touched_is_closed_too(
    make: "Callable[..., Session]",
) -> None:
    session = make(max_loss=100)
    session.place(size=10)
    session.run(60)
    session.place(size=3, **LEGS)
    session.trade(27190, side=SELL)
    session.post("Position/closeContract", accountId=ACCOUNT, contractId=MES)  # at the same time
    session.run(200)
    assert session.position() == 0
    assert session.sim_state()["accounts"][0]["orders"] == []


@pytest.mark.parametrize("crossed", [False, True])
def test_an_order_cancelled_by_a_fill_before_it_does_not_fill(
    make: "Callable[..., Session]", crossed: bool
) -> None:
    session = make(max_loss=6)
    first, second = (
        session.place(type=1, size=10, limitPrice=price)["orderId"] for price in (6799.0, 6798.75)
    )
    session.run(60)
    session.trade(27196, side=SELL)  # does not get through the queue
    if crossed:
        session.quote(27188, 27189)
    else:
        session.trade(27190, side=SELL)
    assert session.rows("limit")[0]["rule"] == "max_loss"  # the fees of the first are enough
    assert [row["order"] for row in session.rows("fill")] == [first]
    assert session.order(second)["status"] == 3
    session.run(60)
    assert session.position() == 0


def test_a_lockout_that_ends_leaves_the_limit_in_force(make: "Callable[..., Session]") -> None:
    session = make(max_loss=100)
    session.sim("faults", name="lockout")
    session.venue._exchange.permit(session.now, session.venue._exchange.accounts[ACCOUNT],
                                   trading=False, by="max_loss")  # fmt: skip
    session.sim("faults", name="lockout", stop=True)
    assert session.place()["errorCode"] == 4


class TestTwoAccounts:
    @pytest.fixture
    def config(self) -> VenueConfig:
        accounts = (AccountConfig(id=1, max_loss=100), AccountConfig(id=2))
        return VenueConfig(listings=(), preroll=0, accounts=accounts)

    def test_the_limits_of_one_leave_the_other_alone(self, session: "Session") -> None:
        header: Any = session.journal.rows[0]["accounts"]
        assert [row.get("max_loss") for row in header] == ["100.00", None]
        for account in (1, 2):
            session.place(accountId=account, size=10)
        session.run(60)
        session.trade(27100, side=SELL)
        session.run(60)
        one, two = session.sim_state()["accounts"]
        assert (one["positions"], one["can_trade"]) == ([], False)
        assert (two["positions"][0]["size"], two["can_trade"]) == (10, True)


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-11-20T22:59:59", "2026-11-20T23:00:00"),  # Friday, CST
        ("2026-11-20T23:00:00", "2026-11-23T23:00:00"),  # Monday's began
        ("2026-03-06T23:00:00", "2026-03-09T22:00:00"),  # clocks go forward on the Sunday
        ("2026-10-30T22:00:00", "2026-11-02T23:00:00"),  # and back
    ],
)
def test_trade_dates_begin_at_17_00_chicago_on_both_clock_changes(now: str, begins: str) -> None:
    at = ns_of(datetime.fromisoformat(now))
    assert iso(next_trade_date(at)) == f"{begins}+00:00"

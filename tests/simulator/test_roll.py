"""A venue over the roll: MES from December 2026 to March 2027 on 2026-12-09, 16:30 CST."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tools.simulator import contracts
from tools.simulator.account_config import AccountConfig
from tools.simulator.generator import Generator
from tools.simulator.journal import MemoryJournal
from tools.simulator.market import BUY, SELL, Level
from tools.simulator.stamps import MILLISECOND, SECOND, iso, ns_of
from tools.simulator.venue import Listing, Venue, VenueConfig

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

OLD, NEW = "CON.F.US.MES.Z26", "CON.F.US.MES.H27"
ACCOUNT = 48_120_077
ROLL = ns_of(datetime.fromisoformat("2026-12-09T22:30:00"))
DAY = {"startTime": "2026-11-01T00:00:00Z", "endTime": "2026-12-20T00:00:00Z"}
Calendar = Literal["always", "cme"]
At = Callable[..., "Session"]


@pytest.fixture
def at(build_at: "Callable[..., Session]") -> At:
    """A session of a venue that opens some ms before the roll."""

    def begin(ms: int, calendar: Calendar = "always") -> "Session":
        config = VenueConfig(listings=(), preroll=0, calendar=calendar)
        return build_at(config, ROLL - ms * MILLISECOND)

    return begin


def bars(session: "Session", contract: str, unit: int) -> list[Any]:
    found: list[Any] = session.post(
        "History/retrieveBars", contractId=contract, live=False, unit=unit, unitNumber=1,
        limit=100, includePartialBar=True, **DAY,
    )["bars"]  # fmt: skip
    return found


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-12-09T22:29:59", date(2026, 12, 9)),
        ("2026-12-09T22:30:00", date(2026, 12, 10)),
        ("2026-12-10T05:59:59", date(2026, 12, 10)),
        ("2026-12-10T06:00:00", date(2026, 12, 10)),  # midnight in Chicago
        ("2026-06-10T21:29:59", date(2026, 6, 10)),  # daylight saving
        ("2026-06-10T21:30:00", date(2026, 6, 11)),
    ],
)
def test_months_change_at_16_30_chicago(now: str, day: date) -> None:
    assert contracts.day(ns_of(datetime.fromisoformat(now))) == day


def test_the_new_month_is_the_one_to_trade(at: At) -> None:
    session = at(1000)
    assert session.place()["success"]
    session.run(2000)
    assert session.place(contractId=OLD)["errorCode"] == 9
    body = {"accountId": ACCOUNT, "contractId": OLD}
    assert session.post("Position/closeContract", **body)["errorCode"] == 4
    assert session.post("Position/partialCloseContract", **body, size=1)["errorCode"] == 4
    found = session.post("Contract/search", searchText="MES", live=False)["contracts"]
    assert [row["id"] for row in found] == [NEW]
    listed = session.post("Contract/available", live=False)["contracts"]
    assert len(listed) == 51
    assert {row["id"] for row in listed if "MES." in row["id"]} == {NEW}
    old = session.post("Contract/searchById", contractId=OLD)["contract"]
    assert (old["id"], old["activeContract"]) == (OLD, False)
    session.contract = NEW
    order = session.place(customTag="new", stopLossBracket={"ticks": -20, "type": 4})["orderId"]
    session.run(100)
    assert session.order(order)["status"] == 2
    assert session.order(order + 1)["status"] == 1


def test_the_market_moves_on_with_its_prices(at: At) -> None:
    session = at(1000)
    session.trade(27210)
    session.level(BUY, 27200, 44)
    market = session.connect("market")
    for contract in (OLD, NEW):
        session.invoke(market, "SubscribeContractTrades", contract)
        session.invoke(market, "SubscribeContractMarketDepth", contract)
    before = len(session.events(market, "GatewayDepth"))
    session.run(2000)
    session.contract = NEW
    session.market(Level(session.now + MILLISECOND, SELL, 27201, 33))
    session.trade(27215)
    assert [contract for contract, _ in session.events(market, "GatewayTrade")] == [NEW]
    whole, *later = session.events(market, "GatewayDepth")[before:]
    assert whole[0] == NEW
    shown = {(e["type"], e["price"]): e["volume"] for e in whole[1] if e and e["type"] != 6}
    assert 44 in shown.values()
    assert 33 in shown.values()
    assert later == []
    state = session.sim_state()["markets"]
    assert (state[OLD]["last"], state[NEW]["last"]) == (27210, 27215)
    assert [row["contract"] for row in session.rows("quote", bid=27200)][-1] == NEW


def test_orders_and_positions_of_the_old_month_end(at: At) -> None:
    session = at(1000)
    entry = session.bracketed(size=2)
    resting = session.place(type=1, limitPrice=6700.0)["orderId"]
    session.run(995)
    assert session.position() == 2
    session.run(100)
    assert session.position() == 0
    assert [session.order(n)["status"] for n in (entry + 1, entry + 2, resting)] == [3, 3, 3]
    assert session.rows("fill")[-1]["contract"] == OLD


def test_an_expired_month_serves_hours_and_days_but_no_minutes(at: At) -> None:
    session = at(120_000)
    session.trade(27210)
    session.run(60_000)
    session.trade(27220)
    assert len(bars(session, OLD, 2)) == 2
    session.run(61_000)
    assert [len(bars(session, OLD, unit)) for unit in (1, 2, 3, 4, 5, 6)] == [0, 0, 1, 1, 1, 1]
    assert [bar["c"] for bar in bars(session, NEW, 2)] == [6805.0, 6802.5]
    session.contract = NEW
    session.trade(27230)
    assert bars(session, NEW, 4)[0]["c"] == 6807.5
    assert bars(session, OLD, 4)[0]["c"] == 6805.0  # its bars are its own


def test_with_hours_the_new_market_opens_at_17_00(at: At) -> None:
    session = at(1000, "cme")
    session.run(31 * 60_000)
    opened = iso(session.rows("session", contract=NEW, data=True)[0]["ns"])
    assert opened == "2026-12-09T23:00:00+00:00"
    assert session.rows("session", contract=OLD, trading=True) == []
    session.contract = NEW
    session.quote(27200, 27201)
    assert session.place()["success"]
    session.run(60)
    assert session.position() == 1


def test_limits_watch_the_new_month(build_at: "Callable[..., Session]") -> None:
    config = VenueConfig(listings=(), preroll=0, accounts=(AccountConfig(max_loss=100),))
    session = build_at(config, ROLL - SECOND)
    session.run(2000)
    session.contract = NEW
    session.place(size=10)
    session.run(60)
    session.trade(27100, side=SELL)
    assert session.rows("limit")[0]["rule"] == "max_loss"


def test_both_months_listed_keep_their_own_markets() -> None:
    journal = MemoryJournal()
    listings = (Listing(OLD, Generator(1)), Listing(NEW, Generator(2)))
    venue = Venue(VenueConfig(listings, preroll=0), ROLL - SECOND, journal)
    venue.advance(ROLL + 10 * SECOND)
    late = {row["contract"] for row in journal.rows if row["ns"] > ROLL + 5 * SECOND}
    assert late == {OLD, NEW}


def test_the_same_seed_rolls_the_same_way() -> None:
    def rows() -> list[Any]:
        journal = MemoryJournal()
        config = VenueConfig((Listing(OLD, Generator(1)),), preroll=0, calendar="cme")
        venue = Venue(replace(config, seed=4), ROLL - 31 * 60 * SECOND, journal)
        venue.advance(ROLL + 31 * 60 * SECOND)
        return journal.rows

    one = rows()
    assert [row["to"] for row in one if row["kind"] == "roll"] == [NEW]
    assert one[-1]["contract"] == NEW
    assert one == rows()

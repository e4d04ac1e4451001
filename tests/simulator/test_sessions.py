"""The trading day with the calendar cme: what is open when, and what a client sees of it.

Chicago is five hours behind UTC until 2026-11-01 and from 2026-03-08, else six.
"""

from collections.abc import Callable
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator import hours
from tools.simulator.contracts import BY_ROOT, CLOSE, Product
from tools.simulator.generator import Generator
from tools.simulator.journal import MemoryJournal
from tools.simulator.market import SELL, MarketEvent, Print
from tools.simulator.orders import Request
from tools.simulator.stamps import SECOND, iso, ns_of
from tools.simulator.venue import Listing, Venue, VenueConfig

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES, CORN = "CON.F.US.MES.Z26", "CON.F.US.ZCE.Z26"
ACCOUNT = 48_120_077
CLOSED = "Trading is currently unavailable. The instrument is not in an active trading status."
MINUTE_MS = 60_000
INDEX, GRAINS, LIVESTOCK = BY_ROOT["MES"], BY_ROOT["ZCE"], BY_ROOT["HE"]


class RecordedLater:
    """One print, five seconds after the start."""

    def __init__(self) -> None:
        self.events: list[MarketEvent] = []

    def start(self, now: int) -> None:
        self.events = [Print(now + 5 * SECOND, 27200, 1, SELL)]

    def next_time(self) -> int | None:
        return self.events[0].at if self.events else None

    def take(self, until: int) -> list[MarketEvent]:
        taken = [event for event in self.events if event.at <= until]
        del self.events[: len(taken)]
        return taken


def ns(text: str) -> int:
    return ns_of(datetime.fromisoformat(text))


@pytest.fixture
def at(build_at: Callable[..., "Session"]) -> Callable[[str], "Session"]:
    """A session of a venue that opens at a moment, with the calendar cme."""
    config = VenueConfig(listings=(), preroll=0, calendar="cme")
    return lambda text: build_at(config, ns(text))


@pytest.mark.parametrize(
    ("product", "moment", "orders", "data"),
    [
        (INDEX, "2026-11-20T21:09:59", True, True),  # Friday, CST
        (INDEX, "2026-11-20T21:10:00", False, True),
        (INDEX, "2026-11-20T21:59:59", False, True),
        (INDEX, "2026-11-20T22:00:00", False, False),
        (INDEX, "2026-11-20T23:00:00", False, False),  # the weekend
        (INDEX, "2026-11-21T18:00:00", False, False),
        (INDEX, "2026-11-22T22:59:59", False, False),
        (INDEX, "2026-11-22T23:00:00", True, True),  # Sunday evening
        (INDEX, "2026-11-23T22:30:00", False, False),  # Monday's break
        (INDEX, "2026-11-23T23:00:00", True, True),
        (INDEX, "2026-10-30T20:09:59", True, True),  # Friday, CDT
        (INDEX, "2026-10-30T20:10:00", False, True),
        (INDEX, "2026-11-01T22:59:59", False, False),  # clocks went back that Sunday
        (INDEX, "2026-11-01T23:00:00", True, True),
        (INDEX, "2026-03-08T21:59:59", False, False),  # and forward that one
        (INDEX, "2026-03-08T22:00:00", True, True),
        (GRAINS, "2026-11-20T19:19:59", True, True),
        (GRAINS, "2026-11-20T19:20:00", False, False),
        (LIVESTOCK, "2026-11-20T19:04:59", True, True),
        (LIVESTOCK, "2026-11-20T19:05:00", False, False),
    ],
)
def test_orders_and_data_have_their_hours(
    product: Product, moment: str, orders: bool, data: bool
) -> None:
    now = ns(moment)
    assert (hours.trading(product, now), hours.quoted(product, now)) == (orders, data)


@pytest.mark.parametrize(("root", "closes"), [
    ("MES", CLOSE), ("ZCE", time(13, 20)), ("ZLE", time(13, 20)), ("GLE", time(13, 5)),
    ("HE", time(13, 5)),
])  # fmt: skip
def test_grains_and_livestock_close_early(root: str, closes: time) -> None:
    assert BY_ROOT[root].closes == closes


@pytest.mark.parametrize("first", ["2026-10-28", "2026-11-24", "2026-12-23"])
def test_every_change_of_state_is_woken_for(first: str) -> None:
    """Over the week of a clock change, and those of holidays, minute by minute."""
    now = ns(f"{first}T00:00:00")
    end = now + 7 * 24 * 60 * 60 * SECOND
    products = (INDEX, GRAINS, LIVESTOCK, BY_ROOT["GCE"])

    def states(at: int) -> list[bool]:
        return [of(kind, at) for of in (hours.trading, hours.quoted) for kind in products]

    due, before = hours.next_change(now), states(now)
    while now < end:
        now += 60 * SECOND
        if (found := states(now)) != before:
            assert now == due
        before = found
        while due <= now:
            due = hours.next_change(due)


def test_orders_outside_hours_are_refused(at: "Callable[[str], Session]") -> None:
    session = at("2026-11-20T21:09:59.998+00:00")
    resting = session.place(type=1, limitPrice=6700.0)["orderId"]
    session.run(10_000)
    answer = session.place()
    assert (answer["errorCode"], answer["errorMessage"]) == (2, CLOSED)
    assert session.order(answer["orderId"])["status"] == 5
    one = {"accountId": ACCOUNT}
    assert session.post("Order/modify", **one, orderId=resting, size=2)["errorCode"] == 3
    session.run(66 * 60 * MINUTE_MS)
    session.token = session.post("Auth/loginKey", userName="demo", apiKey="demo")["token"]
    assert session.place()["success"]  # Monday


def test_closes_outside_hours_have_their_own_codes(at: "Callable[[str], Session]") -> None:
    session = at("2026-11-20T21:09:59.899+00:00")
    session.place()
    session.run(100)
    assert (iso(session.now), session.position()) == ("2026-11-20T21:10:00+00:00", 1)
    body = {"accountId": ACCOUNT, "contractId": MES}
    assert session.post("Position/closeContract", **body)["errorCode"] == 5
    partial = session.post("Position/partialCloseContract", **body, size=1)
    assert (partial["errorCode"], partial["errorMessage"]) == (6, None)


def test_data_goes_on_until_16_00_and_again_from_17_00(at: "Callable[[str], Session]") -> None:
    session = at("2026-11-19T21:30:00+00:00")
    market = session.connect("market")
    session.invoke(market, "SubscribeContractTrades", MES)
    session.trade(27203)
    assert len(session.events(market, "GatewayTrade")) == 1
    session.run(30 * MINUTE_MS)
    closed = session.now
    market = session.connect("market")
    session.invoke(market, "SubscribeContractTrades", MES)
    session.trade(27205)
    session.quote(27205, 27206)
    session.run(20_000)
    assert session.events(market, "GatewayTrade") == []
    assert [
        row for row in session.rows("print") + session.rows("quote") if row["ns"] > closed
    ] == []
    session.run(60 * MINUTE_MS)
    market = session.connect("market")
    session.invoke(market, "SubscribeContractTrades", MES)
    session.trade(27207)
    prices = [p["price"] for (_, [p]) in session.events(market, "GatewayTrade")]
    assert prices == [6801.75]


@pytest.mark.parametrize("begin", ["2026-11-19T22:30:00+00:00", "2026-11-19T21:30:00+00:00"])
def test_a_waiting_source_subscribed_to_in_the_break_starts_at_17_00(begin: str) -> None:
    script = RecordedLater()
    venue = Venue(
        VenueConfig((Listing(MES, script, waits=True),), calendar="cme"),
        ns(begin),
        MemoryJournal(),
    )
    venue.advance(ns("2026-11-19T22:45:00"))
    venue._feeds[MES].start(ns("2026-11-19T22:45:00"), 0)  # as a trades subscription does
    venue.advance(ns("2026-11-19T23:00:10"))
    journal = venue.journal
    assert isinstance(journal, MemoryJournal)
    prints = [iso(row["ns"]) for row in journal.rows if row["kind"] == "print"]
    assert prints == ["2026-11-19T23:00:05+00:00"]


def test_a_recorded_gap_is_kept_over_a_pause(at: "Callable[[str], Session]") -> None:
    """What was to come 10 s after the data ended comes 10 s after it begins."""
    session = at("2026-11-19T21:59:55+00:00")
    session.trade(27204)
    session.script.events.append(Print(ns("2026-11-19T22:00:10"), 27210, 1, SELL))
    session.venue._feeds[MES].schedule()
    session.run(2 * 60 * MINUTE_MS)
    (row,) = session.rows("print", price=27210)
    assert iso(row["ns"]) == "2026-11-19T23:00:10+00:00"


def test_at_15_10_orders_are_cancelled_and_positions_closed(at: "Callable[[str], Session]") -> None:
    session = at("2026-11-20T21:08:00+00:00")
    legs = {
        "stopLossBracket": {"ticks": -200, "type": 4},
        "takeProfitBracket": {"ticks": 200, "type": 1},
    }
    entry = session.place(size=3, **legs)["orderId"]
    resting = session.place(type=1, limitPrice=6700.0, **legs)["orderId"]
    session.run(110_000)
    user = session.connect("user")
    session.invoke(user, "SubscribePositions", ACCOUNT)
    session.invoke(user, "SubscribeOrders", ACCOUNT)
    session.run(9_998)
    assert session.position() == 3
    session.run(51)
    assert session.position() == 0
    for order in (entry + 1, entry + 2, resting, resting + 1, resting + 2):
        assert session.order(order)["status"] == 3
    fill = session.rows("fill")[-1]
    assert "2026-11-20T21:10:00.005" <= iso(fill["ns"]) <= "2026-11-20T21:10:00.040"
    assert (fill["size"], fill["side"], fill["price"]) == (3, 1, 27200)
    (closed,) = session.events(user, "GatewayUserPosition")
    assert (closed[0]["data"]["type"], closed[0]["data"]["size"]) == (0, 0)
    cancelled = [e["data"]["id"] for (e,) in session.events(user, "GatewayUserOrder")
                 if e["data"]["status"] == 3]  # fmt: skip
    assert sorted(cancelled) == [entry + 1, entry + 2, resting, resting + 1, resting + 2]
    (account,) = session.post("Account/search")["accounts"]
    assert account["canTrade"] is True


@pytest.mark.parametrize("before", [1, 6, 12, 25])
def test_an_entry_still_filling_at_15_10_is_closed_too(
    at: "Callable[[str], Session]", before: int
) -> None:
    session = at("2026-11-20T21:09:00+00:00")
    session.run(59_999 - before)
    entry = session.bracketed(size=25)
    session.run(200)
    assert session.position() == 0
    assert session.order(entry)["fillVolume"] == 25
    assert session.sim_state()["accounts"][0]["orders"] == []


def test_grains_are_flat_at_their_own_close() -> None:
    begin = ns("2026-11-20T19:18:00")
    listings = (Listing(MES, Generator(3)), Listing(CORN, Generator(4)))
    journal = MemoryJournal()
    venue = Venue(VenueConfig(listings, calendar="cme"), begin, journal)
    account = venue._exchange.account(ACCOUNT)
    bought = Request(type=2, side=0, size=1)
    for contract in (MES, CORN):
        venue._exchange.enter(begin, account, venue._feeds[contract].contract, bought)
    venue.advance(begin + 180 * SECOND)
    rows = [(r["contract"], r["size"]) for r in journal.rows if r["kind"] == "position"]
    assert sorted(rows[:2]) == [(MES, 1), (CORN, 1)]
    assert rows[2:] == [(CORN, 0)]


def test_changes_of_the_session_are_in_the_journal(at: "Callable[[str], Session]") -> None:
    session = at("2026-11-19T21:00:00+00:00")
    session.run(3 * 60 * MINUTE_MS)
    rows = [(iso(r["ns"])[11:16], r["trading"], r["data"]) for r in session.rows("session")]
    assert rows == [
        ("21:00", True, True),
        ("21:10", False, True),
        ("22:00", False, False),
        ("23:00", True, True),
    ]


@pytest.mark.parametrize(
    ("moment", "newest"),
    [
        ("2026-11-21T18:00:00+00:00", "2026-11-20T21:59:"),  # the weekend
        ("2026-11-22T23:05:00+00:00", "2026-11-22T23:0"),  # it opened five minutes ago
    ],
)
def test_bars_before_the_start_lie_in_hours_with_data(moment: str, newest: str) -> None:
    now, journal = ns(moment), MemoryJournal()
    config = VenueConfig((Listing(MES, Generator(3)),), calendar="cme")
    venue = Venue(config, now, journal)
    bars = venue._feeds[MES].history.bars(0, now // SECOND, 1, 1)
    stamps = [iso(bar.second * SECOND) for bar in bars]
    assert stamps[-1].startswith(newest)
    assert stamps[0] < "2026-11-20T21:41"
    breaks = ("2026-11-20T22:00", "2026-11-22T23:00")
    assert [stamp for stamp in stamps if breaks[0] <= stamp < breaks[1]] == []
    assert stamps == sorted(stamps)


def test_grains_stop_while_the_index_goes_on() -> None:
    begin = ns("2026-11-20T19:19:00")
    listings = (Listing(MES, Generator(3)), Listing(CORN, Generator(4)))
    journal = MemoryJournal()
    venue = Venue(VenueConfig(listings, calendar="cme"), begin, journal)
    venue.advance(begin + 120 * SECOND)
    last: dict[str, int] = {}
    for row in journal.rows:
        if row["kind"] == "print":
            last[row["contract"]] = row["ns"]
    assert last[CORN] < ns("2026-11-20T19:20:00") < ns("2026-11-20T19:20:50") < last[MES]


def test_always_never_closes(build_at: "Callable[..., Session]") -> None:
    session = build_at(VenueConfig(listings=(), preroll=0), ns("2026-11-21T18:00:00"))
    assert session.place()["success"]
    session.trade(27190, side=SELL)
    assert session.rows("session") == []


def test_a_closed_market_cannot_be_moved_by_hand(at: "Callable[[str], Session]") -> None:
    session = at("2026-11-21T18:00:00+00:00")
    reply: Any = session.send("POST", "/sim/market", b'{"jump":4}')
    assert reply.status == 400

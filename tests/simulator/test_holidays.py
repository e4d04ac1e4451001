"""Holidays and early closes with the calendar cme. Chicago is six hours behind UTC here."""

from datetime import date, datetime

import pytest

from tools.simulator import hours
from tools.simulator.contracts import BY_ROOT, PRODUCTS
from tools.simulator.generator import Generator
from tools.simulator.holidays import _GROUPS, closed, early
from tools.simulator.journal import MemoryJournal
from tools.simulator.orders import Request
from tools.simulator.stamps import SECOND, iso, ns_of
from tools.simulator.venue import Listing, Venue, VenueConfig

MES, ACCOUNT = "CON.F.US.MES.Z26", 48_120_077


def ns(text: str) -> int:
    return ns_of(datetime.fromisoformat(text))


def test_every_product_has_its_column() -> None:
    named = [symbol for symbols in _GROUPS.values() for symbol in symbols.split()]
    assert sorted(named) == sorted(product.symbol for product in PRODUCTS)


def test_a_holiday_is_not_a_shortened_day_and_other_days_are_neither() -> None:
    assert (closed("MES", date(2026, 12, 25)), early("MES", date(2026, 12, 25))) == (True, None)
    assert not closed("MES", date(2026, 11, 27))
    assert (closed("MES", date(2026, 12, 28)), early("MES", date(2026, 12, 28))) == (False, None)


@pytest.mark.parametrize(
    ("root", "moment", "orders", "data"),
    [
        ("MES", "2026-11-26T17:44:59", True, True),  # Thanksgiving: 12:00
        ("MES", "2026-11-26T17:45:00", False, True),
        ("MES", "2026-11-26T18:00:00", False, False),
        ("GCE", "2026-11-26T18:00:00", True, True),  # metals: 13:30
        ("GCE", "2026-11-26T19:15:00", False, True),
        ("EU6", "2026-11-26T21:09:59", True, True),  # currencies: as ever
        ("ZCE", "2026-11-26T15:00:00", False, False),  # grains: closed, and so is the eve
        ("ZCE", "2026-11-26T00:00:00", False, False),
        ("ZCE", "2026-11-26T23:00:00", True, True),
        ("MES", "2026-11-26T23:00:00", True, True),  # for Friday
        ("MES", "2026-11-27T18:00:00", False, True),  # 12:15
        ("MES", "2026-11-27T18:15:00", False, False),
        ("MES", "2026-12-24T23:00:00", False, False),  # Christmas Eve
        ("MES", "2026-12-25T16:00:00", False, False),
        ("MES", "2026-12-25T23:00:00", False, False),  # a Friday
        ("MES", "2026-12-27T23:00:00", True, True),
    ],
)
def test_holidays_and_early_closes(root: str, moment: str, orders: bool, data: bool) -> None:
    now, product = ns(moment), BY_ROOT[root]
    assert (hours.trading(product, now), hours.quoted(product, now)) == (orders, data)


def test_data_ended_and_began_around_a_holiday() -> None:
    christmas, product = ns("2026-12-25T18:00:00"), BY_ROOT["MES"]
    assert iso(hours.ended(product, christmas)) == "2026-12-24T18:15:00+00:00"
    assert iso(hours.opened(product, christmas)) == "2026-12-23T23:00:00+00:00"


def test_positions_are_closed_a_quarter_of_an_hour_before_an_early_close() -> None:
    begin, journal = ns("2026-11-27T17:58:00"), MemoryJournal()
    config = VenueConfig((Listing(MES, Generator(3)),), calendar="cme")
    venue = Venue(config, begin, journal)
    account = venue._exchange.account(ACCOUNT)
    bought = Request(type=2, side=0, size=1)
    venue._exchange.enter(begin, account, venue._feeds[MES].contract, bought)
    venue.advance(begin + 1_200 * SECOND)
    sizes = [(iso(row["ns"])[11:16], row["size"]) for row in journal.rows
             if row["kind"] == "position"]  # fmt: skip
    assert sizes == [("17:58", 1), ("18:00", 0)]
    states = [(iso(row["ns"])[11:19], row["trading"], row["data"]) for row in journal.rows
              if row["kind"] == "session"]  # fmt: skip
    assert states == [
        ("17:58:00", True, True),
        ("18:00:00", False, True),
        ("18:15:00", False, False),
    ]

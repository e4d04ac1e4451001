"""Hours, refusals and the feed make one status."""

from actors.watchdog.market import RESUMED, Market
from messages.base import SECOND
from messages.market import MarketStatus, MarketStatusChanged

OPEN = MarketStatus.OPEN


def status(market: Market, hours: MarketStatus = OPEN, silence: str = "") -> MarketStatus | None:
    """The news."""
    said = market.check(hours, silence)
    if not said:
        return None
    (change,) = said
    assert isinstance(change, MarketStatusChanged)
    return change.status


def test_a_market_is_open_once_its_data_comes_and_that_is_said_once() -> None:
    market = Market("MES")
    assert status(market, silence="no data yet") is MarketStatus.UNKNOWN
    assert status(market, silence="no data yet") is None
    assert status(market) is OPEN
    assert status(market) is None
    assert status(market, silence="no market data for 5.00 s") is MarketStatus.UNKNOWN


def test_a_refusal_halts_it_until_prints_have_come_for_some_seconds() -> None:
    market = Market("MES")
    status(market)
    market.printed(0)
    market.refused("an order was refused: not in an active trading status")
    assert status(market) is MarketStatus.HALTED
    market.printed(10 * SECOND)
    market.printed(10 * SECOND + RESUMED - 1)
    assert status(market) is None
    market.refused("again")
    market.printed(20 * SECOND)
    assert status(market) is None
    market.printed(20 * SECOND + RESUMED)
    assert RESUMED == 5 * SECOND
    assert status(market) is OPEN


def test_the_hours_come_before_everything_else() -> None:
    market = Market("MES")
    market.refused("closed")
    assert status(market, MarketStatus.BREAK, "silent") is MarketStatus.BREAK
    assert status(market, MarketStatus.CLOSED, "silent") is MarketStatus.CLOSED
    assert status(market, OPEN, "silent") is MarketStatus.HALTED


def test_who_has_lost_it_is_told_again() -> None:
    market = Market("MES")
    status(market)
    market.again()
    assert status(market) is OPEN

"""An entry's price against the quote that would fill it."""

import pytest
from msgspec.structs import replace

from messages.base import SECOND
from messages.decision import Denial, SignalKind
from messages.market import BarClosed
from tests.risk.bench import MES, NOW, Desk, bar, risk, signal

BID, ASK = 24_000, 24_003


@pytest.fixture
def wide() -> Desk:
    """Three ticks between bid and ask, so that the two sides differ."""
    desk = Desk(risk(price_collar_ticks=10))
    desk.account.closed(BarClosed(MES.id, bar(NOW + 2 * SECOND, bid=BID, ask=ASK)))
    return desk


@pytest.mark.parametrize(
    ("kind", "touch"), [(SignalKind.LONG_ENTRY, ASK), (SignalKind.SHORT_ENTRY, BID)]
)
@pytest.mark.parametrize("way", [1, -1])
def test_denies_further_from_its_own_side_of_the_quote_than_the_collar(
    wide: Desk, kind: SignalKind, touch: int, way: int
) -> None:
    far = replace(signal(kind), price=touch + way * 11)
    assert wide.measured(far) == (Denial.PRICE_COLLAR, 11, 10, "ticks")
    wide.approval(replace(far, price=touch + way * 10))


@pytest.mark.parametrize("quote", [{"bid": 0}, {"ask": 0}])
def test_without_a_quote_the_data_is_to_blame(wide: Desk, quote: dict[str, int]) -> None:
    wide.account.closed(BarClosed(MES.id, bar(NOW + 3 * SECOND, **quote)))
    assert wide.denial(replace(signal(), price=1)).code is Denial.STALE_DATA

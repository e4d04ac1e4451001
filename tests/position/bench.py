"""Instruments, fills and positions in short."""

from actors.position.holdings import Holdings
from messages.base import FINE, SECOND, Money, Nanos
from messages.market import Instrument, Side
from messages.order import Fill
from messages.position import Position

MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)
MNQ = Instrument("CON.F.US.MNQ.Z26", "MNQ", "MNQZ6", "0.25", 5_000)
START: Nanos = 1_795_190_400 * SECOND
FEES: Money = 6_200
PRICE = 24_000
BUY, SELL = Side.BUY, Side.SELL


def fill(
    id: int,
    side: Side,
    size: int = 1,
    price: int = PRICE,
    pnl: Money | None = None,
    at: float | None = None,
    contract: str = MES.id,
    fees: Money = FEES,
    voided: bool = False,
) -> Fill:
    """By default the n-th fill happens n seconds after the start."""
    stamp = START + round((id if at is None else at) * SECOND)
    return Fill(id, 1_000 + id, contract, side, size, price, fees, pnl, stamp, voided)


def held(size: int, price: int = PRICE, contract: str = MES.id) -> Position:
    return Position(contract, size, price * FINE)


def ready(*fills: Fill, positions: tuple[Position, ...] = ()) -> Holdings:
    """Holdings that have had the venue's first answers."""
    made = Holdings((MES, MNQ), START)
    _, again = made.reconcile(fills, positions, START)
    assert made.ready
    assert not again
    return made

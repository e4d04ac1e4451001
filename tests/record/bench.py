"""Bars of what a hub said, and of a recording of it, both cut by the bar room's own picture."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from actors.bar.picture import Picture
from messages.base import SECOND, Nanos, Ticks
from messages.market import Bar, Depth, Instrument, Quote, Tape
from tools.simulator.recording import read
from tools.simulator.replay import InPhase
from tools.train.sessions import EPOCH, cut

TICK_SIZE = Decimal("0.25")
MES = Instrument("CON.F.US.MES.Z26", "F.US.MES", "MESZ6", str(TICK_SIZE), 12_500)

Market: TypeAlias = Quote | Tape | Depth
Cut: TypeAlias = tuple[Nanos, Ticks, Ticks, Ticks, Ticks, int, int, int]
"""Start since the second of the first print; open, high, low, close; volume, of it bought and sold.
"""


def heard(messages: Iterable[Market]) -> list[Cut]:
    """The bars of what a hub said. Quotes close none, and their last price is in no recording."""
    picture = Picture()
    closed: list[Bar] = []
    origin = None
    for message in messages:
        match message:
            case Tape():
                closed += picture.on_tape(message.prints, message.received)
                origin = message.prints[0].stamp if origin is None else origin
            case Depth():
                closed += picture.on_depth(message.rows, message.received)
            case Quote():
                pass
    if origin is None or picture.due is None:
        return []
    closed += picture.on_time(picture.due)
    return _since(origin, closed)


def recorded(prefix: Path) -> list[Cut]:
    """The bars of a recording as the simulator would replay it, until all of it is closed."""
    source = InPhase(prefix, TICK_SIZE)
    source.start(EPOCH)
    stamps = {kind: int(table["ts"][0]) for kind, table in read(prefix, TICK_SIZE).items()}
    begin = min(stamps.values())
    return _since(
        EPOCH + stamps["trades"] - begin + begin % SECOND,
        cut(source, source.duration // SECOND + 3),
    )


def _since(origin: Nanos, bars: Iterable[Bar]) -> list[Cut]:
    origin -= origin % SECOND
    return [
        (b.start - origin, b.open, b.high, b.low, b.close, b.volume, b.buy_volume, b.sell_volume)
        for b in bars
    ]

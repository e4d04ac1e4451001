"""The market data of a session, counted: updates, volume, age."""

from actors.runtime.delivery import Published
from actors.session.breaches import Handlers
from actors.session.histogram import Histogram
from messages.base import Nanos
from messages.market import BarClosed, Depth, Quote, Tape


class Feed:
    """`prints` and `rows` count what hub records hold; volumes are contracts; `age` is receipt
    minus the venue's stamp of quotes; `newest` the receipt of the newest quote or tape by contract.
    """

    def __init__(self) -> None:
        self.quotes = 0
        self.prints = 0
        self.rows = 0
        self.bars = 0
        self.print_volume = 0
        self.bar_volume = 0
        self.age = Histogram()
        self.newest: dict[str, Nanos] = {}

    def handlers(self) -> Handlers:
        return {
            "Quote": self._quote,
            "Tape": self._tape,
            "Depth": self._depth,
            "BarClosed": self._bar,
        }

    def _quote(self, quote: Quote, record: Published) -> None:
        self.quotes += 1
        self.newest[quote.contract] = quote.received
        self.age.add(quote.received - quote.stamp)

    def _tape(self, tape: Tape, record: Published) -> None:
        self.newest[tape.contract] = tape.received
        for one in tape.prints:
            self.prints += 1
            self.print_volume += one.size

    def _depth(self, depth: Depth, record: Published) -> None:
        self.rows += len(depth.rows)

    def _bar(self, closed: BarClosed, record: Published) -> None:
        self.bars += 1
        self.bar_volume += closed.bar.volume

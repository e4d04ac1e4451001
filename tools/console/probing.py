"""The hub listened to while bars are read over REST: how old is what both give?"""

import time
from collections.abc import Sequence

import msgspec

from messages.base import SECOND, Nanos
from messages.market import Bar, BarsFound, Instrument, QueryBars
from tools.console.delay import Rest, agreement, verdict
from tools.console.desk import Desk
from tools.console.listening import STREAMS, TRADES, Listening, Stream, listening, stream

POLL_S = 2.0
"""Between two readings of bars: the venue allows 50 in 30 s, and an engine may run beside us."""


class Bars(msgspec.Struct):
    """The age of the newest closed bar of a contract at each reading, and the bars since the
    beginning as of the last.
    """

    ages: list[Nanos]
    bars: Sequence[Bar] = ()


class Probe(msgspec.Struct, frozen=True):
    """What a while of listening gave: the figures of each stream of one contract, and REST's."""

    streams: tuple[Stream, ...]
    rest: Rest

    def verdict(self) -> tuple[bool, str]:
        """Whether the data is real-time, in words."""
        trades = next(each for each in self.streams if each.name == TRADES)
        return verdict(trades.lag_p50, self.rest)


def probed(
    desk: Desk, contracts: Sequence[Instrument], seconds: float
) -> tuple[Listening, dict[str, Probe]]:
    """What both hubs said, and what that shows of each contract by id."""
    with listening(desk, contracts) as heard:
        begun = desk.now()
        bars = _polled(desk, contracts, begun, 0 if heard.problems else seconds)
        ended = desk.now()
    found = {}
    for contract, read in bars.items():
        mine = [each for each in heard.records if each.contract == contract]
        tapes = [tape for tape in heard.tapes if tape.contract == contract]
        figures = tuple(stream(name, mine, begun, ended) for name in STREAMS)
        found[contract] = Probe(figures, Rest(tuple(read.ages), *agreement(tapes, read.bars)))
    return heard, found


def _polled(
    desk: Desk, contracts: Sequence[Instrument], begun: Nanos, seconds: float
) -> dict[str, Bars]:
    read = {traded.id: Bars([]) for traded in contracts}
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(POLL_S, left))
        for contract, mine in read.items():
            now = desk.now()
            since = min(begun, now - 3600 * SECOND)
            query = QueryBars(contract, 1, since, now, int(seconds) + 5)
            found = desk.ask(query, BarsFound).bars
            mine.bars = [bar for bar in found if bar.start >= begun]
            mine.ages += [now - bar.end for bar in found[-1:]]
    return read

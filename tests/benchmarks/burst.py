"""A crypto exchange's busiest seconds, as fast as they came, through one BarActor on real threads.

    python -m tests.benchmarks.burst

How late a closed bar has been handled by the room that hears of it, after the bar's end; and
whether every contract of the tape is in a bar. Needs the recording; without it there is no figure.
"""

from bisect import bisect_left
from operator import attrgetter
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import NamedTuple

from actors.bar.actor import BarActor
from actors.runtime.actor import Actor
from actors.runtime.clock import LiveClock
from actors.runtime.context import Context
from actors.runtime.threaded import ThreadedRuntime
from actors.runtime.wiring import Wiring
from messages.base import MILLISECOND, SECOND, Message, Nanos
from messages.control import SessionEnded
from messages.market import BarClosed, Depth, FrameClosed, Quote, Tape
from tests.bar.analytics.recorded import CONTRACT, DATA, messages, tables
from tests.benchmarks.bar_room import FRAMES, INSTRUMENT, PLACE, ROUTES, always, nobody

NAME = "btcusdt_perp_20240808_5min"
BEGIN: Nanos = 1_723_161_498 * SECOND
SECONDS = 6
"""The fourth of them has 11,473 quotes, prints and depth rows."""
BUDGET_MS = 250
PATIENCE_S = 10


class Burst(NamedTuple):
    """`lost`: contracts of the tape that are in no bar. Lateness in ms."""

    events: int
    busiest: int
    bars: int
    lost: int
    median_ms: float
    most_ms: float


class _Ear(Actor):
    """The room behind: notes every bar, and when it has it."""

    def __init__(
        self, context: Context, heard: "SimpleQueue[tuple[BarClosed | FrameClosed, Nanos]]"
    ) -> None:
        super().__init__(context)
        self._heard = heard

    def on_bar_closed(self, closed: BarClosed) -> None:
        self._heard.put((closed, self.now))

    def on_frame_closed(self, closed: FrameClosed) -> None:
        self._heard.put((closed, self.now))


def recorded() -> list[Quote | Tape | Depth]:
    """The busiest seconds, all streams, in order of time."""
    quotes = tables(NAME)["quotes"]
    columns = (quotes[column].tolist() for column in ("ts", "bid", "ask"))
    every: list[Quote | Tape | Depth] = [
        Quote(CONTRACT, ts, ts, bid, ask) for ts, bid, ask in zip(*columns, strict=True)
    ]
    every = sorted([*every, *messages(NAME)], key=attrgetter("received"))
    first = bisect_left(every, BEGIN, key=attrgetter("received"))
    last = bisect_left(every, BEGIN + SECONDS * SECOND, key=attrgetter("received"))
    return every[first:last]


def measure() -> Burst:
    records = recorded()
    routes: dict[type[Message], tuple[str, ...]] = {
        **ROUTES,
        **dict.fromkeys((BarClosed, FrameClosed), ("ear",)),
        SessionEnded: ("bar",),
    }
    clock = LiveClock(BEGIN)
    wiring = Wiring(routes, frozenset(), {Quote: Quote.merged}, (CONTRACT,))
    runtime = ThreadedRuntime(wiring, clock, nobody, seed=1)
    heard: SimpleQueue[tuple[BarClosed | FrameClosed, Nanos]] = SimpleQueue()
    runtime.spawn("ear", _Ear, heard)
    runtime.spawn(PLACE, BarActor, INSTRUMENT, 300, 1, True, FRAMES, always)
    send = runtime.emitter("hub")
    for record in records:
        while (early := record.received - clock()) > 0:
            sleep(early / SECOND)
        send(record)
    send(SessionEnded())
    end = monotonic() + PATIENCE_S
    while not runtime.idle() and monotonic() < end:
        sleep(0.01)
    runtime.stop()
    return _judged(records, heard)


def _judged(
    records: list[Quote | Tape | Depth],
    heard: "SimpleQueue[tuple[BarClosed | FrameClosed, Nanos]]",
) -> Burst:
    bars: list[tuple[BarClosed, Nanos]] = []
    try:
        while True:
            closed, at = heard.get_nowait()
            if isinstance(closed, BarClosed):
                bars.append((closed, at))
    except Empty:
        pass
    tape = sum(one.size for each in records if isinstance(each, Tape) for one in each.prints)
    late = sorted((at - closed.bar.end) / MILLISECOND for closed, at in bars[:-1])
    seconds = [0] * (SECONDS + 1)
    for record in records:
        seconds[(record.received - BEGIN) // SECOND] += _events(record)
    return Burst(
        sum(seconds),
        max(seconds),
        len(bars),
        tape - sum(closed.bar.volume for closed, _ in bars),
        late[len(late) // 2],
        late[-1],
    )


def _events(record: Quote | Tape | Depth) -> int:
    if isinstance(record, Tape):
        return len(record.prints)
    return len(record.rows) if isinstance(record, Depth) else 1


def present() -> bool:
    return (DATA / f"{NAME}_depth.parquet").is_file()


def show() -> None:
    if not present():
        print(f"burst: no recording {NAME}")
        return
    found = measure()
    print(
        f"burst of {NAME}: {found.events:,} events in {SECONDS} s, {found.busiest:,} in one;"
        f" contracts lost {found.lost}"
    )
    print(
        f"  bars handled after their end: median {found.median_ms:.1f} ms,"
        f" most {found.most_ms:.1f} ms   budget {BUDGET_MS} ms"
    )


if __name__ == "__main__":
    show()

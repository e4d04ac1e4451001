"""A contract's messages as rows: what a replay of them shows is what the venue showed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.bar.ladder import Ladder
from messages.base import SECOND, Nanos, Ticks
from messages.market import Depth, DepthKind, DepthRow, Print, Quote, Side, Tape
from tests.record.bench import MES, TICK_SIZE
from tools.record.files import Growing, finished
from tools.record.rows import DELETE, SET, SNAPSHOT, Rows
from tools.simulator import book, replay
from tools.simulator.market import Level, Snapshot
from tools.simulator.market import Print as Traded

BID, ASK, RESET = DepthKind
NEVER = 2**63


def quote(at: Nanos, bid: Ticks | None = None, ask: Ticks | None = None) -> Quote:
    return Quote(MES.id, at, at, bid, ask)


def depth(*rows: tuple[Nanos, DepthKind, Ticks, int]) -> Depth:
    return Depth(MES.id, rows[-1][0], tuple(DepthRow(*row) for row in rows))


def kept(kind: str, *messages: Quote | Tape | Depth) -> list[tuple[int | float, ...]]:
    rows = Rows(MES)
    for message in messages:
        rows.hear(message)
    return rows.waiting[kind]


def test_prints_keep_stamp_size_aggressor_and_order() -> None:
    prints = (Print(7, 40, 3, Side.BUY), Print(7, 39, 1, Side.SELL), Print(7, 40, 2, Side.BUY))
    assert kept("trades", Tape(MES.id, 9, prints)) == [
        (7, 10.0, 3, 1),
        (7, 9.75, 1, -1),
        (7, 10.0, 2, 1),
    ]


def test_a_sparse_quote_is_completed_and_none_is_told_before_both_sides_are_known() -> None:
    last = Quote(MES.id, 8, 8, last=40)
    assert kept("quotes", quote(5, bid=39), quote(6, ask=41), last, quote(9, bid=40)) == [
        (6, 9.75, 0, 10.25, 0),
        (9, 10.0, 0, 10.25, 0),
    ]


def test_a_quote_is_not_completed_across_a_gap() -> None:
    rows = Rows(MES)
    rows.hear(quote(5, 39, 40))
    rows.broken()
    rows.hear(quote(6, bid=30))
    assert rows.waiting["quotes"] == [(5, 9.75, 0, 10.0, 0)]


def test_a_reset_begins_a_snapshot_of_one_stamp() -> None:
    told = depth((5, RESET, 0, 0), (3, BID, 39, 4), (4, ASK, 40, 0), (4, ASK, 41, 6))
    assert kept("depth", told) == [(5, 1, 9.75, 4, SNAPSHOT), (5, -1, 10.25, 6, SNAPSHOT)]


def test_the_first_rows_are_a_snapshot_without_a_reset_too() -> None:
    told = (depth((5, BID, 39, 4)), depth((6, BID, 39, 0), (6, ASK, 40, 1)))
    assert kept("depth", *told) == [
        (5, 1, 9.75, 4, SNAPSHOT),
        (6, 1, 9.75, 0, DELETE),
        (6, -1, 10.0, 1, SET),
    ]


def test_after_a_gap_the_book_begins_again() -> None:
    rows = Rows(MES)
    rows.hear(depth((5, BID, 39, 4), (5, BID, 38, 4)))
    rows.broken()
    rows.hear(depth((6, BID, 37, 4)))
    assert rows.waiting["depth"][-1] == (6, 1, 9.25, 4, SNAPSHOT)


def test_stamps_never_go_back_and_a_far_one_is_cut() -> None:
    rows = Rows(MES)
    for stamp in (7, 5, 8, 3600 * SECOND, 9):
        rows.hear(Tape(MES.id, 10, (Print(stamp, 40, 1, Side.BUY),)))
    cut = 10 + 5 * SECOND
    assert [row[0] for row in rows.waiting["trades"]] == [7, 7, 8, cut, cut]
    assert rows.moved == 3


def books(messages: list[Depth]) -> Iterator[tuple[Nanos, dict[int, int], dict[int, int]]]:
    """The engine's book after each stamp."""
    shown = Ladder()
    for place, message in enumerate(messages):
        shown.apply(message.rows, 0, NEVER)
        at = message.received
        if place + 1 == len(messages) or messages[place + 1].received > at:
            yield at, dict(shown.bids), dict(shown.asks)


@pytest.mark.parametrize(
    "messages",
    [
        [
            depth((5, RESET, 0, 0), (5, BID, 39, 4), (5, ASK, 41, 6)),
            depth((6, BID, 39, 0), (6, BID, 40, 9)),
            depth((7, RESET, 0, 0), (7, BID, 50, 1), (7, ASK, 52, 2)),
            depth((7, ASK, 51, 3)),
        ],
        [
            depth((5, BID, 39, 4), (5, BID, 38, 4)),
            depth((5, BID, 37, 4)),
            depth((5, RESET, 0, 0), (5, BID, 39, 1), (5, ASK, 40, 1)),
            depth((5, BID, 39, 2)),
        ],
        [
            depth((5, RESET, 0, 0), (5, BID, 39, 4), (5, ASK, 41, 6)),
            depth((6, RESET, 0, 0)),
            depth((7, ASK, 45, 1)),
        ],
        [
            depth((5, RESET, 0, 0), (5, BID, 39, 4), (5, ASK, 41, 6)),
            depth((6, BID, 30, 1), (6, RESET, 0, 0), (6, BID, 31, 2), (6, RESET, 0, 0),
                  (6, BID, 32, 2)),
            depth((7, BID, 33, 0), (7, BID, 32, 7)),
        ],
    ],
    ids=["reset", "resets of one stamp", "empty reset", "resets in one record"],
)  # fmt: skip
def test_a_replay_shows_the_book_that_the_venue_showed(
    messages: list[Depth], tmp_path: Path
) -> None:
    rows, growing = Rows(MES), Growing(tmp_path / "r")
    for message in messages:
        rows.hear(message)
    growing.write("depth", rows.waiting["depth"])
    growing.close()
    finished(tmp_path / "r")
    source, shown = replay.Replay(tmp_path / "r", TICK_SIZE), book.Book()
    source.start(messages[0].received)
    for at, bids, asks in books(messages):
        for event in source.take(at):
            match event:
                case Snapshot():
                    shown.replace(event)
                case Level():
                    shown.set_level(event)
                case Traded():
                    pytest.fail("a trade from nowhere")
        assert (shown.bids, shown.asks) == (bids, asks), at
    assert source.next_time() is None

"""Nothing is lost, doubled or reordered within a lane; only what may be merged is."""

import threading
from collections.abc import Callable
from queue import Empty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.delivery import Delivery
from actors.runtime.mailbox import Fenced, Fold, Mailbox, Merge
from messages.base import Message
from messages.control import Latch, Pong
from messages.market import Depth, DepthKind, DepthRow, Quote, Tape

CROWDED = 8
CONTROL: frozenset[type[Message]] = frozenset({Latch})
MERGES: dict[type[Message], Merge] = {Quote: Quote.merged}
FOLDS: dict[type[Message], Fold] = {Depth: Depth.folded}


class Box:
    """A mailbox with the next delivery's number, and what it has reported as merged."""

    def __init__(self) -> None:
        self.merged: list[tuple[str, str]] = []
        self.box = Mailbox("bar", CONTROL, MERGES, FOLDS, self._note, CROWDED)
        self.generation = self.box.fence()
        self.sent: list[Delivery] = []

    def _note(self, delivery: Delivery, into: Delivery) -> None:
        self.merged.append((delivery.id, into.id))

    def put(self, message: Message) -> str:
        delivery = Delivery(str(len(self.sent)), message, "test", "bar", (), "", 0)
        self.sent.append(delivery)
        self.box.put(delivery)
        return delivery.id

    def poll(self) -> Delivery | None:
        return self.box.poll(self.generation)

    def drain(self) -> list[Delivery]:
        taken = []
        while (delivery := self.poll()) is not None:
            taken.append(delivery)
        return taken


QUOTES = st.builds(
    lambda contract, number, side: Quote(contract, number, number, **{side: number}),
    st.sampled_from("AB"),
    st.integers(1, 99),
    st.sampled_from(["bid", "ask", "last"]),
)
ROWS = st.builds(
    DepthRow, st.just(0), st.sampled_from(list(DepthKind)), st.integers(1, 4), st.integers(0, 9)
)
DEPTHS = st.builds(
    lambda contract, received, rows: Depth(contract, received, tuple(rows)),
    st.sampled_from("AB"),
    st.integers(1, 99),
    st.lists(ROWS, min_size=1, max_size=5),
)
OTHERS = st.sampled_from([Latch("a", "b"), Pong("bar", 1), Tape("A", 0, ())]) | DEPTHS
STEPS = st.lists(QUOTES | OTHERS | st.none(), max_size=60)
"""Puts in their order; None takes one."""


@given(STEPS)
def test_every_delivery_comes_out_once_or_was_merged_once(steps: list[Message | None]) -> None:
    box, out = Box(), []
    for step in steps:
        if step is not None:
            box.put(step)
        elif (delivery := box.poll()) is not None:
            out.append(delivery)
    out += box.drain()
    gone = [id for id, _ in box.merged]
    assert sorted([d.id for d in out] + gone) == sorted(d.id for d in box.sent)
    assert len(box.box) == 0
    into = dict(box.merged)
    for delivery in out:
        for id in delivery.merged:
            while id in into:
                id = into[id]
            assert id == delivery.id
    assert sum(len(delivery.merged) for delivery in out) == len(gone)


@given(STEPS)
def test_within_a_lane_the_order_is_that_of_sending(steps: list[Message | None]) -> None:
    box, out = Box(), []
    for step in steps:
        if step is not None:
            box.put(step)
        elif (delivery := box.poll()) is not None:
            out.append(delivery)
    out += box.drain()
    for lane in (True, False):
        numbers = [int(d.id) for d in out if (type(d.message) in CONTROL) is lane]
        assert numbers == sorted(numbers)


@given(st.lists(QUOTES, min_size=1, max_size=20))
def test_what_was_merged_says_what_all_of_them_said(quotes: list[Quote]) -> None:
    box = Box()
    for quote in quotes:
        box.put(quote)
    expected: dict[str, Quote] = {}
    for quote in quotes:
        known = expected.get(quote.contract)
        expected[quote.contract] = quote if known is None else known.merged(quote)
    assert [delivery.message for delivery in box.drain()] == list(expected.values())


def book(depths: list[Depth]) -> dict[tuple[DepthKind, int], int]:
    """What depth leaves behind, rule by rule: sizes by level, 0 where one was deleted."""
    levels: dict[tuple[DepthKind, int], int] = {}
    for depth in depths:
        for row in depth.rows:
            if row.kind is DepthKind.RESET:
                levels = {(DepthKind.RESET, 0): 0}
            else:
                levels[row.kind, row.price] = row.size
    return levels


@given(st.lists(DEPTHS, min_size=CROWDED + 1, max_size=60))
def test_where_much_waits_depth_is_one_delivery_that_leaves_the_same_book(
    depths: list[Depth],
) -> None:
    box = Box()
    for depth in depths:
        box.put(depth)
    taken = box.drain()
    out = [d.message for d in taken if isinstance(d.message, Depth)]
    assert len(out) <= CROWDED
    for delivery in taken:
        if delivery.merged and isinstance(delivery.message, Depth):
            kinds = [row.kind for row in delivery.message.rows]
            assert DepthKind.RESET not in kinds[1:], "what a reset has made void is left out"
    for contract in "AB":
        given_, left = ([d for d in part if d.contract == contract] for part in (depths, out))
        assert book(left) == book(given_)


def test_up_to_the_limit_no_depth_is_touched_and_a_print_never_meets_a_newer_book() -> None:
    box = Box()
    for price in range(1, CROWDED):
        box.put(Depth("A", price, (DepthRow(0, DepthKind.BID, price, 1),)))
    box.put(Tape("A", 0, ()))
    assert box.merged == []
    box.put(Depth("A", 99, (DepthRow(0, DepthKind.BID, 99, 1),)))
    first, last = box.drain()
    assert isinstance(first.message, Tape)
    assert isinstance(last.message, Depth)
    assert [row.price for row in last.message.rows] == [*range(1, CROWDED), 99]


def test_control_overtakes_and_depth_is_what_waits_behind() -> None:
    box = Box()
    box.put(Pong("bar", 1))
    box.put(Pong("bar", 2))
    box.put(Latch("a", "b"))
    box.put(Latch("c", "d"))
    assert [(d.id, d.depth) for d in box.drain()] == [("2", 3), ("3", 2), ("0", 1), ("1", 0)]


def test_a_quote_that_has_been_taken_is_merged_with_no_more() -> None:
    box = Box()
    box.put(Quote("A", 1, 1, bid=1))
    (first,) = box.drain()
    box.put(Quote("A", 2, 2, bid=2))
    (second,) = box.drain()
    assert (first.message, first.merged) == (Quote("A", 1, 1, bid=1), ())
    assert second.merged == ()


def test_wake_up_calls_are_no_deliveries() -> None:
    box = Box()
    assert len(box.box) == 0
    box.put(Pong("bar", 1))
    box.generation = box.box.fence()
    assert len(box.box) == 1
    assert len(box.drain()) == 1


def test_a_replaced_reader_is_fenced_and_its_successor_gets_all_that_waits() -> None:
    box = Box()
    for number in range(3):
        box.put(Pong("bar", number))
    assert box.poll() is not None
    old, box.generation = box.generation, box.box.fence()
    for read in (box.box.poll, box.box.take):
        with pytest.raises(Fenced):
            read(old)
    assert [delivery.id for delivery in box.drain()] == ["1", "2"]


def test_take_waits_no_longer_than_it_is_told() -> None:
    box = Box()
    with pytest.raises(Empty):
        box.box.take(box.generation, timeout=0.01)
    box.put(Pong("bar", 1))
    assert box.box.take(box.generation, timeout=0.01).id == "0"


def test_arrivals_are_told_where_a_scheduler_waits() -> None:
    box = Box()
    told: list[str] = []
    box.box.filled = told.append
    box.put(Pong("bar", 1))
    assert told == ["bar"]


def test_a_reader_that_blocks_is_woken_by_its_replacement_and_takes_nothing() -> None:
    box = Box()
    outcome: list[str] = []

    def read(generation: int) -> None:
        try:
            outcome.append(box.box.take(generation, timeout=10).id)
        except Fenced:
            outcome.append("fenced")

    reader = threading.Thread(target=read, args=(box.generation,))
    reader.start()
    box.generation = box.box.fence()
    box.put(Pong("bar", 1))
    reader.join(10)
    assert outcome == ["fenced"]
    assert [delivery.id for delivery in box.drain()] == ["0"]


def test_many_senders_at_once_lose_nothing() -> None:
    box = Box()
    each = 400

    def send(sender: int) -> Callable[[], None]:
        def run() -> None:
            for number in range(each):
                box.box.put(Delivery(f"{sender}:{number}", Pong("", 0), "", "bar", (), "", 0))

        return run

    threads = [threading.Thread(target=send(sender)) for sender in range(4)]
    for thread in threads:
        thread.start()
    taken = [box.box.take(box.generation, timeout=10).id for _ in range(4 * each)]
    for thread in threads:
        thread.join(10)
    for sender in range(4):
        mine = [id for id in taken if id.startswith(f"{sender}:")]
        assert mine == [f"{sender}:{number}" for number in range(each)]
    assert box.poll() is None

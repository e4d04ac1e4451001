"""One connection takes the place of another: nothing twice, nothing lost, and back if it fails."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.handover import LATE
from messages.base import MILLISECOND
from messages.hub import Hub, HubLost, HubOpened, HubRefreshed, RefreshFailed
from messages.market import Depth, DepthKind, Quote, Tape
from messages.position import PositionEvent
from tests.gateway.changing import (
    MES,
    MNQ,
    NOON,
    NOW,
    REFRESHED,
    Change,
    event,
    kinds,
    prints,
    stamped,
    tape,
)


def quote(instant: int, **prices: float) -> bytes:
    return event("GatewayQuote", MES, {**prices, "timestamp": stamped(instant)})


def depth(instant: int, *levels: tuple[int, int, int]) -> bytes:
    """Levels as (DomType, price, size)."""
    rows = [
        {"type": kind, "price": price, "volume": size, "timestamp": stamped(instant)}
        for kind, price, size in levels
    ]
    return event("GatewayDepth", MES, rows)


groups = st.lists(
    st.tuples(
        st.sampled_from([MES, MNQ]),
        st.lists(
            st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(0, 1)),
            min_size=1,
            max_size=4,
        ),
    ),
    min_size=5,
    max_size=25,
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["say", "old", "new", "serve old", "serve new", "say"]),
        st.integers(1, 400) | st.just(10**9),
    ),
    min_size=30,
    max_size=60,
)


class Tale:
    """A change while the market prints, each delivery cut and delayed as drawn."""

    def __init__(self, told: list[tuple[str, list[tuple[int, int, int]]]], cut: int) -> None:
        self.change = Change()
        self.cut = cut
        self.left = list(enumerate(told))
        self.wanted: dict[str, list[tuple[int, int, int, int]]] = {MES: [], MNQ: []}

    def step(self, what: str, amount: int) -> None:
        change = self.change
        if what == "say" and self.left:
            self.print()
        elif what == "old" and not change.old.client.over:
            change.move(change.old, amount)
        elif what == "new":
            change.move(change.new, amount)
        elif what == "serve old":
            change.old.serve(amount)
        elif what == "serve new":
            change.new.serve(amount)

    def print(self) -> None:
        """The next prints of one stamp, as one record to the old line and as two to the new."""
        instant, (contract, rows) = self.left.pop(0)
        self.wanted[contract] += [(instant, *row) for row in rows]
        self.change.old.down += tape(instant, *rows, contract=contract)
        if self.change.new.subscribed:
            for part in (rows[: self.cut], rows[self.cut :]):
                if part:
                    self.change.new.down += tape(instant, *part, contract=contract)

    def finish(self) -> None:
        """Everything arrives."""
        for _ in range(6):
            for what in ("serve new", "serve old", "say", "old", "new"):
                self.step(what, 10**9)
        while self.left:
            self.print()
        for what in ("old", "new"):
            self.step(what, 10**9)

    def heard(self, contract: str) -> list[tuple[int, int, int, int]]:
        return [
            ((p.stamp - NOON) // MILLISECOND, p.price, p.size, 0 if p.side > 0 else 1)
            for p in prints(self.change.said, contract)
        ]


@given(groups, steps, st.integers(0, 4))
@settings(deadline=None)
def test_every_print_is_given_once_and_in_order(
    told: list[tuple[str, list[tuple[int, int, int]]]], way: list[tuple[str, int]], cut: int
) -> None:
    tale = Tale(told, cut)
    for what, amount in way:
        tale.step(what, amount)
    tale.finish()
    assert kinds(tale.change.said).count(HubRefreshed) == 1
    assert not {HubLost, HubOpened, RefreshFailed} & set(kinds(tale.change.said))
    for contract in (MES, MNQ):
        assert tale.heard(contract) == tale.wanted[contract]


@given(groups, steps, st.integers(0, 4), st.integers(0, 59))
@settings(deadline=None)
def test_no_print_is_given_twice_where_the_old_connection_breaks(
    told: list[tuple[str, list[tuple[int, int, int]]]],
    way: list[tuple[str, int]],
    cut: int,
    broken: int,
) -> None:
    tale = Tale(told, cut)
    old = tale.change.old
    for place, (what, amount) in enumerate(way):
        if place == broken:
            tale.change.hear(old, old.client.lost("broken"))
        tale.step(what, amount)
    tale.finish()
    for contract in (MES, MNQ):
        assert not Counter(tale.heard(contract)) - Counter(tale.wanted[contract])
    said = kinds(tale.change.said)
    assert said.count(HubRefreshed) + said.count(HubOpened) == 1
    assert said.count(HubLost) == said.count(RefreshFailed) == said.count(HubOpened)


def test_the_old_connection_gives_until_the_new_one_is_proven(change: Change) -> None:
    change.say(tape(1, (6801, 1, 0)))
    change.move(change.old)
    change.open()
    change.say(tape(2, (6801, 2, 0)))
    change.move(change.new)
    change.move(change.old)
    assert [p.size for p in prints(change.take())] == [1, 2], "the fence is not answered yet"
    change.say(tape(3, (6801, 3, 0)))
    change.move(change.new)
    change.old.serve()
    change.move(change.old)
    assert [p.size for p in prints(change.said)] == [3]
    assert change.take()[-1] == REFRESHED
    assert (change.old.client.over, change.new.client.over) == (True, False)
    change.say(tape(4, (6801, 4, 0)))
    change.move(change.old)
    change.move(change.new)
    assert [p.size for p in prints(change.take())] == [4]


def test_what_was_held_back_follows_the_change(change: Change) -> None:
    change.open()
    change.new.down += tape(2, (6801, 2, 0), (6801, 2, 0))
    change.move(change.new)
    change.old.down += tape(2, (6801, 2, 0))
    change.fenced()
    given, refreshed, held = change.take()
    assert isinstance(given, Tape)
    assert refreshed == REFRESHED
    assert isinstance(held, Tape)
    assert (len(given.prints), len(held.prints)) == (1, 1), "two that look alike are two"


def test_what_comes_late_on_the_new_connection_is_not_given_again(change: Change) -> None:
    change.open()
    change.old.down += tape(2, (6801, 2, 0)) + tape(3, (6801, 3, 0))
    change.fenced()
    assert kinds(change.take()) == [Tape, Tape, HubRefreshed]
    change.new.down += tape(2, (6801, 2, 0)) + tape(3, (6801, 3, 0)) + tape(4, (6801, 4, 0))
    change.move(change.new)
    assert [p.size for p in prints(change.take())] == [4]
    assert not change.handover.spent(NOW + LATE - 1)
    assert change.handover.spent(NOW + LATE)


def test_an_old_connection_behind_the_new_ones_beginning_is_waited_for(change: Change) -> None:
    """A venue of many machines may answer the fence before it has sent what was printed earlier."""
    change.open()
    change.new.down += tape(7, (6801, 7, 0))
    change.move(change.new)
    change.fenced()
    assert change.take() == []
    change.old.down += tape(6, (6801, 6, 0))
    change.move(change.old)
    assert kinds(change.take()) == [Tape]
    change.old.down += tape(7, (6801, 7, 0))
    change.move(change.old)
    assert kinds(change.take()) == [Tape, HubRefreshed]


@pytest.mark.parametrize("snapshot", [((6, 0, 0), (2, 6800, 9)), ((2, 6800, 9),)])
def test_depth_begins_anew_with_the_new_snapshot(
    change: Change, snapshot: tuple[tuple[int, int, int], ...]
) -> None:
    change.open()
    change.new.down += depth(2, *snapshot) + depth(3, (1, 6801, 4))
    change.move(change.new)
    change.fenced()
    refreshed, first, second = change.take()
    assert refreshed == REFRESHED
    assert isinstance(first, Depth)
    assert isinstance(second, Depth)
    assert [row.kind for row in first.rows] == [DepthKind.RESET, DepthKind.BID]
    assert [row.kind for row in second.rows] == [DepthKind.ASK]


def test_quotes_that_were_held_back_are_folded_into_one(change: Change) -> None:
    change.open()
    change.new.down += quote(2, bestBid=6800, bestAsk=6801, volume=5) + quote(3, bestBid=6799)
    change.move(change.new)
    change.fenced()
    assert change.take() == [
        REFRESHED,
        Quote(MES, NOON + 3 * MILLISECOND, NOW, 6799, 6801, volume=5),
    ]


def test_user_events_may_come_twice() -> None:
    change = Change(Hub.USER)
    row = {"id": 1, "accountId": 7, "contractId": MES, "type": 1, "size": 2, "averagePrice": 6801}
    change.open()
    change.say(event("GatewayUserPosition", {"action": 1, "data": row}))
    change.move(change.new)
    change.fenced()
    first, refreshed, second = change.take()
    assert isinstance(first, PositionEvent)
    assert refreshed == HubRefreshed(Hub.USER, 5, 0)
    assert second == first

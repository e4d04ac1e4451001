"""One connection takes the place of another: nothing twice, nothing lost, and back if it fails."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contracts import Instruments
from gateway.handover import LATE, Handover
from gateway.hub_protocol import HubClient, State
from gateway.market import MarketDecoder
from gateway.subscriptions import market_subscriptions, user_subscriptions
from gateway.tally import Tally
from gateway.user import UserDecoder
from messages.base import MILLISECOND, SECOND, Message
from messages.hub import Hub, HubLost, HubOpened, HubRefreshed, Loss, RefreshFailed
from messages.market import Depth, DepthKind, Instrument, Print, Quote, Tape
from messages.position import PositionEvent

MES, MNQ = "CON.F.US.MES.Z26", "CON.F.US.MNQ.Z26"
TRADED = Instruments(
    [Instrument(MES, "MES", "MESZ6", "1", 12_500), Instrument(MNQ, "MNQ", "MNQZ6", "1", 5_000)]
)
NOON = 1_795_176_000 * SECOND
NOW = NOON + 10 * SECOND
END = b"\x1e"


def event(target: str, *arguments: object) -> bytes:
    return json.dumps({"type": 1, "target": target, "arguments": arguments}).encode() + END


def stamped(instant: int) -> str:
    return f"2026-11-20T12:00:00.{instant:03d}+00:00"


def tape(instant: int, *prints: tuple[int, int, int], contract: str = MES) -> bytes:
    """Prints of one stamp as (price, size, aggressor)."""
    rows = [
        {"price": price, "volume": size, "type": side, "timestamp": stamped(instant)}
        for price, size, side in prints
    ]
    return event("GatewayTrade", contract, rows)


def quote(instant: int, **prices: float) -> bytes:
    return event("GatewayQuote", MES, {**prices, "timestamp": stamped(instant)})


def depth(instant: int, *levels: tuple[int, int, int]) -> bytes:
    """Levels as (DomType, price, size)."""
    rows = [
        {"type": kind, "price": price, "volume": size, "timestamp": stamped(instant)}
        for kind, price, size in levels
    ]
    return event("GatewayDepth", MES, rows)


LOGOUT = event("GatewayLogout", "another session")


class Line:
    """A client, and what is on its way from and to it; the venue acknowledges what it is asked."""

    def __init__(self, number: int, hub: Hub = Hub.MARKET) -> None:
        market = hub is Hub.MARKET
        decoder = MarketDecoder(TRADED) if market else UserDecoder(TRADED, 7)
        calls = market_subscriptions([MES, MNQ]) if market else user_subscriptions(7)
        self.client = HubClient(hub, number, decoder, calls, Tally())
        self.down = b""
        self.up = b""
        self.subscribed = False

    def start(self) -> None:
        self.up += self.client.start(NOW)

    def serve(self, most: int = 10**9) -> None:
        """The venue reads whole records of the first `most` bytes, and answers."""
        *records, _ = self.up[:most].split(END)
        for record in records:
            self.up = self.up[len(record) + 1 :]
            message = json.loads(record)
            if "protocol" in message:
                self.down += b"{}" + END
            else:
                self.subscribed |= message["target"].startswith("Subscribe")
                answer = {"type": 3, "invocationId": message["invocationId"]}
                self.down += json.dumps(answer).encode() + END

    def read(self, most: int = 10**9) -> list[Message]:
        """The client reads as much."""
        data, self.down = self.down[:most], self.down[most:]
        return self.client.receive(data, NOW) if data else []

    def leave(self) -> list[Message]:
        """What the client has to send leaves."""
        messages = self.client.tick(NOW) if self.client.due <= NOW else []
        self.up += self.client.outgoing()
        return messages


class Change:
    """Two lines to one venue, the first open, the second attempted."""

    def __init__(self, hub: Hub = Hub.MARKET) -> None:
        self.old, self.new = Line(4, hub), Line(5, hub)
        self.said: list[Message] = []
        self.old.start()
        for _ in range(3):
            self.old.leave()
            self.old.serve()
            self.old.read()
        assert self.old.client.state is State.OPEN
        self.handover = Handover(self.old.client, self.new.client, NOW)
        self.new.start()

    def move(self, line: Line, most: int = 10**9) -> None:
        """A client reads, and what it gave goes through the handover."""
        self.hear(line, line.read(most))
        for each in (self.old, self.new):
            self.hear(each, each.leave())

    def hear(self, line: Line, messages: list[Message]) -> None:
        self.said += self.handover.heard(line.client, messages, NOW)

    def say(self, *records: bytes) -> None:
        """The venue tells whoever has subscribed."""
        for line in (self.old, self.new):
            if line.subscribed:
                line.down += b"".join(records)

    def open(self) -> None:
        """The second line opens, and the fence is on its way to the venue."""
        for _ in range(3):
            self.new.serve()
            self.move(self.new)
        assert self.new.client.state is State.OPEN
        assert self.handover.stage.value == "overlap"

    def fenced(self) -> None:
        self.old.serve()
        self.move(self.old)

    def take(self) -> list[Message]:
        said, self.said = self.said, []
        return said


@pytest.fixture
def change() -> Change:
    return Change()


def prints(messages: Sequence[Message], contract: str = MES) -> list[Print]:
    tapes = [m for m in messages if isinstance(m, Tape) and m.contract == contract]
    return [each for one in tapes for each in one.prints]


def kinds(messages: Sequence[Message]) -> list[type[Any]]:
    return [type(message) for message in messages]


REFRESHED = HubRefreshed(Hub.MARKET, 5, 0)

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


def test_a_refused_connection_leaves_the_old_one_as_it_is(change: Change) -> None:
    change.hear(change.new, change.new.client.lost("refused: HTTP 503"))
    assert change.take() == [RefreshFailed(Hub.MARKET, 4, "refused: HTTP 503")]
    assert change.handover.settled
    assert change.handover.spent(NOW)
    change.say(tape(1, (6801, 1, 0)))
    change.move(change.old)
    assert kinds(change.take()) == [Tape]


@pytest.mark.parametrize("stage", ["closed", "unanswered", "behind"])
def test_a_missed_deadline_leaves_the_old_one_as_it_is(change: Change, stage: str) -> None:
    if stage != "closed":
        change.open()
        change.new.down += tape(7, (6801, 7, 0))
        change.move(change.new)
    if stage == "behind":
        change.fenced()
    reason = {
        "closed": "not open after 10.0 s",
        "unanswered": "the old connection does not answer after 10.0 s",
        "behind": "the old connection has not caught up after 10.0 s",
    }[stage]
    assert change.take() == []
    assert not change.handover.settled
    expired = change.handover.expire(NOW + 10 * SECOND)
    assert expired == [RefreshFailed(Hub.MARKET, 4, reason)]
    assert change.new.client.over
    assert change.handover.expire(NOW + 11 * SECOND) == []
    change.say(tape(8, (6801, 8, 0)))
    change.move(change.new)
    change.move(change.old)
    assert [p.size for p in prints(change.take())] == [8]


def test_a_logout_of_the_old_one_as_the_new_one_opens_does_not_stop_the_change(
    change: Change,
) -> None:
    change.old.down += tape(1, (6801, 1, 0)) + LOGOUT
    change.move(change.old)
    given, failed, lost = change.take()
    assert isinstance(given, Tape)
    assert isinstance(failed, RefreshFailed)
    assert failed.number == 0
    assert isinstance(lost, HubLost)
    assert (lost.number, lost.loss) == (4, Loss.ENDED), "our own doing: no second session fights"
    assert not change.handover.settled
    for _ in range(3):
        change.new.serve()
        change.move(change.new)
    assert change.take() == [HubOpened(Hub.MARKET, 5)]
    assert change.handover.settled
    assert change.handover.changed


def test_a_logout_that_the_new_one_hears_too_is_one(change: Change) -> None:
    change.old.down += LOGOUT
    change.new.down += b"{}" + END + LOGOUT
    change.move(change.old)
    change.take()
    change.move(change.new)
    (lost,) = change.take()
    assert isinstance(lost, HubLost)
    assert (lost.number, lost.loss) == (0, Loss.LOGOUT)


def test_an_old_one_that_dies_when_the_new_one_is_open_is_replaced_at_once(change: Change) -> None:
    change.open()
    change.say(tape(2, (6801, 2, 0)))
    change.move(change.new)
    change.hear(change.old, change.old.client.lost("broken"))
    failed, lost, opened, held = change.take()
    assert isinstance(failed, RefreshFailed)
    assert lost == HubLost(Hub.MARKET, 4, "broken")
    assert opened == HubOpened(Hub.MARKET, 5)
    assert isinstance(held, Tape)


def test_an_opening_left_alone_has_a_deadline_too(change: Change) -> None:
    change.hear(change.old, change.old.client.lost("broken"))
    change.take()
    expired = change.handover.expire(NOW + 10 * SECOND)
    assert expired == [HubLost(Hub.MARKET, 0, "not open in time")]


def test_the_end_of_the_new_one_after_the_change_is_a_loss_like_any_other(change: Change) -> None:
    change.open()
    change.fenced()
    assert change.take() == [REFRESHED]
    change.hear(change.new, change.new.client.lost("broken"))
    assert change.take() == [HubLost(Hub.MARKET, 5, "broken")]

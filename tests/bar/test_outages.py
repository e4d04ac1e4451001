"""The bar room while the market hub is away, has come back, or the room itself starts anew."""

import pytest

from actors.bar.picture import ALLOWANCE
from messages.base import SECOND
from messages.control import ActorFailed, ActorRestarted, SessionStarted
from messages.hub import Hub, HubLost, HubOpened, HubState
from messages.market import (
    Bar,
    BarClosed,
    BarsFound,
    Depth,
    DepthKind,
    DepthRow,
    PastBars,
    QueryBars,
)
from tests.bar.room import MES, Room, T, answer, away, second, told


@pytest.mark.parametrize(("hub", "bid_size"), [(Hub.MARKET, 0), (Hub.USER, 5)])
def test_only_a_lost_market_hub_takes_the_book_away(room: Room, hub: Hub, bid_size: int) -> None:
    room.print(0, 100)
    book = (
        DepthRow(T, DepthKind.RESET, 0, 0),
        DepthRow(T, DepthKind.BID, 99, 5),
        DepthRow(T, DepthKind.ASK, 100, 5),
    )
    room.send(Depth(MES.id, T, book))
    room.send(HubLost(hub, 1, "closed"))
    room.send(HubOpened(hub, 2))
    room.print(3.1, 100)
    if hub is Hub.MARKET:
        answer(room)
    room.until(4.3)
    assert [bar.bid_size for bar in room.bars][-1] == bid_size
    assert second(room.bars[-1]) == 3


def test_while_the_market_hub_is_away_the_venue_is_asked_from_the_bar_that_broke_off(
    room: Room,
) -> None:
    away(room, 5.3)
    asked = [question for question in room.published(QueryBars) if isinstance(question, QueryBars)]
    assert [(q.start - T) / SECOND for q in asked] == [1, 1]
    assert [(q.end - T) / SECOND for q in asked] == [3.2, 5.2]
    answer(room, (1, 9), (2, 5), (3, 6), (4, 7))
    assert told(room) == [(0, 3, False), (1, 9, True), (2, 5, True), (3, 6, True)]
    room.until(7.3)
    newest = room.published(QueryBars)[-1]
    assert isinstance(newest, QueryBars)
    assert newest.start == T + 4 * SECOND


def test_with_the_hub_back_the_gap_is_filled_and_then_the_tape_goes_on(room: Room) -> None:
    away(room, 4.5)
    room.send(HubOpened(Hub.MARKET, 2))
    room.print(5.3, 110, 50)  # of a second that is the venue's
    room.print(6.4, 111, 60)
    room.print(7.6, 112, 70)
    assert len(told(room)) == 1
    answer(room, (1, 9), (4, 8), (5, 7), (6, 99))
    expected = [(0, 3, False), (1, 9, True), (2, 0, True), (3, 0, True), (4, 8, True), (5, 7, True)]
    assert told(room) == [*expected, (6, 60, False)]
    room.until(8 + ALLOWANCE / SECOND)
    assert told(room)[-1] == (7, 70, False)
    assert not room.published(ActorFailed)
    polls = len(room.published(QueryBars))
    room.until(60)
    assert len(room.published(QueryBars)) == polls


def test_a_gap_that_the_venue_will_not_fill_stays_open_after_a_while(room: Room) -> None:
    away(room, 4.5)
    room.send(HubOpened(Hub.MARKET, 2))
    for tenth in range(46, 250):
        room.print(tenth / 10, 110)
    starts = [start for start, _, _ in told(room)]
    assert starts == [0, *range(6, 24)]


def test_many_contracts_ask_more_rarely() -> None:
    room = Room(contracts=8)
    away(room, 26)
    asked = [q.end for q in room.published(QueryBars) if isinstance(q, QueryBars)]
    assert [(end - T) / SECOND for end in asked] == [9.2, 17.2, 25.2]


def test_without_a_tape_the_venue_is_asked_all_the_time() -> None:
    room = Room(taped=False)
    room.send(SessionStarted(T))
    room.until(0)
    answer(room, (-2, 4), (-1, 5))
    room.send(HubOpened(Hub.MARKET, 1))
    room.until(2)
    answer(room, (0, 6))
    room.until(4)
    answer(room, (1, 7), (2, 8))
    assert told(room) == [(0, 6, True), (1, 7, True), (2, 8, True)]
    assert [m.bar.volume for m in room.published(BarClosed) if isinstance(m, BarClosed)] == [
        6,
        7,
        8,
    ]


def test_a_room_that_has_lost_its_bars_is_told_the_newest_again(room: Room) -> None:
    room.send(SessionStarted(T))
    room.until(0)
    answer(room, (-2, 4), (-1, 5))
    room.print(0.1, 100, 6)
    room.print(2.1, 100, 7)
    room.send(ActorRestarted("position"))
    room.send(ActorRestarted("signal"))
    room.until(2.1)
    first, again = room.published(PastBars)
    assert isinstance(first, PastBars)
    assert isinstance(again, PastBars)
    assert [bar.volume for bar in first.bars] == [4, 5]
    assert [bar.volume for bar in again.bars] == [4, 5, 6]


def test_a_second_that_was_told_before_the_past_came_is_not_told_again_with_it(room: Room) -> None:
    room.send(SessionStarted(T))
    room.print(0.1, 100, 6)
    room.print(2.1, 100, 7)
    room.until(2.2)
    assert [(second(bar), bar.volume) for bar in room.bars] == [(1, 6)]
    answer(room, (0, 5), (1, 9))
    room.send(ActorRestarted("model"))
    room.until(2.2)
    *_, again = room.published(PastBars)
    assert isinstance(again, PastBars)
    assert [(second(bar), bar.volume) for bar in again.bars] == [(0, 5), (1, 6)]


def test_the_answer_to_a_later_question_is_not_the_past(room: Room) -> None:
    room.send(SessionStarted(T))
    room.until(1)
    bar = Bar(T - SECOND, T, 90, 91, 89, 90, 7)
    room.send(BarsFound(MES.id, 1, (bar,), T, T - 5 * SECOND))
    room.until(1)
    assert room.published(PastBars) == []
    answer(room, (-2, 4), (-1, 5))
    room.until(1)
    assert len(room.published(PastBars)) == 1


@pytest.mark.parametrize("is_open", [True, False])
def test_a_restarted_room_learns_whether_the_hub_is_away(room: Room, is_open: bool) -> None:
    room.spawn()
    room.until(0)
    asked = len(room.published(QueryBars))
    room.send(HubState(Hub.MARKET, is_open))
    room.until(2.1)
    assert len(room.published(QueryBars)) == asked + (not is_open)

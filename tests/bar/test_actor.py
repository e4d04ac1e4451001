"""The bar room in the virtual runtime: what it asks for, publishes, and survives."""

from actors.bar.picture import ALLOWANCE
from actors.runtime.delivery import Published
from messages.base import SECOND, Nanos
from messages.control import ActorFailed, ActorRestarted, CloseBarDue, SessionEnded, SessionStarted
from messages.hub import Hub, HubOpened
from messages.market import (
    Bar,
    BarClosed,
    BarsFound,
    Depth,
    DepthKind,
    DepthRow,
    FrameClosed,
    PastFrames,
    Print,
    QueryBars,
    Quote,
    Side,
    Tape,
)
from messages.order import QueryFailed
from messages.picture import MarketPicture
from tests.bar.room import MES, Room, T, answer, away, second


def test_at_the_start_it_asks_for_the_past(room: Room) -> None:
    room.send(SessionStarted(T))
    room.until(0)
    assert room.published(QueryBars) == [QueryBars(MES.id, 1, T - 300 * SECOND, T, 300)]


def test_in_silence_bars_close_by_timer_one_a_second(room: Room) -> None:
    room.print(0, 100, 3)
    room.until(4 + ALLOWANCE / SECOND - 0.001)
    assert [(second(bar), bar.volume) for bar in room.bars] == [(0, 3), (1, 0), (2, 0)]
    room.until(4 + ALLOWANCE / SECOND)
    assert second(room.bars[-1]) == 3


def test_a_print_of_the_next_second_closes_the_bar_at_once(room: Room) -> None:
    room.print(0, 100)
    room.print(1.001, 101)
    room.until(1.001)
    assert len(room.bars) == 1
    room.until(2.249)
    assert len(room.bars) == 1


def test_depth_closes_bars_too(room: Room) -> None:
    room.print(0, 100)
    room.until(1.002)
    now = room.runtime.clock.now
    room.send(Depth(MES.id, now, (DepthRow(now, DepthKind.BID, 99, 5),)))
    room.until(1.002)
    assert len(room.bars) == 1


def test_the_past_gives_the_price_of_silent_seconds_and_is_not_published(room: Room) -> None:
    room.until(0.5)
    now = room.runtime.clock.now
    room.send(Depth(MES.id, now, (DepthRow(now, DepthKind.BID, 99, 5),)))
    room.send(SessionStarted(T))
    room.until(5)
    assert room.bars == []
    past = Bar(T - SECOND, T, 90, 91, 89, 90, 7)
    room.send(BarsFound(MES.id, 1, (past,), T, T - 300 * SECOND))
    room.until(6.6)
    assert room.bars
    assert {bar.close for bar in room.bars} == {90}
    assert all(bar.start >= T + SECOND for bar in room.bars)


def test_a_quote_gives_the_price_of_silent_seconds(room: Room) -> None:
    room.send(Quote(MES.id, T, T, bid=99, ask=100, last=99))
    room.send(Depth(MES.id, T, (DepthRow(T, DepthKind.BID, 99, 5),)))
    room.until(1.5)
    assert [(bar.close, bar.bid, bar.ask) for bar in room.bars] == [(99, 99, 100)]


def test_the_volume_of_the_bars_is_the_volume_of_the_tape(room: Room) -> None:
    total = 0
    for index in range(200):
        room.print(index * 0.137, 100 + index % 7, index)
        total += index
    room.until(40)
    assert sum(bar.volume for bar in room.bars) == total


def test_prints_of_one_millisecond_all_count_equal_ones_too(room: Room) -> None:
    room.print(0, 100)
    for size in (2, 2, 5, 2):
        room.print(1.5, 101, size)
    now = room.runtime.clock.now
    room.send(
        Tape(MES.id, now, (Print(now, 99, 1, Side.SELL),) * 3 + (Print(now, 101, 1, Side.BUY),))
    )
    room.until(3)
    (bar,) = [bar for bar in room.bars if second(bar) == 1]
    assert (bar.open, bar.high, bar.low, bar.close) == (101, 101, 99, 101)
    assert (bar.volume, bar.buy_volume, bar.sell_volume, bar.trades) == (15, 12, 3, 8)


def test_a_restarted_actor_repeats_no_bar_of_its_predecessor(room: Room) -> None:
    room.print(0, 100)
    room.print(3.1, 100, 2)
    room.until(3.1)
    room.spawn()
    for tenth in range(32, 80):
        room.print(tenth / 10, 101)
    room.until(9)
    starts: list[Nanos] = [bar.start for bar in room.bars]
    assert starts == sorted(set(starts))
    assert second(room.bars[-1]) == 7


def test_a_sleeping_machine_wakes_to_the_present(room: Room) -> None:
    room.print(0, 100)
    room.until(2)
    room.runtime.clock.advance(T + 3_600 * SECOND)
    room.until(3_602)
    assert len(room.bars) < 10
    assert second(room.bars[-1]) >= 3_600


def test_a_query_that_failed_is_nothing_to_it(room: Room) -> None:
    room.send(QueryFailed("QueryBars", "unknown_error"))
    room.print(0, 100)
    room.until(2)
    assert len(room.bars) == 1
    assert not room.published(ActorFailed)


def test_while_prints_close_the_bars_no_timer_fires(room: Room) -> None:
    for tenth in range(300):
        room.print(tenth / 10, 100)
    room.until(29.9)
    assert len(room.bars) == 29
    assert room.published(CloseBarDue) == []


def test_when_the_session_ends_the_forming_bar_closes_with_what_it_holds(room: Room) -> None:
    room.print(0, 100, 3)
    room.print(1.2, 100, 4)
    room.print(1.4, 100, 5)
    room.send(SessionEnded())
    room.until(1.4)
    assert [(second(bar), bar.volume) for bar in room.bars] == [(0, 3), (1, 9)]


def framed(room: Room) -> list[tuple[str, float, int, bool]]:
    return [
        (m.timeframe, second(m.bar), m.bar.volume, m.degraded)
        for m in room.published(FrameClosed)
        if isinstance(m, FrameClosed)
    ]


def test_bars_of_the_wanted_timeframes_are_told_before_the_second_that_closes_with_them() -> None:
    room = Room(timeframes="10s 2tick")
    for index in range(22):
        room.print(index, 100 + index)
    room.until(21)
    assert [one for one in framed(room) if one[0] == "10s"] == [
        ("10s", 0, 10, False),
        ("10s", 10, 10, False),
    ]
    assert len([one for one in framed(room) if one[0] == "2tick"]) == 11
    kinds = [
        type(record.message)
        for record in room.records
        if isinstance(record, Published) and isinstance(record.message, FrameClosed | BarClosed)
    ]
    assert kinds[:2] == [FrameClosed, BarClosed]


def test_in_silence_a_wanted_bar_closes_by_timer() -> None:
    room = Room(timeframes="10s")
    room.print(0, 100, 3)
    room.until(10 + ALLOWANCE / SECOND - 0.001)
    assert framed(room) == []
    room.until(10 + ALLOWANCE / SECOND)
    assert framed(room) == [("10s", 0, 3, False)]


def test_a_wanted_bar_closes_by_timer_though_depth_closes_the_seconds() -> None:
    room = Room(timeframes="10s")
    room.print(0, 100, 3)
    for tenth in range(1, 103):
        room.until(tenth / 10)
        now = room.runtime.clock.now
        room.send(Depth(MES.id, now, (DepthRow(now, DepthKind.BID, 99, 5),)))
    assert framed(room) == []
    room.until(10 + ALLOWANCE / SECOND)
    assert framed(room) == [("10s", 0, 3, False)]


def test_the_venue_is_asked_for_the_past_of_a_wanted_timeframe_and_its_answer_told() -> None:
    room = Room(timeframes="1min")
    room.send(SessionStarted(T))
    room.until(2)
    _, asked = room.published(QueryBars)
    assert isinstance(asked, QueryBars)
    assert asked.seconds == 60
    bar = Bar(asked.end, asked.end + 60 * SECOND, 90, 92, 89, 91, 7)
    room.send(BarsFound(MES.id, 60, (bar,), room.runtime.clock.now, asked.start))
    room.until(2)
    assert room.published(PastFrames) == [PastFrames(MES.id, "1min", (bar,))]
    room.send(ActorRestarted("signal"))
    room.until(2)
    assert len(room.published(PastFrames)) == 2
    room.send(ActorRestarted("model"))
    room.until(2)
    assert len(room.published(PastFrames)) == 2


def test_a_gap_degrades_the_wanted_bar_and_the_venue_is_asked_for_it() -> None:
    room = Room(timeframes="10s")
    away(room, 4.5)
    room.send(HubOpened(Hub.MARKET, 2))
    room.print(5.3, 110, 50)  # of a second that is the venue's
    room.print(7.6, 112, 70)
    answer(room, (1, 9), (4, 8), (5, 7))
    room.print(11, 113)
    room.until(11)
    (first,) = framed(room)
    # 3 of second 0, 4 of second 1 until the tape broke off, 15 of the venue, 70 of the tape
    assert first == ("10s", 0, 3 + 4 + 15 + 70, True)
    room.until(14)
    asked = [q for q in room.published(QueryBars) if isinstance(q, QueryBars) and q.seconds == 10]
    assert [q.start < T == q.end for q in asked] == [True]


def test_a_late_first_print_of_a_period_gives_it_a_bar_with_the_next_timer() -> None:
    room = Room(timeframes="10s")
    room.print(0, 100)
    for tenth in range(202):
        room.until(tenth / 10)
        now = room.runtime.clock.now
        room.send(Depth(MES.id, now, (DepthRow(now, DepthKind.BID, 99, 5),)))
    late = Print(T + 19 * SECOND, 100, 4, Side.BUY)
    room.send(Tape(MES.id, room.runtime.clock.now, (late,)))
    room.until(20 + ALLOWANCE / SECOND)
    assert [volume for _, _, volume, _ in framed(room)] == [1, 4]


def test_the_end_of_the_session_tells_what_forms() -> None:
    room = Room(timeframes="10s")
    room.print(0, 100, 3)
    room.print(1.2, 100, 4)
    room.send(SessionEnded())
    room.until(1.3)
    assert [(volume, degraded) for _, _, volume, degraded in framed(room)] == [(7, True)]


def test_the_market_is_told_in_one_message_every_so_often_before_the_bar() -> None:
    room = Room(every=10 * SECOND)
    for index in range(25):
        room.print(index, 100)
    room.until(25)
    told = [m.at for m in room.published(MarketPicture) if isinstance(m, MarketPicture)]
    assert [(at - T) / SECOND for at in told] == [10, 20]
    kinds = [
        type(record.message)
        for record in room.records
        if isinstance(record, Published) and isinstance(record.message, MarketPicture | BarClosed)
    ]
    assert kinds[8:12] == [BarClosed, MarketPicture, BarClosed, BarClosed]


def test_the_market_is_told_to_nobody_who_does_not_want_it(room: Room) -> None:
    for index in range(25):
        room.print(index, 100)
    assert room.published(MarketPicture) == []

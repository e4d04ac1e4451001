"""When the position room asks the venue, and what it makes of the answers."""

import pytest

from actors.position.actor import (
    CLOSING,
    FULL,
    RETRY,
    SETTLE,
    UNANSWERED,
    WATCH,
    PositionActor,
)
from actors.runtime.ports import Answer
from gateway.limiter import CEILINGS, Lane
from messages.base import SECOND, Message, Nanos
from messages.control import ActorRestarted, BooksClosed, CloseBooks, SessionStarted
from messages.hub import Hub, HubLost, HubOpened, HubQuiet, HubRefreshed, HubState
from messages.order import (
    Fill,
    FillEvent,
    FillsFound,
    Order,
    OrdersFound,
    OrderStatus,
    OrderType,
    QueryFailed,
    QueryFills,
    QueryOrders,
)
from messages.position import (
    DayFigures,
    ExitReason,
    Mismatch,
    Position,
    PositionChanged,
    PositionEvent,
    PositionsFound,
    QueryPositions,
    Reconciled,
    RoundTrip,
)
from tests.position.bench import BUY, FEES, MES, SELL, START, fill, held
from tests.runtime.stage import Stage

ASKED = (QueryFills, QueryPositions)


class Answers:
    """The venue's word, as the test sets it; "fail" is a read that gives nothing."""

    def __init__(self) -> None:
        self.fills: tuple[Fill, ...] = ()
        self.positions: tuple[Position, ...] = ()
        self.failing = False
        self.questions: list[Message] = []

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        self.questions.append(message)
        if self.failing:
            answer(now, QueryFailed(type(message).__name__, "timed_out"))
        elif isinstance(message, QueryFills):
            answer(now, FillsFound(self.fills, now, message.since))
        else:
            answer(now, PositionsFound(self.positions, now))


def made(start: Nanos = START, told: bool = True) -> tuple[Stage, Answers]:
    venue = Answers()
    ports = {"queries": (venue, ASKED)}
    stage = Stage("position", PositionActor, (MES,), 30.0, start, told, ports=ports, start=start)
    return stage, venue


def started(start: Nanos = START) -> tuple[Stage, Answers]:
    stage, venue = made(start)
    stage.send(SessionStarted(start))
    return stage, venue


def test_the_session_begins_with_the_trade_dates_fills_and_the_positions() -> None:
    stage, venue = started()
    since = START - 17 * 3_600 * SECOND  # 17:00 Chicago of the day before
    assert venue.questions == [QueryFills(since), QueryPositions()]
    assert stage.said(QueryOrders) == [QueryOrders()]
    assert stage.said(Reconciled) == [Reconciled(MES.id, 0, False)]


def test_nothing_is_asked_before_the_session_begins() -> None:
    stage, venue = made()
    stage.run(100)
    assert venue.questions == []


def test_flat_and_agreed_the_venue_is_left_in_peace() -> None:
    stage, venue = started()
    stage.run(200)
    assert len(venue.questions) == 2


def test_a_position_is_compared_every_so_often() -> None:
    stage, venue = started()
    stage.send(FillEvent(fill(1, BUY), START), PositionEvent(held(1), START))
    venue.fills, venue.positions = (fill(1, BUY),), (held(1),)
    stage.run(91)
    assert len(venue.questions) == 2 + 3 * 2


def test_a_reopened_user_hub_is_a_reason_to_ask_and_a_market_hub_is_none() -> None:
    stage, venue = started()
    stage.send(HubOpened(Hub.MARKET, 2))
    assert len(venue.questions) == 2
    venue.fills = (fill(1, BUY), fill(2, SELL, pnl=0))  # lost with the connection
    stage.send(HubOpened(Hub.USER, 2))
    assert len(venue.questions) == 4
    assert stage.said(DayFigures)[-1].realised == -2 * FEES


def test_a_user_hub_that_changed_connections_is_a_reason_to_ask_too() -> None:
    stage, venue = started()
    stage.send(HubRefreshed(Hub.MARKET, 2, 0))
    assert len(venue.questions) == 2
    stage.send(HubRefreshed(Hub.USER, 2, 0))
    assert len(venue.questions) == 4


def test_a_question_that_fails_is_asked_again_even_when_all_seems_well() -> None:
    stage, venue = started()
    venue.failing = True
    venue.fills = (fill(1, BUY), fill(2, SELL, pnl=0))
    stage.send(HubOpened(Hub.USER, 2))
    stage.run(10.5 * RETRY / SECOND)
    assert len(venue.questions) == 2 + 4 * 2, "after 1, 2, and 4 s again"
    assert len(stage.said(QueryOrders)) == 2, "they are asked for once"
    stage.send(FillEvent(fill(3, BUY), stage.now), PositionEvent(held(1), stage.now))
    stage.run(0.4)
    assert len(venue.questions) == 2 + 4 * 2, "nor does an event hurry it"
    venue.failing = False
    venue.fills, venue.positions = (*venue.fills, fill(3, BUY)), (held(1),)
    stage.run(0.2)
    assert stage.said(DayFigures)[-1].realised == -3 * FEES
    asked = len(venue.questions)
    stage.send(PositionEvent(held(1), stage.now))
    stage.run(10)
    assert len(venue.questions) == asked


def test_answers_that_nobody_waits_for_are_not_compared() -> None:
    stage, _ = started()
    assert len(stage.said(Reconciled)) == 1
    stage.run(1)
    stage.send(PositionsFound((held(3),), stage.now), FillsFound((), stage.now, 0))
    assert len(stage.said(Reconciled)) == 1


def test_a_fill_and_its_position_may_come_apart_for_a_moment() -> None:
    stage, venue = started()
    stage.send(PositionEvent(held(1), START))
    stage.run(SETTLE / SECOND - 0.1)
    stage.send(FillEvent(fill(1, BUY), START))
    stage.run(5)
    assert len(venue.questions) == 2


def test_a_position_without_a_fill_is_adopted_after_three_looks() -> None:
    stage, venue = started()
    venue.positions = (held(2),)
    stage.send(PositionEvent(held(2), START))
    stage.run(1.4)
    assert not stage.said(Mismatch)
    stage.run(0.2)
    assert stage.said(Mismatch) == [Mismatch(MES.id, 0, 2)]
    assert stage.said(PositionChanged)[-1].size == 2
    asked = len(venue.questions)
    assert asked == 2 + 3 * 2
    stage.run(10)
    assert len(venue.questions) == asked


def test_an_answer_to_an_older_question_does_not_count() -> None:
    stage, venue = made()
    venue.failing = True
    stage.send(SessionStarted(START))
    stage.run(0.5)
    stage.send(PositionsFound((held(5),), START - 1), FillsFound((), START - 1, 0))
    assert not stage.said(Reconciled)


def test_a_restarted_room_is_not_misled_by_what_waits_from_before() -> None:
    stage, venue = started()
    stage.run(5)
    venue.fills, venue.positions = (fill(1, BUY),), (held(1),)
    stage.emit(PositionsFound((), START))  # asked for by the order room before the entry filled
    stage.restart()
    assert stage.said(PositionChanged)[-1].size == 1
    assert stage.said(Reconciled)[-1] == Reconciled(MES.id, 1, False)
    assert not stage.said(Mismatch)


def test_a_restarted_room_compares_as_often_as_before() -> None:
    stage, venue = started()
    venue.fills, venue.positions = (fill(1, BUY),), (held(1),)
    stage.restart()
    asked = len(venue.questions)
    stage.run(61)
    assert len(venue.questions) == asked + 4


def test_what_is_so_is_repeated_for_a_restarted_room_but_not_for_itself() -> None:
    stage, _ = started()
    said = len(stage.said(DayFigures))
    stage.send(ActorRestarted("position"))
    assert len(stage.said(DayFigures)) == said
    stage.send(ActorRestarted("risk"))
    assert len(stage.said(DayFigures)) == said + 1


def test_the_days_figures_begin_anew_when_the_trade_date_does() -> None:
    before = START + 7 * 3_600 * SECOND - 40 * SECOND  # 40 s to 17:00 Chicago
    stage, _ = started(before)
    minute = 7 * 3_600 - 35
    trip = fill(1, BUY, at=minute), fill(2, SELL, at=minute, pnl=0)
    stage.send(*[FillEvent(half, before) for half in trip])
    assert stage.said(DayFigures)[-1].round_trips == 1
    stage.run(35)
    assert stage.said(DayFigures)[-1].round_trips == 1
    stage.run(30)
    assert stage.said(DayFigures)[-1] == DayFigures(0, 0, 0, 0)
    assert stage.said(PositionChanged)[-1].realised == 0
    for again in trip:
        stage.send(FillEvent(again, stage.now))
        assert stage.said(PositionChanged)[-1].size == 0, "yesterday's, told once more"
    assert stage.said(DayFigures)[-1] == DayFigures(0, 0, 0, 0)


def test_while_the_user_hub_is_away_the_venue_is_asked_at_once_and_every_1300_ms() -> None:
    stage, venue = started()
    stage.send(HubLost(Hub.MARKET, 1, "reset"))
    assert len(venue.questions) == 2
    stage.send(HubLost(Hub.USER, 1, "reset"))
    assert len(venue.questions) == 4
    stage.send(HubLost(Hub.USER, 0, "refused"))
    stage.run(60)
    looks = 60 * SECOND // WATCH
    assert len(venue.questions) == 4 + looks + looks // FULL
    assert looks + 3 * (looks // FULL) < CEILINGS[Lane.LOOKUP], "where orders take two requests"
    stage.send(HubOpened(Hub.USER, 2))
    asked = len(venue.questions)
    stage.run(60)
    assert len(venue.questions) == asked


def held_unheard() -> tuple[Stage, Answers]:
    """A position, and nobody who tells of it: both hubs and venue agree so far."""
    stage, venue = started()
    stage.send(FillEvent(fill(1, BUY), START), PositionEvent(held(1), START))
    venue.fills, venue.positions = (fill(1, BUY),), (held(1),)
    stage.send(HubLost(Hub.USER, 1, "reset"))
    return stage, venue


def test_a_position_that_nobody_tells_of_is_looked_at_every_1300_ms_within_the_budget() -> None:
    stage, venue = held_unheard()
    orders, positions, fills = (len(stage.said(kind)) for kind in (QueryOrders, *reversed(ASKED)))
    stage.run(60)
    looks = 60 * SECOND // WATCH
    assert len(stage.said(QueryOrders)) - orders == looks
    assert len(stage.said(QueryPositions)) - positions == looks
    asked = len(stage.said(QueryFills)) - fills
    assert asked == looks // FULL
    assert 2 * looks + asked <= CEILINGS[Lane.LOOKUP]
    venue.fills, venue.positions = (*venue.fills, fill(2, SELL, pnl=0)), ()
    stage.run(WATCH / SECOND)
    assert stage.said(PositionChanged)[-1].size == 0
    orders, positions = (len(stage.said(kind)) for kind in (QueryOrders, QueryPositions))
    stage.run(FULL * WATCH / SECOND)
    assert len(stage.said(QueryPositions)) == positions + FULL
    assert len(stage.said(QueryOrders)) == orders + 1, "flat, positions alone are looked at"


def test_a_look_that_is_not_answered_is_repeated_after_two_rounds() -> None:
    stage = Stage("position", PositionActor, (MES,), 30.0, START)
    stage.send(SessionStarted(START), FillsFound((fill(1, BUY),), START, 0))
    stage.send(PositionsFound((held(1),), START), HubLost(Hub.USER, 1, "reset"))
    stage.send(FillsFound((), stage.now, 0), PositionsFound((held(1),), stage.now))
    asked = len(stage.said(QueryPositions))
    stage.run(11 * WATCH / SECOND)
    assert len(stage.said(QueryPositions)) - asked == 6
    stage.send(PositionsFound((held(1),), stage.now))
    stage.run(WATCH / SECOND)
    assert len(stage.said(QueryPositions)) - asked == 7


def test_an_answer_to_another_room_that_disagrees_is_looked_into() -> None:
    stage, venue = started()
    venue.fills, venue.positions = (fill(1, BUY),), (held(1),)
    stage.run(1)
    stage.send(PositionsFound((held(1),), stage.now))  # its fill was never told
    stage.run(SETTLE / SECOND)
    assert stage.said(PositionChanged)[-1].size == 1


def test_what_fills_meanwhile_is_known_with_the_next_look() -> None:
    stage, venue = started()
    stage.send(FillEvent(fill(1, BUY), START), PositionEvent(held(1), START))
    venue.fills, venue.positions = (fill(1, BUY),), (held(1),)
    stop = Order(1_002, MES.id, OrderStatus.OPEN, OrderType.STOP, SELL, 1, 0, 0, tag="t-SL")
    stage.send(HubLost(Hub.USER, 1, "reset"), OrdersFound((stop,), stage.now))
    stage.run(10)
    venue.fills, venue.positions = (fill(1, BUY), fill(2, SELL, pnl=-50_000)), ()
    stage.run(3.1)
    assert stage.said(PositionChanged)[-1].size == 0
    (trip,) = stage.said(RoundTrip)
    assert trip.reason is ExitReason.STOP
    assert stage.said(Mismatch) == []


def test_an_answer_that_takes_long_is_waited_for() -> None:
    stage = Stage("position", PositionActor, (MES,), 30.0, START)
    stage.send(SessionStarted(START), HubLost(Hub.USER, 1, "reset"))
    stage.run(9)
    assert len(stage.said(QueryFills)) == 2
    stage.run(UNANSWERED / SECOND)
    assert len(stage.said(QueryFills)) == 3


def test_a_failing_venue_is_asked_no_more_often_for_it() -> None:
    stage, venue = started()
    venue.failing = True
    stage.send(HubLost(Hub.USER, 1, "reset"))
    asked = len(venue.questions)
    stage.run(30)
    looks = 30 * SECOND // WATCH
    assert len(venue.questions) == asked + looks + looks // FULL


def test_the_first_whole_answer_is_asked_for_every_few_seconds() -> None:
    stage, venue = made(told=False)
    venue.failing = True
    stage.send(SessionStarted(START))
    stage.run(30)
    assert 30 // 6 <= len(stage.said(QueryFills)) - 1 <= 30 // 4


def test_where_there_is_no_user_hub_the_venue_is_asked_all_the_time() -> None:
    stage, venue = made(told=False)
    stage.send(SessionStarted(START))
    stage.run(30)
    looks = 30 * SECOND // WATCH
    assert len(venue.questions) == 2 + looks + looks // FULL


def test_a_silent_market_hub_is_a_reason_to_look_every_1300_ms_until_it_speaks() -> None:
    """The user hub may be as deaf, and its silence would tell nobody."""
    stage, venue = started()
    stage.run(10)
    asked = len(venue.questions)
    stage.send(HubQuiet(Hub.MARKET, True))
    stage.run(10)
    assert venue.questions[asked:] == [QueryPositions()] * 8, "at once, and every 1.3 s"
    venue.positions, venue.fills = (held(1),), (fill(1, BUY, at=20),)  # a stranger's
    stage.run((WATCH + SETTLE) / SECOND)
    assert stage.said(PositionChanged)[-1].size == 1
    orders = len(stage.said(QueryOrders))
    stage.run(4 * WATCH / SECOND)
    assert len(stage.said(QueryOrders)) == orders + 4, "a position wants cover"
    stage.send(HubQuiet(Hub.MARKET, False))
    asked = len(venue.questions)
    stage.run(2)
    assert len(venue.questions) == asked


def test_a_market_hub_that_stutters_causes_no_more_looks_than_a_silent_one() -> None:
    stage, venue = started()
    asked = len(venue.questions)
    for _ in range(60):
        stage.send(HubQuiet(Hub.MARKET, True))
        stage.run(0.3)
        stage.send(HubQuiet(Hub.MARKET, False))
        stage.run(0.2)
    assert 0 < len(venue.questions) - asked <= 30 * SECOND // WATCH


def test_a_market_hub_that_speaks_does_not_end_the_looks_for_an_absent_user_hub() -> None:
    stage, venue = started()
    stage.send(HubQuiet(Hub.MARKET, True), HubLost(Hub.USER, 1, "reset"))
    stage.send(HubQuiet(Hub.MARKET, False))
    stage.run(1)
    asked = len(venue.questions)
    stage.run(13)
    assert len(venue.questions) == asked + 10
    stage.send(HubQuiet(Hub.MARKET, True), HubOpened(Hub.USER, 2))
    asked = len(venue.questions)
    stage.run(13)
    assert len(venue.questions) >= asked + 9


@pytest.mark.parametrize("is_open", [True, False])
def test_a_restarted_room_learns_whether_the_user_hub_is_away(is_open: bool) -> None:
    stage, venue = started()
    stage.restart()
    stage.run(0)
    asked = len(venue.questions)
    stage.send(HubState(Hub.MARKET, False), HubState(Hub.USER, is_open))
    stage.run(3)
    assert len(venue.questions) == asked + (0 if is_open else 2 * 2)


# The end


def test_at_the_end_the_venues_last_fills_are_read_before_the_books_are_closed() -> None:
    stage, venue = started()
    stage.send(FillEvent(fill(1, BUY), START))
    venue.fills = (fill(1, BUY), fill(2, SELL, pnl=12_500))  # the second was never told
    stage.send(CloseBooks())
    assert stage.said(BooksClosed) == [BooksClosed()]
    assert stage.said(DayFigures)[-1].realised == 12_500 - 2 * FEES
    assert [trip.id for trip in stage.said(RoundTrip)] == [2]
    stage.run(30)
    assert stage.said(BooksClosed) == [BooksClosed()]


def test_the_books_are_not_closed_on_a_position() -> None:
    stage, venue = started()
    stage.send(FillEvent(fill(1, BUY), START), PositionEvent(held(1), START))
    venue.fills, venue.positions = (fill(1, BUY),), (held(1),)
    stage.send(CloseBooks())
    stage.run(3)
    assert stage.said(BooksClosed) == []
    venue.fills, venue.positions = (fill(1, BUY), fill(2, SELL, pnl=0)), ()
    stage.run(CLOSING / SECOND)
    assert stage.said(BooksClosed) == [BooksClosed()]


def test_at_the_end_a_failing_venue_is_asked_until_it_answers() -> None:
    stage, venue = started()
    venue.failing = True
    stage.send(CloseBooks())
    stage.run(10)
    assert stage.said(BooksClosed) == []
    venue.failing = False
    stage.run(CLOSING / SECOND)
    assert stage.said(BooksClosed) == [BooksClosed()]


def test_at_the_end_two_answers_may_be_to_two_questions() -> None:
    """Nothing changes any more, and each answer may be lost."""
    stage = Stage("position", PositionActor, (MES,), 30.0, START)
    stage.send(SessionStarted(START), FillsFound((), START, 0), PositionsFound((), START))
    stage.run(1)
    stage.send(CloseBooks())
    first = stage.now
    stage.run(CLOSING / SECOND)
    assert [asked.urgent for asked in stage.said(QueryFills)] == [False, True, True]
    assert [asked.urgent for asked in stage.said(QueryPositions)] == [False, True, True]
    assert len(stage.said(QueryOrders)) == 1
    stage.send(PositionsFound((), first - 1), FillsFound((), first, 0))
    assert stage.said(BooksClosed) == []
    stage.send(PositionsFound((), stage.now))
    assert stage.said(BooksClosed) == [BooksClosed()]

"""The watchdog's rounds, in virtual time."""

import pytest

from actors.runtime.ports import Answer
from actors.watchdog.actor import WatchdogActor
from config.calendar import Always, Calendar, calendar
from config.schema import Trading
from messages.base import FINE, MILLISECOND, SECOND, Message, Nanos
from messages.control import ActorRestarted, Alarm, AlarmCleared, AlarmKind, SessionStarted
from messages.hub import Hub, HubActivity, HubLost, HubOpened, HubQuiet, HubState, Stream
from messages.market import MarketStatus, MarketStatusChanged, Print, Quote, Side, Tape
from messages.order import (
    Order,
    OrderEvent,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    PlaceResult,
    Purpose,
    QueryOrders,
)
from messages.position import (
    Mismatch,
    Position,
    PositionEvent,
    PositionsFound,
    QueryPositions,
)
from tests.runtime.stage import START, Stage

MES = "CON.F.US.MES.Z26"
STOP = Order(1, MES, OrderStatus.OPEN, OrderType.STOP, Side.SELL, 1, 0, 0)


class Venue:
    """What it answers a restarted watchdog."""

    def __init__(self) -> None:
        self.orders: tuple[Order, ...] = ()
        self.position = 0

    def handle(self, message: Message, now: Nanos, answer: Answer) -> None:
        if isinstance(message, QueryOrders):
            answer(now, OrdersFound(self.orders, now))
        else:
            answer(now, PositionsFound((Position(MES, self.position, 100 * FINE),), now))


def made(
    hours: Calendar | None = None, start: Nanos = START, doubted: bool = False
) -> tuple[Stage, Venue]:
    venue = Venue()
    ports = {"queries": (venue, (QueryOrders, QueryPositions))}
    args = ((MES,), 5.0, 2.0, 100, 2, hours or Always(), tuple(Stream), tuple(Hub), doubted)
    stage = Stage("watchdog", WatchdogActor, *args, ports=ports, start=start)
    stage.run(60)
    assert stage.said(Alarm) == []
    stage.send(SessionStarted(stage.now))
    return stage, venue


def alarms(stage: Stage) -> list[AlarmKind]:
    return [alarm.kind for alarm in stage.said(Alarm)]


def quotes(stage: Stage, seconds: float) -> None:
    """A quote every half second."""
    for _ in range(round(seconds * 2)):
        stage.run(0.5)
        stage.send(Quote(MES, 0, stage.now, bid=1))


def sleep(stage: Stage, millis: int) -> None:
    """The machine sleeps: time has passed, and nothing has happened."""
    stage.runtime.clock.advance(stage.now + millis * MILLISECOND)
    stage.run(0)


def test_silence_of_the_feed_is_alarmed_within_a_round_of_its_limit_and_cleared_later() -> None:
    stage, _ = made()
    quotes(stage, 20)
    newest = stage.now
    stage.run(5.2)
    ((alarm, at),) = stage.timed(Alarm)
    assert alarm.kind is AlarmKind.STALE_DATA
    assert 5 * SECOND <= at - newest <= 5_100 * MILLISECOND
    quotes(stage, 2)
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.STALE_DATA, MES)]


def test_prints_alone_are_data_and_the_book_is_too_for_a_while() -> None:
    stage, _ = made()
    for _ in range(10):
        stage.run(1)
        stage.send(Tape(MES, stage.now, (Print(0, 1, 1, Side.BUY),)))
    for _ in range(14):
        stage.run(1)
        stage.send(HubActivity(Hub.MARKET, True, stage.now, 0, last_depth=stage.now))
    assert alarms(stage) == []
    stage.run(1.2)
    assert alarms(stage) == [AlarmKind.STALE_DATA]


def test_a_naked_position_is_alarmed_before_the_time_allowed_is_over() -> None:
    stage, _ = made()
    stage.send(PositionEvent(Position(MES, 1, 0), stage.now), OrderEvent(STOP, stage.now))
    quotes(stage, 10)
    assert alarms(stage) == []
    lost = stage.now
    stage.send(
        OrderEvent(Order(1, MES, OrderStatus.CANCELLED, OrderType.STOP, Side.SELL, 1, 0, 0), lost)
    )
    quotes(stage, 3)
    ((alarm, at),) = stage.timed(Alarm)
    assert alarm.kind is AlarmKind.UNPROTECTED
    assert 1.6 * SECOND <= at - lost <= 1.9 * SECOND


def test_positions_and_orders_found_count_as_much_as_events() -> None:
    stage, _ = made()
    stage.send(PositionsFound((Position(MES, 1, 0),), stage.now))
    stage.send(OrdersFound((STOP,), stage.now))
    quotes(stage, 5)
    assert alarms(stage) == []
    stage.send(OrdersFound((), stage.now))
    quotes(stage, 3)
    assert alarms(stage) == [AlarmKind.UNPROTECTED]
    stage.send(PositionsFound((), stage.now))
    quotes(stage, 1)
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.UNPROTECTED, MES)]


def test_a_position_that_is_too_large_is_alarmed_on_the_next_round() -> None:
    stage, _ = made()
    stage.send(PositionEvent(Position(MES, 3, 0), stage.now))
    stage.run(0.11)
    assert alarms(stage) == [AlarmKind.EXCESS_POSITION]


def test_other_contracts_are_not_watched() -> None:
    stage, _ = made()
    stage.send(PositionEvent(Position("other", 9, 0), stage.now))
    quotes(stage, 4)
    assert alarms(stage) == []


def test_a_hub_that_stays_away_is_alarmed_and_its_return_clears_it() -> None:
    stage, _ = made()
    stage.send(HubLost(Hub.USER, 1, "reset"))
    quotes(stage, 6)
    assert alarms(stage) == [AlarmKind.HUB_DOWN]
    stage.send(HubOpened(Hub.USER, 2))
    assert stage.said(AlarmCleared) == [AlarmCleared(AlarmKind.HUB_DOWN, "user")]


def test_a_round_that_comes_late_means_that_the_clock_jumped() -> None:
    stage, _ = made()
    stage.run(0.05)
    sleep(stage, 1_149)
    (alarm,) = stage.said(Alarm)
    assert alarm.kind is AlarmKind.CLOCK_JUMP
    assert (alarm.measured, alarm.limit, alarm.unit) == (1_099, 1_000, "ms")


@pytest.mark.parametrize(("millis", "said"), [(1_099, []), (1_100, [AlarmKind.CLOCK_JUMP])])
def test_a_round_that_is_a_little_late_is_none(millis: int, said: list[AlarmKind]) -> None:
    stage, _ = made()
    sleep(stage, millis)
    stage.run(1)
    assert alarms(stage) == said


@pytest.mark.parametrize(("hub", "said"), [(Hub.MARKET, []), (Hub.USER, [AlarmKind.STALE_DATA])])
def test_a_new_market_hub_begins_the_feed_anew(hub: Hub, said: list[AlarmKind]) -> None:
    stage, _ = made()
    stage.send(Tape(MES, stage.now, (Print(0, 1, 1, Side.BUY),)))
    for volume in (10, 11, 12):
        stage.run(2)
        stage.send(Quote(MES, 0, stage.now, bid=1, volume=volume))
    stage.send(HubOpened(hub, 2))
    quotes(stage, 8)
    assert alarms(stage) == said


def test_a_mismatch_is_passed_on_in_words() -> None:
    stage, _ = made()
    stage.send(Mismatch(MES, -1, 2))
    (alarm,) = stage.said(Alarm)
    assert alarm.words == "the engine held -1, the venue says +2"


def test_a_restarted_watchdog_reads_the_venue_again_and_goes_on_watching() -> None:
    stage, venue = made()
    stage.send(PositionEvent(Position(MES, 1, 0), stage.now), OrderEvent(STOP, stage.now))
    venue.position = 1
    stage.restart()
    quotes(stage, 3)
    assert alarms(stage) == [AlarmKind.UNPROTECTED]
    venue.orders = (STOP,)
    stage.restart()
    quotes(stage, 3)
    assert alarms(stage) == [AlarmKind.UNPROTECTED]


def test_what_an_earlier_process_alarmed_is_cleared_by_the_first_good_readings() -> None:
    stage, _ = made(doubted=True)
    stage.send(HubOpened(Hub.MARKET, 1), HubOpened(Hub.USER, 1))
    quotes(stage, 3)
    cleared = {(said.kind, said.subject) for said in stage.said(AlarmCleared)}
    assert cleared == {
        (AlarmKind.HUB_DOWN, "market"),
        (AlarmKind.HUB_DOWN, "user"),
        (AlarmKind.STALE_DATA, MES),
    }


def test_a_restarted_watchdog_clears_the_alarms_that_its_predecessor_raised() -> None:
    stage, _ = made()
    stage.send(HubLost(Hub.MARKET, 1, "reset"))
    stage.run(6)
    assert set(alarms(stage)) == {AlarmKind.STALE_DATA, AlarmKind.HUB_DOWN}
    stage.restart()
    stage.send(HubOpened(Hub.MARKET, 2))
    quotes(stage, 3)
    kinds = {cleared.kind for cleared in stage.said(AlarmCleared)}
    assert kinds == {AlarmKind.STALE_DATA, AlarmKind.HUB_DOWN}


TIMES = {"session_start": "09:30", "session_end": "16:30", "flatten_time": "16:25"}
SESSIONS = calendar(Trading.model_validate({"contract": MES, **TIMES}))
HOUR = 3_600 * SECOND


def statuses(stage: Stage) -> list[MarketStatus]:
    return [change.status for change in stage.said(MarketStatusChanged)]


def test_in_the_exchange_s_break_nothing_is_missed_while_flat() -> None:
    thursday = START - 24 * HOUR
    stage, _ = made(SESSIONS, thursday + 6 * HOUR - 90 * SECOND)  # 90 s before 16:00 Chicago
    quotes(stage, 29)
    assert statuses(stage) == [MarketStatus.UNKNOWN, MarketStatus.OPEN]
    stage.run(3_600)
    assert statuses(stage)[2:] == [MarketStatus.BREAK]
    stage.run(2)  # 17:00
    quotes(stage, 3)
    assert statuses(stage)[3:] == [MarketStatus.UNKNOWN, MarketStatus.OPEN]
    assert alarms(stage) == []


def test_in_the_break_a_position_is_watched_all_the_same() -> None:
    thursday = START - 24 * HOUR
    stage, _ = made(SESSIONS, thursday + 6 * HOUR + 60 * SECOND)
    stage.send(PositionEvent(Position(MES, 1, 0), stage.now), OrderEvent(STOP, stage.now))
    stage.run(15.2)
    assert alarms(stage) == [AlarmKind.STALE_DATA]


def test_outside_the_busy_hours_data_may_be_silent_for_three_times_as_long() -> None:
    evening = START - 15 * HOUR  # 19:00 Chicago
    stage, _ = made(SESSIONS, evening)
    quotes(stage, 2)
    stage.run(14.9)
    assert alarms(stage) == []
    stage.run(0.2)
    assert alarms(stage) == [AlarmKind.STALE_DATA]


def test_a_refusal_for_a_closed_market_halts_it_until_prints_come() -> None:
    stage, _ = made()
    quotes(stage, 1)
    refused = MES, "t", Purpose.ENTRY, Outcome.REFUSED, None
    stage.send(PlaceResult(*refused, "order_rejected", ""))
    quotes(stage, 1)
    assert statuses(stage)[-1] is MarketStatus.OPEN
    stage.send(PlaceResult(*refused, "market_closed", "not in an active trading status"))
    quotes(stage, 10)
    assert statuses(stage)[-1] is MarketStatus.HALTED
    for _ in range(8):
        quotes(stage, 1)
        stage.send(Tape(MES, stage.now, (Print(0, 1, 1, Side.BUY),)))
    stage.run(0.1)
    assert statuses(stage)[-1] is MarketStatus.OPEN


@pytest.mark.parametrize("room", ["risk", "hub"])
def test_a_restarted_room_is_told_the_status_again(room: str) -> None:
    stage, _ = made()
    quotes(stage, 1)
    stage.send(ActorRestarted("hub"), ActorRestarted(room))
    quotes(stage, 1)
    assert statuses(stage)[-2:] == [MarketStatus.OPEN] * 2


def test_a_restarted_room_is_told_how_the_hubs_are_measured_next() -> None:
    stage, _ = made()
    measured = [HubActivity(Hub.MARKET, True, 0, 0), HubActivity(Hub.USER, False, 0, 0)]
    stage.send(*measured)
    assert stage.said(HubState) == []
    stage.send(ActorRestarted("position"), *measured, *measured)
    assert stage.said(HubState) == [HubState(Hub.MARKET, True), HubState(Hub.USER, False)]


def test_a_market_hub_that_tells_nothing_for_a_second_is_called_quiet_until_it_speaks() -> None:
    stage, _ = made()

    def measure(newest: Nanos) -> list[bool]:
        stage.send(HubActivity(Hub.MARKET, True, stage.now, stage.now, last_tape=newest))
        return [news.quiet for news in stage.said(HubQuiet)]

    newest = stage.now
    assert measure(newest) == [False]
    stage.run(0.999)
    stage.send(HubActivity(Hub.USER, True, stage.now, stage.now))  # its silence tells nothing
    assert measure(newest) == [False]
    stage.run(0.001)
    assert measure(newest) == [False, True]
    stage.run(10)
    assert measure(newest) == [False, True]
    assert measure(stage.now) == [False, True, False]
    stage.send(ActorRestarted("position"))
    assert measure(stage.now) == [False, True, False, False], "for whoever does not know"


@pytest.mark.parametrize("in_break", [False, True])
def test_silence_is_quiet_only_while_the_market_is_open(in_break: bool) -> None:
    thursday = START - 24 * HOUR
    stage, _ = made(SESSIONS, thursday + 6 * HOUR + (60 if in_break else -300) * SECOND)
    stage.send(HubActivity(Hub.MARKET, True, stage.now, stage.now))
    assert [news.quiet for news in stage.said(HubQuiet)] == [not in_break]

"""The human log's lines."""

import inspect

import pytest
from msgspec.structs import replace

from actors.session.lines import WRITERS, lines
from actors.session.memory import Line, Memory
from messages import control, decision, hub, market, position
from messages import order as orders
from messages.base import Message
from messages.control import ActorFailed, Alarm, AlarmKind, Flatten, Flattened, SessionStarted
from messages.decision import Denial, Denied, NoSignal, Signal, SignalKind, SignalRefusal
from messages.hub import Hub, HubHealth, HubRefreshed, TokenRenewed
from messages.market import Side
from messages.order import (
    CancelResult,
    CloseContract,
    Fill,
    FillEvent,
    FillsFound,
    ModifyOrder,
    OrderEvent,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    PlaceResult,
    Purpose,
    StopMoved,
    Withheld,
)
from tests.session.story import (
    BEGAN,
    ENTRY,
    INSTRUMENTS,
    MES,
    Story,
    entered,
    entry_fill,
    left,
    order,
    place,
    stop_leg,
    target_leg,
    trip,
)


def said(denied: Denied) -> str:
    return f"DENIED {denied.code}"


@pytest.fixture
def memory() -> Memory:
    return Memory(said)


def tell(memory: Memory, *messages: Message) -> list[Line]:
    return [line for message in messages for line in lines(message, INSTRUMENTS, memory)]


def test_a_signal_ends_with_its_reason_where_the_strategy_gave_one(memory: Memory) -> None:
    plain = Signal(MES, BEGAN, SignalKind.EXIT_LONG, 0.6, 24_201)
    told = tell(memory, plain, replace(plain, reason="held for 60 s"))
    assert [text for _, text in told] == [
        "SIGNAL: EXIT_LONG conf=0.60 price=6050.25",
        "SIGNAL: EXIT_LONG conf=0.60 price=6050.25 reason=held for 60 s",
    ]


def test_a_trade_reads_as_in_the_users_document(memory: Memory) -> None:
    story = Story()
    entered(story)
    left(story)
    told = tell(memory, *(record.message for record in story.published if record.message))
    assert [text for level, text in told if level != "DEBUG"] == [
        "SIGNAL: LONG_ENTRY conf=0.78 price=6050.25",
        "ORDER: MARKET BUY 1 MES @ market",
        "FILL: BOUGHT 1 MES @ 6050.50",
        "ORDER: LIMIT SELL 1 MES @ 6054.00",
        "ORDER: STOP SELL 1 MES @ 6048.00",
        "FILL: SOLD 1 MES @ 6054.00 (TARGET HIT)",
        "TRADE CLOSED: +$17.50 (14 ticks)",
        "CANCELLED: STOP SELL 1 MES @ 6048.00",
    ]
    assert {level for level, text in told} == {"DEBUG", "INFO"}


def test_predictions_and_features_are_debug(memory: Memory) -> None:
    story = Story()
    entered(story)
    told = tell(memory, *(record.message for record in story.published if record.message))
    debug = [text for level, text in told if level == "DEBUG"]
    assert "BAR: MES o=6050.00 h=6050.50 l=6049.75 c=6050.25 v=7" in debug
    assert "FEATURES: MES 0.5 -1.25" in debug
    assert "PREDICTION: MES UP conf=0.78 up=0.78 down=0.10" in debug


def test_a_losing_trade_has_its_sign_before_the_dollar(memory: Memory) -> None:
    loss = trip(3, gross=-125_000)
    (line,) = tell(memory, loss)
    assert line[1].startswith("TRADE CLOSED: -$12.50 (")


def test_a_closed_trade_is_told_once(memory: Memory) -> None:
    assert len(tell(memory, trip(2), trip(2), trip(3))) == 2


def denied(code: Denial, contract: str = MES) -> Denied:
    return Denied(contract, BEGAN, SignalKind.LONG_ENTRY, code, 1, 0, "")


def test_a_denial_warns_when_its_code_changes_and_is_debug_while_it_repeats(
    memory: Memory,
) -> None:
    codes = [Denial.SPREAD, Denial.SPREAD, Denial.COOLDOWN, Denial.COOLDOWN, Denial.SPREAD]
    told = tell(memory, *(denied(code) for code in codes))
    assert [level for level, text in told] == ["WARNING", "DEBUG", "WARNING", "DEBUG", "WARNING"]
    assert told[0][1] == "DENIED spread"


def test_denials_of_two_contracts_do_not_hide_each_other(memory: Memory) -> None:
    told = tell(memory, denied(Denial.SPREAD), denied(Denial.SPREAD, "CON.F.US.EP.H25"))
    assert [level for level, text in told] == ["WARNING", "WARNING"]


def test_no_signal_is_debug(memory: Memory) -> None:
    none = NoSignal(MES, BEGAN, SignalRefusal.LOW_CONFIDENCE, "0.51")
    assert tell(memory, none) == [("DEBUG", "NO SIGNAL: MES low_confidence (0.51)")]


def test_a_fill_is_told_once_whoever_tells_it(memory: Memory) -> None:
    fill = entry_fill()
    found = FillsFound((fill,), BEGAN, BEGAN)
    assert len(tell(memory, FillEvent(fill, BEGAN), found, FillEvent(fill, BEGAN))) == 1


def test_fills_of_an_earlier_session_are_not_told(memory: Memory) -> None:
    tell(memory, SessionStarted(BEGAN))
    before = FillsFound((entry_fill(stamp=BEGAN - 1),), BEGAN, 0)
    at_start = FillsFound((entry_fill(stamp=BEGAN),), BEGAN, 0)
    assert tell(memory, before) == []
    assert len(tell(memory, at_start)) == 1


def closing(number: int = 9) -> FillEvent:
    fill = Fill(number, 99, MES, Side.SELL, 1, 24_200, 0, -25_000, BEGAN)
    return FillEvent(fill, BEGAN)


def test_a_closing_fill_says_what_closed_it(memory: Memory) -> None:
    stopped = Fill(3, stop_leg().id, MES, Side.SELL, 1, 24_192, 0, -125_000, BEGAN)
    tell(memory, OrderEvent(stop_leg(), BEGAN))
    ways = [
        tell(memory, FillEvent(stopped, BEGAN)),
        tell(memory, closing(10)),
        tell(memory, CloseContract(MES), closing(11)),
        tell(memory, Flatten(1, "stale"), closing(12)),
        tell(memory, Flattened(1, "stale", 5), closing(13)),
    ]
    ends = [told[-1][1].partition("(")[2] for told in ways]
    assert ends == ["STOP HIT)", "OUTSIDE)", "EXIT)", "FLATTEN)", "EXIT)"]


@pytest.mark.parametrize(
    ("type_", "ended"),
    [(OrderType.STOP, "STOP HIT"), (OrderType.LIMIT, "TARGET HIT"), (OrderType.MARKET, "OUTSIDE")],
)
def test_a_leg_of_the_engines_own_bracket_has_no_parent(
    memory: Memory, type_: OrderType, ended: str
) -> None:
    leg = replace(stop_leg(), parent=None, tag="f-1-SL", type=type_)
    fill = Fill(3, leg.id, MES, Side.SELL, 1, 24_192, 0, -125_000, BEGAN)
    tell(memory, OrderEvent(leg, BEGAN))
    ((_, told),) = tell(memory, FillEvent(fill, BEGAN))
    assert told.endswith(f"({ended})")


def test_a_leg_moved_by_hand_is_told_with_its_old_price(memory: Memory) -> None:
    tell(memory, OrderEvent(stop_leg(), BEGAN))
    moved = tell(memory, OrderEvent(stop_leg(price=24_196), BEGAN))
    assert moved == [("INFO", "ORDER: STOP SELL 1 MES @ 6049.00 (was 1 @ 6048.00)")]


def test_an_order_search_tells_only_what_is_new(memory: Memory) -> None:
    tell(memory, OrderEvent(stop_leg(), BEGAN))
    found = OrdersFound((stop_leg(), target_leg()), BEGAN)
    assert tell(memory, found) == [("INFO", "ORDER: LIMIT SELL 1 MES @ 6054.00")]


def test_a_late_open_after_the_end_of_an_order_is_not_told(memory: Memory) -> None:
    tell(memory, OrderEvent(stop_leg(OrderStatus.CANCELLED), BEGAN))
    assert tell(memory, OrderEvent(stop_leg(), BEGAN)) == []


def test_the_engines_limit_entry_is_told_when_sent_and_not_again(memory: Memory) -> None:
    tell(memory, place("ff-9"))
    limit = order(ENTRY, kind=OrderType.LIMIT, limit=24_200, tag="ff-9")
    other = order(ENTRY + 9, kind=OrderType.LIMIT, limit=24_200, tag="by-hand")
    assert tell(memory, OrderEvent(limit, BEGAN)) == []
    assert tell(memory, OrderEvent(other, BEGAN)) == [("INFO", "ORDER: LIMIT BUY 1 MES @ 6050.00")]


@pytest.mark.parametrize(
    ("outcome", "level"), [(Outcome.REFUSED, "ERROR"), (Outcome.UNKNOWN, "WARNING")]
)
def test_a_failed_placement_is_told_with_the_venues_words(
    memory: Memory, outcome: Outcome, level: str
) -> None:
    result = PlaceResult(MES, "ff-1", Purpose.ENTRY, outcome, None, "rejected", "no margin")
    ((told, text),) = tell(memory, result)
    assert told == level
    assert "ff-1" in text
    assert "rejected no margin" in text


@pytest.mark.parametrize(
    ("limit", "where"), [(None, "MARKET BUY 2 MES @ market"), (24201, "LIMIT BUY 2 MES @ 6050.25")]
)
def test_what_an_observing_session_withholds_is_told(
    memory: Memory, limit: int | None, where: str
) -> None:
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    head = (MES, BEGAN, SignalKind.LONG_ENTRY, kind, Side.BUY, 2)
    (told,) = tell(memory, Withheld(*head, limit, -8, 12))
    assert told == ("INFO", f"WITHHELD: {where}, stop -8 and target +12 ticks")


def test_a_failed_cancel_names_its_order(memory: Memory) -> None:
    result = CancelResult(MES, 77, Outcome.REFUSED, "rejected")
    assert tell(memory, result) == [("WARNING", "CANCEL REFUSED: MES order 77: rejected")]


def test_a_new_size_names_its_order_and_the_size(memory: Memory) -> None:
    assert tell(memory, ModifyOrder(MES, 77, 2)) == [("INFO", "ORDER: RESIZE order 77 to 2")]


def test_a_moved_stop_says_what_is_at_risk_now(memory: Memory) -> None:
    ((level, text),) = tell(memory, StopMoved(MES, 77, 24_000, 23_992, 100_000))
    assert level == "WARNING"
    assert text == "STOP MOVED: MES order 77: 6000.00 to 5998.00, now at risk $10.00"


def test_a_crash_is_one_error_line_and_its_traceback_is_debug(memory: Memory) -> None:
    failed = ActorFailed("risk", 1, "ValueError('x')", "Traceback\n  line\nValueError", "order#1:7")
    told = tell(memory, failed)
    assert told[0] == ("ERROR", "FAILED: risk#1: ValueError('x') while handling order#1:7")
    assert [level for level, text in told[1:]] == ["DEBUG"] * 3


def test_an_alarm_says_what_was_measured(memory: Memory) -> None:
    alarm = Alarm(AlarmKind.STALE_DATA, MES, "no data", 5_200, 5_000, "ms")
    text = f"ALARM: stale_data {MES}: no data (measured 5200 ms, limit 5000)"
    assert tell(memory, alarm) == [("WARNING", text)]


def health(score: int, words: str = "") -> HubHealth:
    return HubHealth(Hub.MARKET, BEGAN, True, score, score >= 75, words, 0, 0, 0, 0, 0, ())


def test_a_hub_s_health_is_told_when_it_crosses_the_threshold_and_once(memory: Memory) -> None:
    frozen = "quotes stopped for 20.0 s"
    scores = [(100, ""), (66, frozen), (33, frozen), (75, ""), (100, "")]
    told = [tell(memory, health(score, words)) for score, words in scores]
    assert told == [
        [],
        [("WARNING", f"UNHEALTHY: market hub 66 of 100: {frozen}")],
        [],
        [("INFO", "HEALTHY AGAIN: market hub 75 of 100")],
        [],
    ]


def test_a_renewed_token_and_its_use_are_told(memory: Memory) -> None:
    assert tell(memory, TokenRenewed(BEGAN)) == [
        ("INFO", "TOKEN RENEWED: expires 2025-01-15 10:30:45.123")
    ]
    assert tell(memory, HubRefreshed(Hub.USER, 2, 350_000_000)) == [
        ("INFO", "TOKEN IN USE: user hub (connection 2), changed over in 350 ms")
    ]


def test_every_writer_is_for_a_message_that_exists() -> None:
    rooms = (control, decision, hub, market, orders, position)
    names = {
        name
        for room in rooms
        for name, kind in inspect.getmembers(room, inspect.isclass)
        if issubclass(kind, Message)
    }
    assert set(WRITERS) <= names

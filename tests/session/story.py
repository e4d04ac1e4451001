"""A session told record by record, as the journal would hand it to its sinks."""

from actors.runtime.delivery import Finished, Outcome, Published
from actors.runtime.journal import Sink
from actors.session.limits import Limits
from messages.base import DOLLAR, MILLISECOND, Message, Money, Nanos
from messages.control import EngineState, SessionStarted, StateChanged
from messages.decision import Approved, Direction, Features, Prediction, Signal, SignalKind
from messages.market import Bar, BarClosed, Instrument, Print, Quote, Side, Tape
from messages.order import (
    Fill,
    FillEvent,
    Order,
    OrderEvent,
    OrderStatus,
    OrderType,
    PlaceOrder,
    PlaceResult,
    Purpose,
)
from messages.order import Outcome as Answer
from messages.position import (
    Account,
    AccountEvent,
    ExitReason,
    Position,
    PositionEvent,
    PositionsFound,
    RoundTrip,
)

MES = "CON.F.US.MES.H25"
INSTRUMENTS = {MES: Instrument(MES, "MES", "MESH5", "0.25", 12_500)}
BEGAN: Nanos = 1_736_955_045_123_000_000  # 2025-01-15 10:30:45.123 New York
LIMITS = Limits(max_contracts=1, max_daily_loss=50 * DOLLAR, risk_per_trade=25 * DOLLAR)
ENTRY, STOP, TARGET = 7_700_124_501, 7_700_124_502, 7_700_124_503
FEES: Money = 6_100
BALANCE: Money = 50_000 * DOLLAR


class Story:
    """Tells messages at its own time `at`, which passes only by `wait`."""

    def __init__(self, *sinks: Sink) -> None:
        self.at = BEGAN
        self.published: list[Published] = []
        self._sinks = sinks
        self._number = 0

    def wait(self, millis: float) -> None:
        self.at += round(millis * MILLISECOND)

    def tell(
        self,
        message: Message,
        receivers: tuple[str, ...] = (),
        cause: Published | None = None,
        body: bool = True,
    ) -> Published:
        self._number += 1
        id = f"teller#1:{self._number}"
        causes, root = ((), id) if cause is None else ((cause.id,), cause.root)
        record = Published(
            id,
            type(message).__name__,
            "teller",
            receivers,
            causes,
            root,
            self.at,
            message if body else None,
        )
        self.published.append(record)
        for sink in self._sinks:
            sink.record(record)
        return record

    def finish(
        self,
        record: Published,
        receiver: str,
        started: Nanos | None = None,
        outcome: Outcome = Outcome.HANDLED,
    ) -> None:
        """A delivery of the message ends now."""
        done = Finished(
            record.id,
            record.type,
            receiver,
            1,
            record.root,
            record.at,
            self.at if started is None else started,
            self.at,
            0,
            outcome,
        )
        for sink in self._sinks:
            sink.record(done)

    def order(self, order: Order) -> Published:
        return self.tell(OrderEvent(order, self.at))

    def position(self, size: int, contract: str = MES) -> Published:
        return self.tell(PositionEvent(Position(contract, size, 24_202 * 10_000), self.at))

    def account(self, balance: Money) -> Published:
        account = Account(1, "PRAC-1", balance, True)
        return self.tell(AccountEvent(account, self.at))

    def state(self, state: EngineState, reason: str) -> Published:
        return self.tell(StateChanged(state, reason))

    def quote(self, age_ms: float = 0) -> Published:
        stamp = self.at - round(age_ms * MILLISECOND)
        return self.tell(Quote(MES, stamp, self.at, 24_201, 24_202), (f"bar[{MES}]", "position"))


def order(
    number: int = ENTRY,
    status: OrderStatus = OrderStatus.OPEN,
    kind: OrderType = OrderType.MARKET,
    side: Side = Side.BUY,
    size: int = 1,
    filled: int = 0,
    limit: int | None = None,
    stop: int | None = None,
    tag: str | None = None,
    parent: int | None = None,
) -> Order:
    return Order(
        id=number,
        contract=MES,
        status=status,
        type=kind,
        side=side,
        size=size,
        filled=filled,
        created=BEGAN,
        limit=limit,
        stop=stop,
        tag=tag,
        parent=parent,
    )


def stop_leg(status: OrderStatus = OrderStatus.OPEN, size: int = 1, price: int = 24_192) -> Order:
    kind, side = OrderType.STOP, Side.SELL
    return order(STOP, status, kind, side, size, stop=price, tag="ff-1-SL", parent=ENTRY)


def target_leg(status: OrderStatus = OrderStatus.OPEN, filled: int = 0) -> Order:
    kind, side = OrderType.LIMIT, Side.SELL
    return order(
        TARGET, status, kind, side, filled=filled, limit=24_216, tag="ff-1-TP", parent=ENTRY
    )


def entry_fill(number: int = 1, stamp: Nanos = BEGAN) -> Fill:
    return Fill(number, ENTRY, MES, Side.BUY, 1, 24_202, FEES, None, stamp)


def target_fill(stamp: Nanos = BEGAN) -> Fill:
    return Fill(2, TARGET, MES, Side.SELL, 1, 24_216, FEES, 175_000, stamp)


def trip(number: int = 2, gross: Money = 175_000) -> RoundTrip:
    return RoundTrip(
        id=number,
        contract=MES,
        side=Side.BUY,
        size=1,
        entry=24_202 * 10_000,
        exit=24_216 * 10_000,
        opened=BEGAN,
        closed=BEGAN + 277_000 * MILLISECOND,
        gross=gross,
        fees=2 * FEES,
        net=gross - 2 * FEES,
        adverse=25_000,
        favourable=187_500,
        reason=ExitReason.TARGET,
    )


def place(tag: str = "ff-1", size: int = 1, purpose: Purpose = Purpose.ENTRY) -> PlaceOrder:
    return PlaceOrder(
        MES,
        tag,
        purpose,
        OrderType.MARKET,
        Side.BUY,
        size,
        stop_bracket=-10,
        target_bracket=14,
    )


def started(story: Story) -> None:
    """Up and reconciled, with data."""
    story.tell(SessionStarted(BEGAN))
    story.account(BALANCE)
    story.tell(PositionsFound((), story.at))
    story.state(EngineState.RUNNING, "trading")
    story.quote()


def decided(story: Story) -> Published:
    """From a tape that closes a bar to the verdict; 2 ms later in time."""
    prints = (Print(story.at, 24_201, 3, Side.BUY), Print(story.at, 24_201, 4, Side.SELL))
    tape = story.tell(Tape(MES, story.at, prints), (f"bar[{MES}]", "watchdog"))
    bar = Bar(story.at - 1_000_000_000, story.at, 24_200, 24_202, 24_199, 24_201, 7)
    story.wait(0.2)
    closed = story.tell(BarClosed(MES, bar), ("model",), tape)
    story.finish(tape, f"bar[{MES}]")
    begun = story.at
    story.wait(0.6)
    features = story.tell(Features(MES, bar.end, (0.5, -1.25)), (), closed)
    prediction = Prediction(MES, bar.end, Direction.UP, 0.78, 0.78, 0.1, "abc123")
    made = story.tell(prediction, ("signal",), closed)
    assert features.causes == (closed.id,)
    story.wait(0.2)
    story.finish(closed, "model", started=begun)
    kind = SignalKind.LONG_ENTRY
    signal = story.tell(Signal(MES, bar.end, kind, 0.78, 24_201), ("risk",), made)
    story.wait(1.0)
    verdict = Approved(MES, bar.end, kind, 24_201, 1, 10, 14, 125_000, 0, 500_000)
    return story.tell(verdict, ("order",), signal)


def entered(story: Story, legs: bool = True) -> None:
    """From a verdict to a position, with its bracket at work 25 ms after the fill."""
    sent = story.tell(place(), ("gateway",), decided(story))
    story.wait(10)
    story.order(stop_leg(OrderStatus.SUSPENDED))
    story.order(order(status=OrderStatus.PENDING, tag="ff-1"))
    story.order(target_leg(OrderStatus.SUSPENDED))
    answer = PlaceResult(MES, "ff-1", Purpose.ENTRY, Answer.ACCEPTED, ENTRY, "success")
    story.tell(answer, ("order",), sent)
    story.wait(20)
    story.tell(FillEvent(entry_fill(stamp=story.at), story.at))
    story.order(order(status=OrderStatus.FILLED, filled=1, tag="ff-1"))
    story.position(1)
    story.account(BALANCE - FEES)
    if legs:
        story.wait(25)
        story.order(target_leg())
        story.order(stop_leg())


def left(story: Story) -> None:
    """The target fills, the stop is cancelled, the trade is closed."""
    story.wait(5_000)
    story.quote()
    story.tell(FillEvent(target_fill(story.at), story.at))
    story.order(target_leg(OrderStatus.FILLED, filled=1))
    story.position(0)
    story.account(BALANCE + 175_000 - 2 * FEES)
    story.tell(trip())
    story.wait(12)
    story.order(stop_leg(OrderStatus.CANCELLED))


def ended(story: Story) -> None:
    story.wait(1_000)
    story.state(EngineState.STOPPING, "duration")
    story.wait(100)
    story.state(EngineState.FLAT, "duration")

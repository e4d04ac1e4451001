"""The signal room on a runtime."""

from collections.abc import Sequence

import pytest

from actors.bar.splice import Splice
from actors.bar.telling import picture
from actors.runtime.behaviour import Behaviour
from actors.runtime.clock import VirtualClock
from actors.runtime.context import Context
from actors.runtime.virtual import VirtualRuntime
from actors.runtime.wiring import Wiring
from actors.signal.actor import SignalActor
from actors.signal.strategy import Strategy, View
from config.calendar import exchange
from config.schema import Signal as Rules
from messages.base import Message
from messages.control import ActorFailed, ActorRestarted, Ping, Pong
from messages.decision import (
    Approved,
    NoSignal,
    Permission,
    Signal,
    SignalKind,
    SignalRefusal,
)
from messages.market import BarClosed, FrameClosed, Instrument, PastBars, PastFrames
from messages.order import Phase, PhaseChanged
from messages.position import PositionChanged
from tests.signal.bench import MES, NOW, PRICE, UP, bar, nothing, predict, strategy

ES = Instrument("CON.F.US.EP.Z26", "ES", "ESZ6", "0.25", 125_000)
SAID = (Signal, NoSignal, ActorFailed, Pong)


class Listener(Behaviour):
    """Hears everything that the room says."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.heard: list[Message] = []
        self._table = dict.fromkeys(SAID, self.heard.append)


class Room:
    """A signal room in virtual time."""

    def __init__(self) -> None:
        self.strategy: Strategy = strategy()
        routes: dict[type[Message], tuple[str, ...]]
        routes = dict.fromkeys(SignalActor.handlers, ("signal",))
        routes |= dict.fromkeys(SAID, ("listener",))
        wiring = Wiring(routes, frozenset({Ping}), {}, ())
        self.runtime = VirtualRuntime(wiring, VirtualClock(NOW), lambda record: None, seed=1)
        self.listener = self.runtime.attach("listener", Listener)
        self._emit = self.runtime.emitter("test")
        self.start()

    def start(self) -> None:
        self.runtime.spawn(
            "signal", SignalActor, lambda instrument: self.strategy, (MES, ES), Rules(), ("5min",)
        )

    def tell(self, *messages: Message) -> Sequence[Message]:
        before = len(self.listener.heard)
        for message in messages:
            self._emit(message)
        self.runtime.run(self.runtime.clock.now)
        return self.listener.heard[before:]

    def know(self, contract: str = MES.id) -> None:
        self.tell(
            Permission(True, None),
            PositionChanged(contract, 0, 0, 0, 0),
            PhaseChanged(contract, Phase.FLAT, "start"),
        )


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_bar_and_its_prediction_make_a_signal(room: Room) -> None:
    room.know()
    (signal,) = room.tell(BarClosed(MES.id, bar()), predict(UP))
    assert signal == Signal(MES.id, NOW, SignalKind.LONG_ENTRY, 0.7, PRICE, "UP predicted")


def test_nothing_is_entered_before_risk_permits_it(room: Room) -> None:
    room.know()
    room.tell(Permission(False, None))
    (answer,) = room.tell(BarClosed(MES.id, bar()), predict(UP))
    assert isinstance(answer, NoSignal)
    assert answer.code is SignalRefusal.NOT_ALLOWED


def test_a_refused_prediction_is_answered_too(room: Room) -> None:
    (answer,) = room.tell(BarClosed(MES.id, bar()), nothing())
    assert isinstance(answer, NoSignal)
    assert answer.code is SignalRefusal.NO_PREDICTION


def test_contracts_have_desks_of_their_own(room: Room) -> None:
    room.know()
    room.tell(PositionChanged(ES.id, 1, 0, NOW, 0), PhaseChanged(ES.id, Phase.PROTECTED, "held"))
    assert room.tell(BarClosed(ES.id, bar())) == []
    (answer,) = room.tell(BarClosed(MES.id, bar()), predict(UP))
    assert isinstance(answer, Signal)


def test_an_approval_and_a_phase_reach_the_desk(room: Room) -> None:
    room.know()
    kind = SignalKind.LONG_ENTRY
    room.tell(Approved(MES.id, NOW, kind, PRICE, 1, 12, 18, 150_000, 0, 500_000))
    (busy,) = room.tell(BarClosed(MES.id, bar(1)), predict(UP, number=1))
    assert isinstance(busy, NoSignal)
    room.tell(PhaseChanged(MES.id, Phase.FLAT, "refused"))
    (answer,) = room.tell(BarClosed(MES.id, bar(2)), predict(UP, number=2))
    assert isinstance(answer, Signal)


def test_a_restarted_room_signals_nothing_until_it_has_been_told_again(room: Room) -> None:
    room.know()
    room.start()
    (answer,) = room.tell(BarClosed(MES.id, bar()), predict(UP))
    assert isinstance(answer, NoSignal)
    room.know()
    (answer,) = room.tell(BarClosed(MES.id, bar(1)), predict(UP, number=1))
    assert isinstance(answer, Signal)


def test_other_actors_and_foreign_contracts_do_not_disturb_it(room: Room) -> None:
    said = room.tell(
        ActorRestarted("bar"),
        PositionChanged("CON.F.US.GCE.Z26", 1, 0, NOW, 0),
        PhaseChanged("CON.F.US.GCE.Z26", Phase.UNKNOWN, "by hand"),
    )
    assert said == []


def test_the_past_is_shown_to_the_strategy_and_again_after_a_restart(room: Room) -> None:
    seen: list[View] = []

    class Looks:
        def decide(self, view: View) -> Signal | NoSignal:
            seen.append(view)
            return view.nothing()

    room.strategy = Looks()
    past = bar(-2), bar(-1)
    for number in (0, 1):
        room.start()
        room.tell(PastBars(MES.id, past), BarClosed(MES.id, bar(number)), nothing(number))
        assert seen.pop().recent == (*past, bar(number))


def test_bars_of_a_timeframe_and_the_picture_reach_the_strategy_of_their_contract() -> None:
    room, views = Room(), list[View]()

    class Looks:
        def decide(self, view: View) -> NoSignal:
            views.append(view)
            return view.nothing()

    room.strategy = Looks()
    room.start()
    room.tell(PastFrames(MES.id, "5min", (bar(1),)), FrameClosed(ES.id, "5min", bar(3)))
    room.tell(FrameClosed(MES.id, "5min", bar(2)))
    shown = picture(MES.id, Splice(True), None, NOW, exchange)
    room.tell(shown)
    room.tell(BarClosed(MES.id, bar()), nothing())
    assert [view.market for view in views] == [shown]
    assert [view.bars("5min") for view in views] == [(bar(1), bar(2))]

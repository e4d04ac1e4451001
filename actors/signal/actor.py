"""The shell of the signal room."""

from collections.abc import Sequence

from actors.runtime.actor import Actor
from actors.runtime.context import Context
from actors.signal.desk import Desk
from actors.signal.strategy import StrategyFactory
from config.schema import Signal as Rules
from messages.control import ActorRestarted
from messages.decision import Approved, Denied, NoPrediction, Permission, Prediction
from messages.market import BarClosed, FrameClosed, Instrument, PastBars, PastFrames
from messages.order import PhaseChanged
from messages.picture import MarketPicture
from messages.position import PositionChanged


class SignalActor(Actor):
    """Asks the strategy about every bar and answers with a signal or the reason for none. Knows no
    money.
    """

    def __init__(
        self,
        context: Context,
        strategy: StrategyFactory,
        instruments: Sequence[Instrument],
        rules: Rules,
        timeframes: Sequence[str] = (),
    ) -> None:
        super().__init__(context)
        self.desks = {one.id: Desk(one.id, strategy(one), rules, timeframes) for one in instruments}
        self.allowed = False

    def on_past_bars(self, past: PastBars) -> None:
        self.desks[past.contract].past(past.bars)

    def on_past_frames(self, past: PastFrames) -> None:
        self.desks[past.contract].frames.past(past)

    def on_frame_closed(self, closed: FrameClosed) -> None:
        self.desks[closed.contract].frames.closed(closed)

    def on_market_picture(self, picture: MarketPicture) -> None:
        self.desks[picture.contract].market = picture

    def on_bar_closed(self, closed: BarClosed) -> None:
        desk = self.desks[closed.contract]
        self.perform(desk.closed(closed.bar, self.allowed, closed.degraded))

    def on_prediction(self, prediction: Prediction) -> None:
        self.perform(self.desks[prediction.contract].predicted(prediction, self.allowed))

    def on_no_prediction(self, refusal: NoPrediction) -> None:
        self.perform(self.desks[refusal.contract].predicted(refusal, self.allowed))

    def on_permission(self, permission: Permission) -> None:
        self.allowed = permission.allowed

    def on_position_changed(self, change: PositionChanged) -> None:
        if (desk := self.desks.get(change.contract)) is not None:
            desk.size = change.size

    def on_phase_changed(self, change: PhaseChanged) -> None:
        if (desk := self.desks.get(change.contract)) is not None:
            desk.moved(change.phase)

    def on_approved(self, approved: Approved) -> None:
        self.desks[approved.contract].judged(approved)

    def on_denied(self, denied: Denied) -> None:
        self.desks[denied.contract].judged(denied)

    def on_actor_restarted(self, restarted: ActorRestarted) -> None:
        """Nothing here is a copy that others keep, and the owners of what is known here repeat it
        themselves.
        """

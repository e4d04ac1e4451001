"""The user's rules over the model's prediction (user.md, document 002)."""

from actors.signal.strategy import View
from config.schema import Signal as Rules
from messages.decision import (
    Direction,
    NoPrediction,
    NoSignal,
    Prediction,
    Signal,
    SignalKind,
    SignalRefusal,
)


class ModelStrategy:
    """Flat: enters in the predicted direction, with at least `min_confidence`. In a position: a
    prediction against it reverses above `reverse_confidence` (and an entry's `min_confidence`);
    otherwise `exit_rule` decides.

    Whether entries are allowed is the room's question, for this strategy as for any other.
    """

    def __init__(self, min_confidence: float, rules: Rules) -> None:
        self._min_confidence = min_confidence
        self._rules = rules

    def decide(self, view: View) -> Signal | NoSignal:
        prediction = view.prediction
        if isinstance(prediction, NoPrediction):
            detail = " ".join(filter(None, (prediction.code, prediction.detail)))
            return view.nothing(detail, SignalRefusal.NO_PREDICTION)
        if view.size == 0:
            return self._enter(view, prediction)
        return self._hold(view, prediction)

    def _enter(self, view: View, prediction: Prediction) -> Signal | NoSignal:
        if prediction.direction is Direction.FLAT:
            return view.nothing(code=SignalRefusal.NO_DIRECTION)
        if prediction.confidence < self._min_confidence:
            detail = f"{prediction.confidence:g} < {self._min_confidence:g}"
            return view.nothing(detail, SignalRefusal.LOW_CONFIDENCE)
        up = prediction.direction is Direction.UP
        kind = SignalKind.LONG_ENTRY if up else SignalKind.SHORT_ENTRY
        return self._yes(view, prediction, kind)

    def _hold(self, view: View, prediction: Prediction) -> Signal | NoSignal:
        long = view.size > 0
        if self._reverses(long, prediction):
            kind = SignalKind.REVERSE_TO_SHORT if long else SignalKind.REVERSE_TO_LONG
        elif self._exits(long, prediction):
            kind = SignalKind.EXIT_LONG if long else SignalKind.EXIT_SHORT
        else:
            return view.nothing(code=SignalRefusal.HOLDING)
        return self._yes(view, prediction, kind)

    def _reverses(self, long: bool, prediction: Prediction) -> bool:
        return (
            prediction.direction is _against(long)
            and prediction.confidence > self._rules.reverse_confidence
            and prediction.confidence >= self._min_confidence
        )

    def _exits(self, long: bool, prediction: Prediction) -> bool:
        against = prediction.direction is _against(long)
        match self._rules.exit_rule:
            case "opposite":
                return against and prediction.confidence >= self._rules.exit_confidence
            case "not_supporting":
                return against or prediction.direction is Direction.FLAT
            case "never":
                return False

    @staticmethod
    def _yes(view: View, prediction: Prediction, kind: SignalKind) -> Signal:
        return view.signal(kind, f"{prediction.direction.name} predicted", prediction.confidence)


def _against(long: bool) -> Direction:
    return Direction.DOWN if long else Direction.UP

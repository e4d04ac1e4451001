"""One contract's desk with everything known, and the room's vocabulary in short."""

from actors.signal.desk import Answer, Desk
from actors.signal.model_strategy import ModelStrategy
from actors.signal.strategy import Strategy
from config.schema import Signal as Rules
from messages.base import SECOND, Nanos
from messages.decision import Direction, ModelRefusal, NoPrediction, Prediction
from messages.market import Bar, Instrument
from messages.order import Phase

MES = Instrument("CON.F.US.MES.Z26", "MES", "MESZ6", "0.25", 12_500)
NOW: Nanos = 1_795_185_000 * SECOND
PRICE = 24_000
UP, DOWN, FLAT = Direction.UP, Direction.DOWN, Direction.FLAT


def bar(number: int = 0) -> Bar:
    end = NOW + number * SECOND
    return Bar(end - SECOND, end, PRICE, PRICE, PRICE, PRICE, 10, bid=PRICE, ask=PRICE + 1)


def predict(direction: Direction, confidence: float = 0.7, number: int = 0) -> Prediction:
    end = NOW + number * SECOND
    return Prediction(MES.id, end, direction, confidence, 0.0, 0.0, "0123456789ab")


def nothing(number: int = 0) -> NoPrediction:
    return NoPrediction(MES.id, NOW + number * SECOND, ModelRefusal.COLD_WINDOW, "12 of 20 bars")


def strategy(min_confidence: float = 0.65, rules: Rules | None = None) -> Strategy:
    return ModelStrategy(min_confidence, rules or Rules())


def desk(size: int | None = 0, rules: Rules | None = None, min_confidence: float = 0.65) -> Desk:
    """A desk of the model strategy; a size of None leaves everything unknown."""
    made = Desk(MES.id, strategy(min_confidence, rules), rules or Rules())
    made.size = size
    if size is not None:
        made.moved(Phase.PROTECTED if size else Phase.FLAT)
    return made


def ask(
    at: Desk, prediction: Prediction | NoPrediction, number: int = 0, allowed: bool = True
) -> Answer:
    """The answer to bar `number` and its prediction."""
    assert at.closed(bar(number), allowed) == []
    (answer,) = at.predicted(prediction, allowed)
    return answer

"""What the model room answers to a closed bar. Pure."""

from collections.abc import Iterator
from math import isfinite

from actors.model.window import Window
from messages.decision import Direction, Features, ModelRefusal, NoPrediction, Prediction
from messages.market import BarClosed
from models.features import values
from models.scoring import Scorer

DECIMALS = 6
"""Probabilities are rounded, so that two ways of scoring give one message."""


def judge(
    window: Window, closed: BarClosed, scorer: Scorer, model: str
) -> Iterator[Features | Prediction | NoPrediction]:
    """Take the bar into the window; features and then the prediction, or the coded reason for none.

    The features come before the network is asked, so that each can be timed by itself.
    """
    contract, end = closed.contract, closed.bar.end
    refusal = window.add(closed.bar, closed.degraded)
    if refusal is not None:
        yield NoPrediction(contract, end, refusal, window.words)
        return
    inputs = values(tuple(window.bars))
    if not all(map(isfinite, inputs)):
        yield NoPrediction(contract, end, ModelRefusal.NOT_FINITE, "features")
        return
    yield Features(contract, end, inputs)
    scores = scorer.score(inputs)
    if not all(map(isfinite, scores)):
        yield NoPrediction(contract, end, ModelRefusal.NOT_FINITE, "probabilities")
        return
    down, flat, up = (round(score, DECIMALS) for score in scores)
    chances = {Direction.FLAT: flat, Direction.DOWN: down, Direction.UP: up}
    direction = max(chances, key=chances.__getitem__)
    yield Prediction(contract, end, direction, chances[direction], up, down, model)

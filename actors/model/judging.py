"""What the model room answers to a closed bar. Pure."""

from math import isfinite

from actors.model.window import Window
from messages.decision import Direction, Features, ModelRefusal, NoPrediction, Prediction
from messages.market import BarClosed
from models.features import values
from models.scoring import Scorer

DECIMALS = 6
"""Probabilities are rounded, so that two ways of scoring give one message."""

Answer = tuple[Features | Prediction | NoPrediction, ...]
"""Features and prediction, or a NoPrediction alone."""


def judge(window: Window, closed: BarClosed, scorer: Scorer, model: str) -> Answer:
    """Take the bar into the window; features and prediction, or the coded reason for none."""
    contract, end = closed.contract, closed.bar.end
    refusal = window.add(closed.bar)
    if refusal is not None:
        return (NoPrediction(contract, end, refusal, window.words),)
    inputs = values(tuple(window.bars))
    if not all(map(isfinite, inputs)):
        return (NoPrediction(contract, end, ModelRefusal.NOT_FINITE, "features"),)
    scores = scorer.score(inputs)
    if not all(map(isfinite, scores)):
        return (NoPrediction(contract, end, ModelRefusal.NOT_FINITE, "probabilities"),)
    down, flat, up = (round(score, DECIMALS) for score in scores)
    chances = {Direction.FLAT: flat, Direction.DOWN: down, Direction.UP: up}
    direction = max(chances, key=chances.__getitem__)
    confidence = chances[direction]
    return (
        Features(contract, end, inputs),
        Prediction(contract, end, direction, confidence, up, down, model),
    )

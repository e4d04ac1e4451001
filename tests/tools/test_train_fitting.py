"""The fit: scaled by its training markets alone, stopped and cooled by its validation markets."""

from pathlib import Path

import numpy as np
import pytest

from models.batch import Floats
from models.scoring import NumpyScorer
from tools.train import fitting
from tools.train.fitting import TEMPERATURES, Fit, fit
from tools.train.plan import Plan
from tools.train.samples import Classes, Samples
from tools.train.sessions import simulated
from tools.train.shipping import ship

PLAN = Plan(epochs=6, batch=64, rate=0.02)


@pytest.fixture(scope="module")
def training() -> Samples:
    return Samples("training", simulated(21, 300))


@pytest.fixture(scope="module")
def validation() -> Samples:
    return Samples("validation", simulated(22, 300))


@pytest.fixture(scope="module")
def fitted(training: Samples, validation: Samples) -> Fit:
    return fit([training], [validation], PLAN)


def test_the_scaler_is_that_of_the_training_markets_alone(training: Samples, fitted: Fit) -> None:
    assert fitted.mean == pytest.approx(training.features.mean(axis=0))
    assert fitted.std == pytest.approx(training.features.std(axis=0))


def test_the_loss_is_that_of_the_weights_as_they_ship(
    validation: Samples, fitted: Fit, tmp_path: Path
) -> None:
    """The temperature is in the weights: whoever loads them gets the stated loss."""
    scorer = NumpyScorer(ship(fitted, PLAN, 1, "none", tmp_path))
    chances = scorer.probabilities(validation.features)
    loss = -np.log(chances[np.arange(len(validation)), validation.classes]).mean()
    assert loss == pytest.approx(fitted.loss, abs=1e-5)
    assert abs(fitted.temperature - 1) > 0.1


def test_no_temperature_would_make_the_confidence_more_honest(
    validation: Samples, fitted: Fit, tmp_path: Path
) -> None:
    scorer = NumpyScorer(ship(fitted, PLAN, 1, "none", tmp_path))
    logits = np.log(scorer.probabilities(validation.features))
    rows = np.arange(len(validation))

    def loss(temperature: float) -> float:
        powers = np.exp(logits / temperature)
        shares = powers / powers.sum(axis=1, keepdims=True)
        return -float(np.log(shares[rows, validation.classes]).mean())

    assert loss(1.0) < min(loss(0.9), loss(1.1))


def test_the_weights_are_those_of_the_best_epoch(
    training: Samples, validation: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[float] = []
    measure = fitting._loss

    def listen(logits: Floats, classes: Classes) -> float:
        heard.append(measure(logits, classes))
        return heard[-1]

    monkeypatch.setattr(fitting, "_loss", listen)
    found = fit([training], [validation], PLAN)
    epochs, cooled = heard[: PLAN.epochs], heard[PLAN.epochs :]
    assert found.epoch == 1 + int(np.argmin(epochs)) < PLAN.epochs
    assert cooled[int(np.argmin(np.abs(TEMPERATURES - 1)))] == pytest.approx(min(epochs))

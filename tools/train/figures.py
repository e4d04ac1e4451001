"""Measures an artefact on the plan's markets and on a recording."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.artefact import Artefact
from models.card import Figures
from models.scoring import NumpyScorer
from tools.simulator.recording import RecordingError
from tools.train import evaluation
from tools.train.plan import Plan, markets
from tools.train.samples import Samples
from tools.train.sessions import recorded, simulated


def training(plan: Plan) -> tuple[list[Samples], list[Samples]]:
    """Samples to fit, and samples to stop the fit by."""
    return (
        list(_samples(plan.seeds.training, plan.training_s)),
        list(_samples(plan.seeds.validation, plan.training_s)),
    )


def recording(prefix: Path) -> Samples:
    """A recorded market by the PREFIX of its files. RecordingError where it cannot be read, or is
    too short for an interval.
    """
    samples = Samples(prefix.name, recorded(prefix))
    if len(samples) < evaluation.BLOCK:
        raise RecordingError(
            f"replay: {prefix}: gives {len(samples)} s to predict, needs {evaluation.BLOCK}:"
            " record for longer"
        )
    return samples


def measure(artefact: Artefact, plan: Plan, recording: Samples | None) -> Figures:
    """Test and fresh markets of the plan, and a recording where there is one."""
    scorer = NumpyScorer(artefact)
    test = tuple(
        evaluation.score(samples, scorer.probabilities(samples.features), plan.resamples)
        for samples in _samples(plan.seeds.test, plan.test_s)
    )
    fresh = list(_samples(plan.seeds.fresh, plan.fresh_s))
    chances = [scorer.probabilities(samples.features) for samples in fresh]
    bins, error = evaluation.calibration(
        np.concatenate(chances), np.concatenate([samples.classes for samples in fresh])
    )
    seen = None
    if recording is not None:
        chances_there = scorer.probabilities(recording.features)
        seen = evaluation.score(recording, chances_there, plan.resamples)
    calls = evaluation.speaking([evaluation.calls(rows) for rows in chances])
    return Figures(test, calls, bins, error, seen)


def _samples(seeds: tuple[int, int], seconds: int) -> Iterator[Samples]:
    for seed in markets(seeds):
        yield Samples(f"seed {seed}, {seconds // 60} min", simulated(seed, seconds))

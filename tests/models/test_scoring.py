"""Torch and numpy score alike; probabilities are probabilities; wild inputs are cut."""

import io
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from models.artefact import Artefact, load
from models.features import FEATURES
from models.scoring import NumpyScorer, TorchScorer


@pytest.fixture
def artefact(files: Any) -> Artefact:
    return load(files.weights, files.card)


def rows(count: int) -> list[tuple[float, ...]]:
    rng = Random(5)
    return [tuple(rng.gauss(0, 3) for _ in FEATURES) for _ in range(count)]


def test_numpy_equals_torch_to_a_millionth(artefact: Artefact) -> None:
    ours, theirs = NumpyScorer(artefact), TorchScorer(artefact)
    for row in rows(500):
        assert ours.score(row) == pytest.approx(theirs.score(row), abs=1e-9)


def test_a_whole_session_at_once_equals_row_by_row(artefact: Artefact) -> None:
    scorer = NumpyScorer(artefact)
    whole = scorer.probabilities(np.array(rows(100)))
    for row, chances in zip(rows(100), whole, strict=True):
        assert scorer.score(row) == pytest.approx(tuple(chances), abs=1e-12)


def test_the_three_chances_sum_to_one(artefact: Artefact) -> None:
    for scorer in (NumpyScorer(artefact), TorchScorer(artefact)):
        for row in rows(20):
            assert sum(scorer.score(row)) == pytest.approx(1)


def test_an_input_beyond_the_clip_counts_as_the_clip(artefact: Artefact) -> None:
    card = artefact.card
    edge = tuple(m + card.clip * s for m, s in zip(card.mean, card.std, strict=True))
    beyond = tuple(value + 1e9 for value in edge)
    for scorer in (NumpyScorer(artefact), TorchScorer(artefact)):
        assert scorer.score(beyond) == pytest.approx(scorer.score(edge), abs=1e-9)


def test_an_input_that_is_no_number_is_not_hidden(artefact: Artefact) -> None:
    poisoned = (float("nan"), *rows(1)[0][1:])
    for scorer in (NumpyScorer(artefact), TorchScorer(artefact)):
        assert all(np.isnan(scorer.score(poisoned)))


def test_huge_logits_overflow_nothing(files: Any, state: dict[str, torch.Tensor]) -> None:
    stream = io.BytesIO()
    torch.save({key: 10_000 * value for key, value in state.items()}, stream)
    files.ship(stream.getvalue())
    loaded = load(files.weights, files.card)
    for scorer in (NumpyScorer(loaded), TorchScorer(loaded)):
        for row in rows(20):
            assert sum(scorer.score(row)) == pytest.approx(1)

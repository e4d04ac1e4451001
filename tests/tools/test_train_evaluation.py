"""The measures: leads with honest intervals, calibration, and how long one waits for a call."""

import numpy as np
import pytest

from models.batch import Floats
from tools.train import evaluation
from tools.train.evaluation import BLOCK
from tools.train.samples import Classes, Samples

ROWS = 40 * BLOCK


def samples(classes: Classes, move: Classes) -> Samples:
    made = Samples("made", [])
    made.classes, made.moves = classes, {10: move}
    return made


def sure(classes: Classes, chance: float) -> Floats:
    """Probabilities that say `classes`, each with `chance`."""
    rows = np.full((len(classes), 3), (1 - chance) / 2)
    rows[np.arange(len(classes)), classes] = chance
    return rows


def noise(seed: int, count: int = ROWS) -> Classes:
    found: Classes = 2 * np.random.default_rng(seed).integers(0, 2, count)
    return found


def test_a_model_that_knows_more_than_the_baselines_leads_with_its_interval_above_zero() -> None:
    truth = noise(1)
    said = np.where(np.random.default_rng(2).random(ROWS) < 0.3, truth, noise(3))
    score = evaluation.score(samples(truth, noise(4)), sure(said, 0.7), 500)
    assert [lead.baseline for lead in score.leads] == ["majority", "last move, 10 s"]
    assert all(0 < lead.low < lead.lead < lead.high for lead in score.leads)


def test_a_model_that_knows_nothing_does_not_lead() -> None:
    score = evaluation.score(samples(noise(1), noise(4)), sure(noise(3), 0.7), 500)
    assert all(lead.low < 0 for lead in score.leads)


def test_neighbouring_rows_that_share_an_outcome_do_not_narrow_the_interval() -> None:
    """Each of 40 independent outcomes said sixty times over is still forty outcomes."""
    truth, said = noise(1, 40).repeat(BLOCK), noise(3, 40).repeat(BLOCK)
    wide = evaluation.score(samples(truth, noise(4)), sure(said, 0.7), 500).leads[0]
    narrow = evaluation.score(samples(noise(1), noise(4)), sure(noise(3), 0.7), 500).leads[0]
    assert wide.high - wide.low > 4 * (narrow.high - narrow.low)


def test_the_majority_is_the_markets_own_in_hindsight() -> None:
    truth = np.array([2] * 70 + [0] * 30)
    (majority, _) = evaluation.score(samples(truth, truth), sure(truth, 0.7), 10).leads
    assert majority.accuracy == 0.7


def test_a_call_is_a_direction_of_enough_confidence() -> None:
    chances = np.array([[0.65, 0.2, 0.15], [0.64, 0.2, 0.16], [0.1, 0.8, 0.1], [0, 0.2, 0.8]])
    assert evaluation.calls(chances).tolist() == [True, False, False, True]


def test_the_longest_wait_counts_the_beginning_and_the_end_of_each_market() -> None:
    first = np.array([False] * 5 + [True, False, False, True] + [False] * 3)
    second = np.array([True] + [False] * 7)
    found = evaluation.speaking([first, second])
    assert (found.longest_wait_s, found.markets, found.seconds) == (7, 2, 20)
    assert evaluation.speaking([first]).longest_wait_s == 5
    assert evaluation.speaking([np.zeros(9, dtype=np.bool_)]).longest_wait_s == 9


def test_calibration_compares_confidence_with_hits_bin_by_bin() -> None:
    said = np.full(1_000, 2)
    truth = np.where(np.arange(1_000) % 10 < 7, 2, 0)
    bins, error = evaluation.calibration(sure(said, 0.72), truth)
    assert [(row.low, row.high, row.count, row.confidence, row.hits) for row in bins] == [
        (0.70, 0.75, 1_000, 0.72, 0.70)
    ]
    assert error == pytest.approx(0.02)


def test_flat_predictions_are_not_in_the_calibration_of_directions() -> None:
    flat = np.full(10, 1)
    assert evaluation.calibration(sure(flat, 0.9), flat) == ((), 0.0)


def test_full_confidence_has_a_bin() -> None:
    up = np.full(10, 2)
    (only,), error = evaluation.calibration(sure(up, 1.0), up)
    assert (only.count, only.hits, error) == (10, 1.0, 0.0)

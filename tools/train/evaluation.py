"""How good the predictions are: against baselines, by confidence, and how often they speak up."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from models.batch import Flags, Floats
from models.card import Bin, Calls, Lead, Score
from models.network import CLASSES
from tools.train.samples import Classes, Samples

FLAT = CLASSES.index("flat")
CALL = 0.65
"""Confidence in a direction from which the engine may enter (model.min_confidence)."""
BLOCK = 60
"""Rows (seconds) a block of the bootstrap: several horizons, so blocks are nearly independent."""
EDGES = (1 / 3, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 1.0)


def score(samples: Samples, chances: Floats, resamples: int) -> Score:
    """The model on one market; `chances` (n, 3) are its probabilities."""
    said = chances.argmax(axis=1)
    hits = said == samples.classes
    spoken = calls(chances)
    likelihood = chances[np.arange(len(said)), samples.classes]
    return Score(
        market=samples.market,
        rows=len(samples),
        accuracy=_mean(hits),
        log_loss=round(float(-np.log(np.maximum(likelihood, 1e-12)).mean()), 4),
        leads=tuple(
            _lead(name, hits, answer == samples.classes, resamples)
            for name, answer in baselines(samples).items()
        ),
        calls=int(spoken.sum()),
        call_hits=_mean(hits[spoken]),
    )


def baselines(samples: Samples) -> dict[str, Classes]:
    """Answers of the rules to beat. The majority is the test market's own, known in hindsight."""
    majority = int(np.bincount(samples.classes, minlength=len(CLASSES)).argmax())
    return {
        "majority": np.full(len(samples), majority),
        **{f"last move, {k} s": said for k, said in samples.moves.items()},
    }


def calls(chances: Floats) -> Flags:
    """Where the likeliest class is a direction and its probability at least CALL."""
    found: Flags = (chances.argmax(axis=1) != FLAT) & (chances.max(axis=1) >= CALL)
    return found


def speaking(spoken: Sequence[Flags]) -> Calls:
    """The longest wait for a call over markets of a row per second, their beginnings and ends
    included.
    """
    return Calls(
        markets=len(spoken),
        seconds=sum(len(flags) for flags in spoken),
        share=_mean(np.concatenate(spoken)),
        longest_wait_s=max(_wait(flags) for flags in spoken),
    )


def calibration(chances: Floats, classes: Classes) -> tuple[tuple[Bin, ...], float]:
    """The table of direction predictions by confidence, and the mean distance of confidence from
    hit rate over it, weighted by count (expected calibration error).
    """
    said, sure = chances.argmax(axis=1), chances.max(axis=1)
    bins = []
    for low, high in pairwise(EDGES):
        inside = (said != FLAT) & (low <= sure) & ((sure < high) | (high == EDGES[-1]))
        if inside.any():
            hits = _mean(said[inside] == classes[inside])
            bins.append(Bin(round(low, 4), high, int(inside.sum()), _mean(sure[inside]), hits))
    total = sum(row.count for row in bins)
    error = sum(row.count * abs(row.confidence - row.hits) for row in bins) / max(total, 1)
    return tuple(bins), round(error, 4)


def _lead(baseline: str, ours: Flags, theirs: Flags, resamples: int) -> Lead:
    """Paired difference in accuracy with a 95 % block bootstrap interval (Kuensch 1989, blocks that
    do not overlap; neighbouring rows share most of their horizon, so they are not independent).
    """
    difference = ours.astype(np.float64) - theirs
    whole = len(difference) // BLOCK * BLOCK
    blocks = difference[:whole].reshape(-1, BLOCK).mean(axis=1)
    picks = np.random.default_rng(1).integers(len(blocks), size=(resamples, len(blocks)))
    low, high = np.quantile(blocks[picks].mean(axis=1), (0.025, 0.975))
    return Lead(
        baseline,
        _mean(theirs),
        round(float(difference.mean()), 4),
        round(float(low), 4),
        round(float(high), 4),
    )


def _wait(flags: Flags) -> int:
    """Most seconds in a row without a call."""
    marks = np.concatenate([[-1], np.flatnonzero(flags), [len(flags)]])
    return int(np.diff(marks).max()) - 1


def _mean(column: Floats | Flags) -> float:
    return round(float(column.mean()), 4) if len(column) else 0.0

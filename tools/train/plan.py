"""Which markets train and judge the model, and how it is fitted."""

from msgspec import Struct

from models.card import Seeds
from models.network import HIDDEN

MINUTE = 60


class Plan(Struct, frozen=True):
    """Lengths in seconds. Validation markets stop the fit and set the temperature; test markets
    meet the baselines; fresh ones give the calibration table and the waits between calls.
    """

    seeds: Seeds = Seeds(
        training=(1_000, 1_039),
        validation=(1_100, 1_109),
        test=(5_000, 5_004),
        fresh=(6_000, 6_019),
        network=1,
    )
    training_s: int = 60 * MINUTE
    test_s: int = 240 * MINUTE
    fresh_s: int = 30 * MINUTE
    hidden: tuple[int, ...] = HIDDEN
    clip: float = 4.0
    epochs: int = 12
    batch: int = 512
    rate: float = 2e-3
    decay: float = 1e-3
    resamples: int = 2_000


def markets(span: tuple[int, int]) -> range:
    """The seeds of one kind, both ends included."""
    return range(span[0], span[1] + 1)

"""The model card: everything about an artefact that is not its weights, as JSON beside them."""

from typing import Annotated

from msgspec import Meta, Struct

from models.features import Feature

Share = Annotated[float, Meta(ge=0, le=1)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Seeds(Struct, frozen=True, forbid_unknown_fields=True):
    """Seeds of the simulated markets: [first, last] of each kind, no market in two kinds."""

    training: tuple[int, int]
    validation: tuple[int, int]
    test: tuple[int, int]
    fresh: tuple[int, int]
    network: int


class Lead(Struct, frozen=True, forbid_unknown_fields=True):
    """Accuracy of the model minus that of a baseline, with its 95 % interval."""

    baseline: str
    accuracy: Share
    lead: float
    low: float
    high: float


class Score(Struct, frozen=True, forbid_unknown_fields=True):
    """The model on one market. `calls` are predictions of a direction with confidence >= 0.65."""

    market: str
    rows: int
    accuracy: Share
    log_loss: float
    leads: tuple[Lead, ...]
    calls: int
    call_hits: Share


class Bin(Struct, frozen=True, forbid_unknown_fields=True):
    """Predictions of a direction whose confidence lies in [low, high)."""

    low: float
    high: float
    count: int
    confidence: Share
    hits: Share


class Calls(Struct, frozen=True, forbid_unknown_fields=True):
    """How often the fresh markets give a call: share of seconds, and the longest wait."""

    markets: int
    seconds: int
    share: Share
    longest_wait_s: int


class Figures(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model was measured to do; `recorded` is None where no recording was at hand."""

    test: tuple[Score, ...]
    calls: Calls
    calibration: tuple[Bin, ...]
    calibration_error: Share
    recorded: Score | None


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """`sha256` is that of the weights file. Values are scaled as (value - mean) / std, then cut to
    -clip..clip. `layers` are the network's sizes. `figures` is None until measured.
    """

    schema: int
    name: str
    sha256: Hash
    features: tuple[Feature, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    clip: float
    horizon_s: Annotated[int, Meta(gt=0)]
    classes: tuple[str, str, str]
    layers: tuple[int, ...]
    command: str
    torch: str
    seeds: Seeds
    training: dict[str, int | float]
    figures: Figures | None

    @property
    def model(self) -> str:
        """The short name of these weights in messages: the first 12 hex digits of the hash."""
        return self.sha256[:12]

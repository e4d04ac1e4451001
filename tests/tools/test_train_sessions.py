"""The bars that train the model are the bars that the engine closes on the same market."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from actors.runtime.delivery import Published, Record
from config.loading import load
from messages.base import SECOND
from messages.decision import Features, Prediction
from messages.market import Bar, BarClosed
from models.artefact import load as load_model
from models.batch import table
from models.scoring import NumpyScorer
from tools.simulate.session import START, VirtualSession
from tools.simulator.venue import PREROLL
from tools.train.sessions import EPOCH, recorded, simulated

ROOT = Path(__file__).resolve().parents[2]
RECORDING = ROOT / ".." / "shared" / "data" / "esu4_20240701_4min"
SEED = 11
SECONDS = 90


class Ear:
    """Keeps the bars and what the model made of them."""

    def __init__(self) -> None:
        self.bars: list[Bar] = []
        self.features: list[Features] = []
        self.predictions: list[Prediction] = []

    def record(self, record: Record) -> None:
        match record:
            case Published(message=BarClosed(bar=bar)):
                self.bars.append(bar)
            case Published(message=Features() as features):
                self.features.append(features)
            case Published(message=Prediction() as prediction):
                self.predictions.append(prediction)
            case _:
                pass

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture(scope="module")
def live() -> Ear:
    ear = Ear()
    settings = load(None, (), environ={}).settings
    VirtualSession(settings, SEED, SECONDS * SECOND, sinks=(ear,)).run()
    assert len(ear.bars) >= SECONDS - 2
    return ear


@pytest.fixture(scope="module")
def training() -> list[Bar]:
    """The same market's bars as training sees them, moved to the session's hours."""
    shift = START - PREROLL - EPOCH
    bars = simulated(SEED, PREROLL // SECOND + SECONDS + 5)
    return [replace(bar, start=bar.start + shift, end=bar.end + shift) for bar in bars]


def test_training_sees_the_bars_that_the_engine_closes(live: Ear, training: list[Bar]) -> None:
    """But for the first, which holds the prints of a part second, and the last, cut by the end."""
    expected = {bar.start: bar for bar in training}
    whole = live.bars[1 : SECONDS - 2]
    assert len(whole) > SECONDS - 5
    assert [expected[bar.start] for bar in whole] == whole


def test_training_sees_the_features_and_probabilities_of_the_engine(
    live: Ear, training: list[Bar]
) -> None:
    rows, usable = table(training)
    row_of = {bar.end: row for row, bar in enumerate(training)}
    models = ROOT / "models"
    scorer = NumpyScorer(load_model(models / "scalper_v1.pt", models / "scalper_v1_config.json"))
    settled = [f for f in live.features if f.bar_end <= START + (SECONDS - 2) * SECOND][40:]
    assert settled
    said = {prediction.bar_end: prediction for prediction in live.predictions}
    for features in settled:
        row = row_of[features.bar_end]
        assert usable[row]
        assert features.values == pytest.approx(rows[row].tolist(), abs=1e-9)
        down, _, up = scorer.score(rows[row].tolist())
        prediction = said[features.bar_end]
        assert (prediction.down, prediction.up) == pytest.approx((down, up), abs=1.1e-6)


def test_a_market_is_cut_the_same_whenever_it_is_asked() -> None:
    assert simulated(3, 40) == simulated(3, 60)[:39]


def test_the_bars_of_a_recording_hold_its_volume() -> None:
    if not Path(f"{RECORDING}_trades.parquet").exists():
        pytest.skip("the recorded market data is not beside the project")
    bars = recorded(RECORDING)
    # the recording's volume is 253; what the unfinished last second holds is in no bar
    assert 240 <= sum(bar.volume for bar in bars) <= 253
    assert all(bar.bid < bar.ask for bar in bars)

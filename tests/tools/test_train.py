"""`python -m tools.train`: the same plan gives the same bytes, and what ships is what it says."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from models.artefact import Artefact, load
from models.card import Card, Seeds
from models.scoring import NumpyScorer
from tools.train import evaluation
from tools.train.plan import Plan, markets
from tools.train.samples import Samples
from tools.train.sessions import simulated
from tools.train.shipping import encode, paths, train
from tools.train.words import lines

ROOT = Path(__file__).resolve().parents[2]
TINY = Plan(
    seeds=Seeds((1, 2), (3, 3), (4, 4), (5, 5), network=1),
    training_s=240,
    test_s=240,
    fresh_s=180,
    epochs=2,
    resamples=50,
)


def said(text: str) -> None:
    """What a training run tells the terminal is of no interest here."""


def shipped() -> Artefact:
    return load(*paths(ROOT / "models"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    train(TINY, folder, "tiny", None, said)
    return folder


def test_the_same_plan_gives_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    train(TINY, tmp_path, "tiny", None, said)
    for first, second in zip(paths(tiny), paths(tmp_path), strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_the_same_plan_gives_the_same_bytes_in_another_process(tiny: Path, tmp_path: Path) -> None:
    program = (
        "import sys, msgspec; from pathlib import Path; from tools.train.plan import Plan;"
        "from tools.train.shipping import train;"
        "plan = msgspec.json.decode(sys.argv[1], type=Plan);"
        "train(plan, Path(sys.argv[2]), 'tiny', None, print)"
    )
    subprocess.run(
        [sys.executable, "-c", program, msgspec.json.encode(TINY).decode(), str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "5"},
        check=True,
        capture_output=True,
    )
    assert paths(tiny)[0].read_bytes() == paths(tmp_path)[0].read_bytes()


def test_another_network_seed_gives_other_weights(tiny: Path, tmp_path: Path) -> None:
    seeds = msgspec.structs.replace(TINY.seeds, network=2)
    other = train(msgspec.structs.replace(TINY, seeds=seeds), tmp_path, "tiny", None, said)
    assert other.sha256 != load(*paths(tiny)).card.sha256


def test_a_training_run_leaves_two_files_and_its_figures_in_the_card(tiny: Path) -> None:
    assert sorted(tiny.iterdir()) == sorted(paths(tiny))
    card = load(*paths(tiny)).card
    assert card.figures is not None
    assert card.figures.recorded is None
    assert [score.market for score in card.figures.test] == ["seed 4, 4 min"]
    assert any("no recorded market" in line for line in lines(card.figures))


def test_calls_and_calibration_are_those_of_the_fresh_markets(tiny: Path) -> None:
    artefact = load(*paths(tiny))
    fresh = Samples("fresh", simulated(5, TINY.fresh_s))
    chances = NumpyScorer(artefact).probabilities(fresh.features)
    figures = artefact.card.figures
    assert figures is not None
    assert figures.calls == evaluation.speaking([evaluation.calls(chances)])
    expected = evaluation.calibration(chances, fresh.classes)
    assert (figures.calibration, figures.calibration_error) == expected


def test_no_market_of_the_plan_serves_two_purposes() -> None:
    seeds = Plan().seeds
    kinds = [set(markets(span)) for span in (seeds.training, seeds.validation)]
    kinds += [set(markets(span)) for span in (seeds.test, seeds.fresh)]
    assert len(set().union(*kinds)) == sum(map(len, kinds))
    assert (len(kinds[2]), len(kinds[3])) == (5, 20)


def test_what_is_shipped_has_the_hash_its_card_names() -> None:
    weights, card = paths(ROOT / "models")
    assert sha256(weights.read_bytes()).hexdigest() == shipped().card.sha256
    assert encode(msgspec.json.decode(card.read_bytes(), type=Card)) == card.read_bytes()


def test_the_shipped_card_states_figures_that_meet_the_promise() -> None:
    card = shipped().card
    assert card.seeds == Plan().seeds
    assert card.figures is not None
    assert card.figures.recorded is not None
    assert len(card.figures.test) == 5
    for score in card.figures.test:
        assert all(lead.low > 0 for lead in score.leads)
    assert card.figures.calls.markets == 20
    assert card.figures.calls.longest_wait_s < 60
    assert card.figures.calibration_error < 0.03
    assert all(abs(row.hits - row.confidence) < 0.05 for row in card.figures.calibration)


def test_the_shipped_model_beats_the_baselines_on_ten_minutes_it_has_not_seen() -> None:
    samples = Samples("unseen", simulated(77_001, 600))
    scorer = NumpyScorer(shipped())
    chances = scorer.probabilities(samples.features)
    score = evaluation.score(samples, chances, 100)
    assert all(lead.lead > 0 for lead in score.leads)
    assert evaluation.speaking([evaluation.calls(chances)]).longest_wait_s < 60


def test_the_figures_in_the_card_are_those_of_the_shipped_weights() -> None:
    """One fresh market measured again: a card copied from another model would differ."""
    card = shipped().card
    scorer = NumpyScorer(shipped())
    plan = Plan()
    assert card.figures is not None
    waits, calls = [], 0
    for seed in list(markets(plan.seeds.fresh))[:3]:
        samples = Samples("fresh", simulated(seed, plan.fresh_s))
        flags = evaluation.calls(scorer.probabilities(samples.features))
        calls += int(flags.sum())
        waits.append(evaluation.speaking([flags]).longest_wait_s)
    assert max(waits) <= card.figures.calls.longest_wait_s
    assert calls / (3 * plan.fresh_s) == pytest.approx(card.figures.calls.share, abs=0.05)


def test_a_model_that_does_not_fit_is_one_line_and_exit_8(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.train", "--evaluate", "--folder", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 8
    assert len(done.stderr.splitlines()) == 1
    assert "scalper_v1.pt" in done.stderr


def test_a_recording_that_is_not_there_is_found_out_before_training(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.train", "--replay", "nowhere", "--folder", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "nowhere_trades.parquet" in done.stderr
    assert list(tmp_path.iterdir()) == []

"""docs/model-card.md says what the shipped card says, and its script runs as printed."""

import subprocess
import sys
from pathlib import Path

import pytest

from models.artefact import load
from models.features import NAMES
from tools.train.shipping import paths
from tools.train.words import lines

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8")
RECORDING = ROOT / ".." / "shared" / "data" / "esh4_20231225"


def block(beginning: str) -> list[str]:
    """The lines of the fenced block that begins so."""
    (found,) = [part for part in TEXT.split("\n```")[1::2] if beginning in part.split("\n")[1]]
    return found.split("\n")[1:]


def test_the_figures_of_the_page_are_those_of_the_shipped_card() -> None:
    card = load(*paths(ROOT / "models")).card
    assert card.figures is not None
    printed = block("$ python -m tools.train")
    assert printed[0] == f"$ {card.command}"
    told = [f"models/scalper_v1.pt: sha256 {card.sha256}", *lines(card.figures)]
    assert printed[-len(told) :] == told


def test_the_page_explains_every_feature_in_its_order() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]
    named = [name.strip(" `") for row in rows for name in row.split("|")[1].split(",")]
    assert [name for name in named if name in NAMES] == list(NAMES)


@pytest.mark.slow
def test_the_script_for_a_recording_of_your_own_gives_what_the_page_shows(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    if not Path(f"{RECORDING}_depth.parquet").exists():
        pytest.skip("the recorded market data is not beside the project")
    script = tmp_path / "retrain.py"
    script.write_text("\n".join(block('"""python retrain.py')), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(RECORDING), str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = block("$ python retrain.py")[1:-1]
    printed = done.stdout.splitlines()
    assert [line.split(":")[0] for line in printed] == [line.split(":")[0] for line in shown]
    artefact = load(*paths(tmp_path))
    assert artefact.card.seeds.training == (0, -1)
